-- Copyright 2026 the Timbrel authors
-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- Loads the session, whose music a trumpet begins and a violin ends; looks at what
-- came back, plays it while the MIDI is recorded and the session script drives the
-- compressor, then lets the editor action write a lane, and plays that.

dofile (arg[1] .. "/common.lua")
open_session ()

local TRUMPET, VIOLIN, BASE_NOTE = 21, 25, 36

local track = Session:route_by_name ("Music")
local midi = Session:route_by_name ("Notes")
local timbrel, compressor = track:nth_plugin (0), track:nth_plugin (1)
local n_samples = Session:current_end_sample ()

claim ("the session comes back with the plugin", timbrel:to_insert ():plugin (0):unique_id () == "urn:timbrel:mono")
claim ("with its parameters",
	get (timbrel, "Watch") == TRUMPET and get (timbrel, "MIDI mode") == 4 and get (timbrel, "MIDI channel") == 3)
claim ("with its MIDI connection", midi:input ():midi (0):connected_to (track:output ():midi (0):name ()))

-- What the outputs show, and the compressor's make-up gain meanwhile
local seen = { instruments = {}, programs = {}, level = -200, confidence = 0, watched = {}, faults = 0 }
local last_watched, since = nil, 0
local function look ()
	seen.instruments[get (timbrel, "Instrument")] = true
	seen.programs[get (timbrel, "Program")] = true
	seen.level = math.max (seen.level, get (timbrel, "Level"))
	seen.confidence = math.max (seen.confidence, get (timbrel, "Confidence"))
	seen.faults = seen.faults + get (timbrel, "Status")

	-- While the gate has stood for longer than the glide
	local watched, makeup = get (timbrel, "Watched"), get (compressor, "Makeup")
	if watched ~= last_watched or watched ~= get (timbrel, "Watched") then
		last_watched, since = watched, Session:transport_sample ()
	elseif Session:transport_sample () > since + 10000 then
		seen.watched[watched] = seen.watched[watched] or { least = makeup, most = makeup }
		seen.watched[watched].least = math.min (seen.watched[watched].least, makeup)
		seen.watched[watched].most = math.max (seen.watched[watched].most, makeup)
	end
end

arm (midi, true)
Session:maybe_enable_record ()
play (n_samples, look)
arm (midi, false)

claim ("the model is ready throughout", seen.faults == 0)
claim ("the level follows the sound", seen.level > -40)
claim ("the trumpet is named, then the violin", seen.instruments[TRUMPET] and seen.instruments[VIOLIN])
claim ("by the model that the session kept", seen.programs[99])
claim ("the confidence is above a half", seen.confidence > 0.5)

local on, off = seen.watched[1], seen.watched[0]
claim ("the session script moves a parameter while the trumpet plays", on and on.least == 6 and on.most == 6)
claim ("and back when it does not", off and off.least == 0 and off.most == 0)

-- The MIDI that was recorded
local heard, channels, n_endless = {}, {}, 0
for region in midi:to_track ():playlist ():region_list ():iter () do
	local model = region:to_midiregion ():midi_source (0):model ()
	for note in ARDOUR.LuaAPI.note_list (model):iter () do
		heard[note:note ()] = true
		channels[note:channel ()] = true
		if note:length () <= Temporal.Beats (0, 0) then n_endless = n_endless + 1 end
	end
end
claim ("the MIDI track records the keys of both", heard[BASE_NOTE + TRUMPET] and heard[BASE_NOTE + VIOLIN])
claim ("on the channel that was set, all of them with an end",
	channels[2] and next (channels) == 2 and next (channels, 2) == nil and n_endless == 0)

-- The window, as far as the action asks it
local function zero () return 0 end
Editor = {
	get_selection = function ()
		return { time = { start_sample = zero, end_sample = zero } }
	end,
}
LuaDialog = {
	Dialog = function (_, fields)
		local target
		for _, field in ipairs (fields) do
			if field.key == "target" then
				target = field.values["Music"]["2: ACE Compressor"]["Threshold"]
			end
		end
		local listener = fields[1].values[fields[1].default]
		return { run = function ()
			return { listener = listener, markers = false, target = target, what = "Watched" }
		end }
	end,
	ProgressWindow = function ()
		return { progress = function () end, canceled = function () return false end, done = function () end }
	end,
}

function ardour () end
dofile (folder .. "/timbrel_write_labels.lua")
factory () ()
pause (500)

local lane, control = ARDOUR.LuaAPI.plugin_automation (compressor, controls_of (compressor)["Threshold"])
local values, n_between = {}, 0
for at = 0, n_samples, 4410 do
	local value = control:eval (Temporal.timepos_t (at))
	if value == -60 or value == 0 then
		values[value] = true
	else
		n_between = n_between + 1
	end
end
claim ("the editor action writes an automation lane, from smallest to largest", values[-60] and values[0])
claim ("whose values jump", n_between <= lane:events ():size () // 2)

local followed = { least = 1000, most = -1000 }
play (n_samples, function ()
	local value = get (compressor, "Threshold")
	followed.least = math.min (followed.least, value)
	followed.most = math.max (followed.most, value)
end)
claim ("the parameter follows the lane", followed.most - followed.least > 10)

Session:save_state ("")
close_session ()
quit ()
