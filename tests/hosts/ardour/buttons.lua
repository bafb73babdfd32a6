-- Copyright 2026 the Timbrel authors
-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- Writes FOLDER/buttons, as Ardour's window keeps the scripts of its buttons: the
-- first is Timbrel's editor action, the second shows all of the session and saves.

function ardour () end

local function button (number)
	return string.format (
		"scripts[%d] = {} scripts[%d][\"n\"] = \"Timbrel\" scripts[%d][\"s\"] = \"\" "
		.. "scripts[%d][\"f\"] = %q scripts[%d][\"a\"] = {} ",
		number, number, number, number, string.dump (factory, true), number)
end

local file = io.open (arg[1] .. "/buttons", "wb")
file:write ("scripts = {} ")

dofile (arg[1] .. "/timbrel_write_labels.lua")
file:write (button (1))

function factory () return function ()
	Editor:access_action ("Editor", "zoom-to-session")
	Session:save_state ("")
end end
file:write (button (2))

file:close ()
quit ()
