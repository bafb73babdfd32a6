-- Copyright 2026 the Timbrel authors
-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- What the parts of check_ardour.sh share; each runs as
--   ardour7-lua PART.lua FOLDER
-- in a FOLDER that holds all of them, and Timbrel's scripts.

folder = arg[1]

UI = ARDOUR.TransportRequestSource.TRS_UI
MUST_STOP = ARDOUR.LocateTransportDisposition.MustStop
ALONE = PBD.GroupControlDisposition.NoGroup

-- One line that says whether it is so
function claim (text, is_so)
	print ((is_so and "ok    " or "FAIL  ") .. text)
	io.flush ()
end

function pause (ms)
	ARDOUR.LuaAPI.usleep (ms * 1000)
end

-- Try for ten seconds
function patiently (is_so)
	for _ = 1, 500 do
		if is_so () then return true end
		pause (20)
	end
	return false
end

function start_engine (driver)
	local backend = AudioEngine:set_backend ("None (Dummy)", "", "")
	assert (not backend:isnil (), "Ardour has no dummy backend")
	backend:set_driver (driver)
	backend:set_device_name ("Silence")
	backend:set_sample_rate (44100)
	backend:set_buffer_size (512)
end

function open_session ()
	start_engine ("Double Speed")
	Session = load_session (folder .. "/session", "session")
	assert (Session, "the session can't be loaded")
end

-- Numbers of a plugin's controls by their names
function controls_of (processor)
	local plugin = processor:to_insert ():plugin (0)
	local numbers, n = {}, 0
	for i = 0, plugin:parameter_count () - 1 do
		if plugin:parameter_is_control (i) then
			numbers[plugin:parameter_label (i)] = n
			n = n + 1
		end
	end
	return numbers
end

function get (processor, name)
	return (ARDOUR.LuaAPI.get_processor_param (processor, controls_of (processor)[name], false))
end

function set (processor, name, value)
	assert (ARDOUR.LuaAPI.set_processor_param (processor, controls_of (processor)[name], value))
end

-- Let a track record, or not; the engine takes its time
function arm (route, is_armed)
	local control = route:to_track ():rec_enable_control ()
	control:set_value (is_armed and 1 or 0, ALONE)
	assert (patiently (function () return (control:get_value () > 0) == is_armed end))
end

function locate (sample)
	Session:request_locate (sample, false, MUST_STOP, UI)
	return patiently (function ()
		return Session:transport_sample () == sample and not Session:transport_rolling ()
	end)
end

-- Play from the start for so many samples; look is called again and again
function play (n_samples, look)
	locate (0)
	Session:request_roll (UI)
	patiently (function () return Session:transport_rolling () end)
	while Session:transport_rolling () and Session:transport_sample () < n_samples do
		if look then look () end
		pause (20)
	end
	stop ()
end

function stop ()
	Session:request_stop (false, false, UI)
	patiently (function () return not Session:transport_rolling () end)
	pause (500)  -- What was recorded is written
end
