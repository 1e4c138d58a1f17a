-- Which master key a process seals under. NULL: it is of a version that does not tell.

ALTER TABLE replicas ADD COLUMN active_key TEXT;
