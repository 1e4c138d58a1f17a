-- The journal's lists: each begins with what it is asked for most narrowly, and ends with the id, by which it is sorted.

CREATE INDEX calls_connection ON calls (team_id, connection_id, id) WHERE connection_id IS NOT NULL;

-- When a device last called over a connection; and a device's own calls over one.
CREATE INDEX calls_use ON calls (team_id, connection_id, device_id, id) WHERE connection_id IS NOT NULL;

DROP INDEX calls_parent;

CREATE INDEX calls_beneath ON calls (team_id, parent_id, id) WHERE parent_id IS NOT NULL;
