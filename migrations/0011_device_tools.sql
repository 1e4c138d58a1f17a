-- Tools that a device's MCP clients see under their own names, as the person chose them: names with commas between.

ALTER TABLE devices ADD COLUMN shown_tools TEXT NOT NULL DEFAULT '';
