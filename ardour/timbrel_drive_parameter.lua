-- Copyright 2026 the Timbrel authors
-- SPDX-License-Identifier: GPL-3.0-or-later

ardour {
	["type"]    = "session",
	name        = "Timbrel: Drive a Parameter",
	author      = "The Timbrel authors",
	license     = "GPL-3.0-or-later",
	description = [[
Moves a parameter of any plugin while the instrument that Timbrel watches plays, and back when it has ended.

Choose the instrument with Timbrel's control "Watch". Names of tracks, plugins and parameters are those that Ardour shows, in small or capital letters.]]
}

function sess_params ()
	return
	{
		["timbrel"]   = { title = "Track with Timbrel (empty: the first one)", default = "", optional = true },
		["track"]     = { title = "Track with the plugin to move (empty: the same)", default = "", optional = true },
		["plugin"]    = { title = "Plugin to move", default = "" },
		["parameter"] = { title = "Parameter to move", default = "" },
		["on"]        = { title = "Value while it plays (empty: largest)", default = "", optional = true },
		["off"]       = { title = "Value at other times (empty: smallest)", default = "", optional = true },
		["glide"]     = { title = "Time to get there, in ms", default = "50", optional = true },
	}
end

-- Ardour keeps nothing of this file but this function
function factory (params)
	local is_timbrel = "^urn:timbrel:"

	local function same (a, b)
		return a:lower () == b:lower ()
	end

	-- The first plugin that is_wanted, on the route of this name or on any
	local function find_plugin (route_name, is_wanted)
		for route in Session:get_routes ():iter () do
			local i = 0
			local processor = route:nth_plugin (i)
			while not processor:isnil () and (route_name == "" or same (route:name (), route_name)) do
				if is_wanted (processor:to_insert ():plugin (0)) then
					return processor, route
				end
				i = i + 1
				processor = route:nth_plugin (i)
			end
		end
	end

	-- A parameter's number among the controls, and its description
	local function find_parameter (processor, name)
		local plugin = processor:to_insert ():plugin (0)
		local nth = 0
		for i = 0, plugin:parameter_count () - 1 do
			if plugin:parameter_is_control (i) then
				if same (plugin:parameter_label (i), name) then
					local _, out = plugin:get_parameter_descriptor (i, ARDOUR.ParameterDescriptor ())
					return nth, out[2]
				end
				nth = nth + 1
			end
		end
	end

	-- What the names stand for, without references that would keep plugins alive
	local function find ()
		local listener, route = find_plugin (params["timbrel"] or "", function (plugin)
			return plugin:unique_id ():find (is_timbrel)
		end)
		if not listener then return nil, "there is no Timbrel" end

		local track = params["track"] or ""
		local driven = find_plugin (track == "" and route:name () or track, function (plugin)
			return same (plugin:name (), params["plugin"])
		end)
		if not driven then return nil, "there is no plugin " .. params["plugin"] end

		local nth, about = find_parameter (driven, params["parameter"])
		if not nth then return nil, params["plugin"] .. " has no parameter " .. params["parameter"] end

		local steps = about.toggled or about.integer_step or about.enumeration
		return {
			listener = listener:to_stateful ():id (),
			watched  = find_parameter (listener, "Watched"),
			driven   = driven:to_stateful ():id (),
			nth      = nth,
			on       = tonumber (params["on"]) or about.upper,
			off      = tonumber (params["off"]) or about.lower,
			glide_ms = steps and 0 or tonumber (params["glide"]) or 0,
		}
	end

	local found = nil
	local told  = nil  -- Why nothing was found, to say it once
	local wait  = 0    -- Samples until the next search
	local way   = 0    -- 0 off, 1 on
	local sent  = nil

	return function (n_samples)
		if not found then
			wait = wait - n_samples
			if wait > 0 then return end
			wait = Session:nominal_sample_rate ()
			local why
			found, why = find ()
			if why and why ~= told then
				print ("Timbrel: " .. why)
			end
			told = why
			sent = nil
			if not found then return end
		end

		local listener = Session:processor_by_id (found.listener)
		local driven = Session:processor_by_id (found.driven)
		if listener:isnil () or driven:isnil () then
			found = nil
			return
		end

		local gate = ARDOUR.LuaAPI.get_processor_param (listener, found.watched)
		local step = 1
		if found.glide_ms > 0 then
			step = 1000 * n_samples / (found.glide_ms * Session:nominal_sample_rate ())
		end
		way = gate > 0 and math.min (1, way + step) or math.max (0, way - step)

		local value = found.off + way * (found.on - found.off)
		if value ~= sent then
			ARDOUR.LuaAPI.set_processor_param (driven, found.nth, value)
			sent = value
		end
	end
end
