-- Copyright 2026 the Timbrel authors
-- SPDX-License-Identifier: GPL-3.0-or-later

ardour {
	["type"]    = "EditorAction",
	name        = "Timbrel: Write Labels",
	author      = "The Timbrel authors",
	license     = "GPL-3.0-or-later",
	description = [[
Plays the selected range, or the whole session, and writes what Timbrel hears: a marker named after the instrument wherever it changes, and an automation lane of any plugin parameter.

Both stand earlier than the names came, by the age of a note when it is named (Timbrel's control "Decision").]]
}

function factory () return function ()
	local title = "Timbrel: Write Labels"
	local is_timbrel = "^urn:timbrel:"

	local function tell (text)
		LuaDialog.Message (title, text, LuaDialog.MessageType.Info, LuaDialog.ButtonType.Close):run ()
	end

	-- All plugins: their route, processor, name, and parameters by name
	local function all_plugins ()
		local list = {}
		for route in Session:get_routes ():iter () do
			local i = 0
			local processor = route:nth_plugin (i)
			while not processor:isnil () do
				local plugin = processor:to_insert ():plugin (0)
				local entry = { route = route:name (), nth = i + 1, name = plugin:name (), processor = processor,
				                is_timbrel = plugin:unique_id ():find (is_timbrel), parameters = {} }
				local nth = 0
				for id = 0, plugin:parameter_count () - 1 do
					if plugin:parameter_is_control (id) then
						entry.parameters[plugin:parameter_label (id)] =
							{ processor = processor, id = id, nth = nth, is_input = plugin:parameter_is_input (id) }
						nth = nth + 1
					end
				end
				list[#list + 1] = entry
				i = i + 1
				processor = route:nth_plugin (i)
			end
		end
		return list
	end

	-- For dropdowns, whose tables are menus: what is chosen is a function
	local function menus (plugins)
		local listeners, targets, first = {}, { ["None"] = function () end }, nil
		for _, entry in ipairs (plugins) do
			local name = entry.nth .. ": " .. entry.name
			if entry.is_timbrel then
				local shown = entry.route .. ", " .. name
				first = first or shown
				listeners[shown] = function () return entry end
			else
				local inputs = {}
				for label, parameter in pairs (entry.parameters) do
					if parameter.is_input then inputs[label] = function () return parameter end end
				end
				targets[entry.route] = targets[entry.route] or {}
				targets[entry.route][name] = next (inputs) and inputs
			end
		end
		return listeners, targets, first
	end

	local function ask ()
		local listeners, targets, first = menus (all_plugins ())
		if not first then
			tell ("There is no Timbrel in this session: add it to the track that it should listen to.")
			return
		end
		return LuaDialog.Dialog (title, {
			{ type = "dropdown", key = "listener", title = "Timbrel", values = listeners, default = first },
			{ type = "checkbox", key = "markers", title = "Markers named after the instruments", default = true },
			{ type = "dropdown", key = "target", title = "Automation lane", values = targets, default = "None" },
			{ type = "dropdown", key = "what", title = "Its value", default = "Largest while the watched instrument plays",
			  values = {
				["Largest while the watched instrument plays"] = "Watched",
				["The instrument's number"] = "Instrument",
				["The instrument's General MIDI program"] = "Program",
			  } },
		}):run ()
	end

	local function value_of (listener, name)
		local parameter = listener.parameters[name]
		return (ARDOUR.LuaAPI.get_processor_param (parameter.processor, parameter.nth))
	end

	-- Names of the instruments by their number
	local function names_of (listener)
		local parameter = listener.parameters["Instrument"]
		local _, out = parameter.processor:to_insert ():plugin (0)
			:get_parameter_descriptor (parameter.id, ARDOUR.ParameterDescriptor ())
		local names = {}
		for label, value in pairs (ARDOUR.LuaAPI.desc_scale_points (out[2])) do
			names[math.floor (value)] = label
		end
		return names
	end

	local function range ()
		local selected = Editor:get_selection ().time
		if selected:end_sample () > selected:start_sample () then
			return selected:start_sample (), selected:end_sample ()
		end
		return Session:current_start_sample (), Session:current_end_sample ()
	end

	-- Wait for the engine, which does what it is asked to in its own time
	local function wait_until (is_so)
		for _ = 1, 500 do
			if is_so () then return true end
			ARDOUR.LuaAPI.usleep (10000)
		end
		return false
	end

	-- Play from first to last; a list of changes, or nothing if it was cancelled
	local function play (listener, first, last, names)
		local request = ARDOUR.TransportRequestSource.TRS_UI
		local window = LuaDialog.ProgressWindow (title, true)
		local changes, before = {}, {}
		Session:request_locate (first, false, ARDOUR.LocateTransportDisposition.MustStop, request)
		wait_until (function () return Session:transport_sample () == first and not Session:transport_rolling () end)
		Session:request_roll (request)
		wait_until (function () return Session:transport_rolling () end)

		while Session:transport_rolling () and Session:transport_sample () < last and not window:canceled () do
			local at = Session:transport_sample ()
			local now = {}
			for _, name in ipairs { "Instrument", "Program", "Watched" } do
				now[name] = value_of (listener, name)
			end
			if now.Instrument ~= before.Instrument or now.Watched ~= before.Watched then
				now.at = at
				changes[#changes + 1] = now
				before = now
			end
			window:progress ((at - first) / (last - first), names[now.Instrument] or "")
			ARDOUR.LuaAPI.usleep (10000)
		end

		local done = not window:canceled ()
		Session:request_stop (false, false, request)
		wait_until (function () return not Session:transport_rolling () end)
		window:done ()
		return done and changes
	end

	-- Write a lane that goes from value to value within 10 ms: lanes are kept in
	-- beats, where points that are closer can fall together
	local function write_lane (parameter, what, changes, first, last)
		local list, _, about = ARDOUR.LuaAPI.plugin_automation (parameter.processor, parameter.nth)
		local before = list:get_state ()
		local value = nil
		local ramp = Session:nominal_sample_rate () // 100
		list:clear (Temporal.timepos_t (first), Temporal.timepos_t (last))
		for _, change in ipairs (changes) do
			local new = math.max (about.lower, math.min (about.upper, change[what]))
			if what == "Watched" then
				new = change[what] > 0 and about.upper or about.lower
			end
			if new ~= value then
				if value and change.at - ramp > first then
					list:add (Temporal.timepos_t (change.at - ramp), value, false, true)
				end
				list:add (Temporal.timepos_t (change.at), new, false, true)
				value = new
			end
		end
		if value then
			list:add (Temporal.timepos_t (last), value, false, true)
		end
		Session:add_command (list:memento_command (before, list:get_state ()))

		parameter.processor:to_automatable ()
			:automation_control (Evoral.Parameter (ARDOUR.AutomationType.PluginAutomation, 0, parameter.id), true)
			:set_automation_state (ARDOUR.AutoState.Play)
	end

	local function write_markers (changes, names)
		local last = nil
		for _, change in ipairs (changes) do
			if change.Instrument >= 0 and change.Instrument ~= last then
				local at = Temporal.timepos_t (change.at)
				Editor:mouse_add_new_marker (at, ARDOUR.LocationFlags.IsMark, 0)
				Session:locations ():mark_at (at, Temporal.timecnt_t (1))
					:set_name (names[change.Instrument] or string.format ("Instrument %d", change.Instrument))
				last = change.Instrument
			end
		end
	end

	local chosen = ask ()
	if not chosen then return end
	local listener = chosen["listener"] ()
	local target = chosen["target"] ()
	local names = names_of (listener)
	local first, last = range ()
	if last <= first then
		tell ("There is nothing to play: the session is empty.")
		return
	end

	local changes = play (listener, first, last, names)
	if not changes then return end
	local age = math.floor (value_of (listener, "Decision") * Session:nominal_sample_rate () / 1000)
	for _, change in ipairs (changes) do
		change.at = math.max (first, change.at - age)
	end

	Session:begin_reversible_command (title)
	if target then write_lane (target, chosen["what"], changes, first, last) end
	if chosen["markers"] then write_markers (changes, names) end
	Session:commit_reversible_command (nil)
end end

function icon (params) return function (ctx, width, height, fg)
	local txt = Cairo.PangoLayout (ctx, "ArdourSans " .. math.ceil (height / 2) .. "px")
	txt:set_text ("Tb")
	local tw, th = txt:get_pixel_size ()
	ctx:set_source_rgba (ARDOUR.LuaAPI.color_to_rgba (fg))
	ctx:move_to (.5 * (width - tw), .5 * (height - th))
	txt:show_in_cairo_context (ctx)
end end
