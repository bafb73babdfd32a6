-- Copyright 2026 the Timbrel authors
-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- Makes a session: a track with Timbrel and a compressor, whose MIDI output goes
-- to a MIDI track; and as much recorded silence as FOLDER/samples says, which
-- check_ardour.sh replaces by music, since importing is a matter of the window.

dofile (arg[1] .. "/common.lua")
start_engine ("50x Speed")
Session = create_session (folder .. "/session", "session", 44100)
assert (Session, "the session can't be made")

local order, normal = ARDOUR.PresentationInfo.max_order, ARDOUR.TrackMode.Normal
local track = Session:new_audio_track (1, 1, nil, 1, "Music", order, normal, true):front ()

local function insert (uri, place)
	local processor = ARDOUR.LuaAPI.new_plugin (Session, uri, ARDOUR.PluginType.LV2, "")
	assert (not processor:isnil (), "Ardour does not find " .. uri)
	local result = track:add_processor_by_index (processor, place, nil, true)
	return processor, result == 0
end

local timbrel, inserted = insert ("urn:timbrel:mono", 0)
claim ("Timbrel is inserted into an audio track", inserted)
insert ("urn:ardour:a-comp", 1)

local stereo = ARDOUR.LuaAPI.new_plugin (Session, "urn:timbrel:stereo", ARDOUR.PluginType.LV2, "")
claim ("Ardour finds the stereo one too", not stereo:isnil ())

local plugin = timbrel:to_insert ():plugin (0)
local names = {}
for info in ARDOUR.LuaAPI.list_plugins ():iter () do
	if info.unique_id == "urn:timbrel:mono" then
		for preset in info:get_presets ():iter () do names[preset.label] = true end
	end
end
claim ("Ardour shows the presets", names["Follow a soloist"] and names["Gate for trumpet"])

local function load_preset (label)
	return plugin:load_preset (plugin:preset_by_label (label))
end
claim ("a preset sets the controls",
	load_preset ("Gate for trumpet") and get (timbrel, "Watch") == 21 and get (timbrel, "MIDI mode") == 0)
claim ("so does another",
	load_preset ("All MIDI") and get (timbrel, "MIDI mode") == 4 and get (timbrel, "Watch") == 21)
set (timbrel, "MIDI channel", 3)
claim ("a preset loads another model", load_preset ("My model"))

-- The track's MIDI output goes to a MIDI track
local one_midi = ARDOUR.ChanCount (ARDOUR.DataType ("midi"), 1)
local midi = Session:new_midi_track (one_midi, one_midi, true, ARDOUR.PluginInfo (), nil, nil, 1, "Notes",
	order, normal, true):front ()
claim ("the track has a MIDI output", track:n_outputs ():n_midi () == 1)
local into = midi:input ():midi (0)
into:disconnect_all ()
claim ("it connects to a MIDI track", into:connect (track:output ():midi (0):name ()) == 0)

-- Silence of the music's length
local n_samples = tonumber (io.open (folder .. "/samples"):read ())
arm (track, true)
Session:maybe_enable_record ()
Session:request_roll (UI)
claim ("the transport rolls", patiently (function () return Session:transport_sample () > n_samples end))
stop ()
arm (track, false)
Session:save_state ("")

-- As Ardour keeps a session script in a session; check_ardour.sh puts it there
function ardour () end
dofile (folder .. "/timbrel_drive_parameter.lua")
local script = string.format ("scripts = {} scripts[\"drive\"] = {} scripts[\"drive\"][\"f\"] = %q ",
	string.dump (factory, true))
	.. "scripts[\"drive\"][\"a\"] = { plugin = \"ace compressor\", parameter = \"makeup\", on = \"6\", off = \"0\" } "
io.open (folder .. "/script", "wb"):write (script):close ()

close_session ()
quit ()
