-- What belongs to the gateway itself: keys, what the replicas tell each other, budgets.

CREATE TABLE signing_keys (
    id TEXT PRIMARY KEY,
    purpose TEXT NOT NULL,
    key_id TEXT NOT NULL,
    sealed BYTEA NOT NULL,
    created_at BIGINT NOT NULL,
    retired_at BIGINT
);

CREATE UNIQUE INDEX signing_keys_active ON signing_keys (purpose) WHERE retired_at IS NULL;

CREATE TABLE team_keys (
    team_id TEXT NOT NULL REFERENCES teams (id),
    purpose TEXT NOT NULL,
    id TEXT NOT NULL,
    key_id TEXT NOT NULL,
    sealed BYTEA NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (team_id, purpose)
);

CREATE INDEX team_keys_id ON team_keys (id);

CREATE INDEX team_keys_key ON team_keys (key_id);

CREATE TABLE master_keys (
    id TEXT PRIMARY KEY,
    state TEXT NOT NULL,
    at BIGINT NOT NULL
);

CREATE UNIQUE INDEX master_keys_active ON master_keys (state) WHERE state = 'active';

CREATE TABLE replicas (
    id TEXT PRIMARY KEY,
    seen_at BIGINT NOT NULL,
    key_ids TEXT NOT NULL
);

CREATE TABLE changes (
    seq BIGINT PRIMARY KEY,
    team_id TEXT,
    kind TEXT NOT NULL,
    id TEXT NOT NULL,
    at BIGINT NOT NULL
);

CREATE INDEX changes_at ON changes (at);

-- One row. Whoever holds it commits next, so that changes become visible in the order of their numbers.
CREATE TABLE change_counter (
    id BIGINT PRIMARY KEY,
    seq BIGINT NOT NULL
);

INSERT INTO change_counter (id, seq) VALUES (1, 0);

CREATE TABLE budgets (
    bucket TEXT PRIMARY KEY,
    -- The latest slot of five seconds since 1970, and what was taken in it and in those before, the latest first.
    slot BIGINT NOT NULL,
    taken TEXT NOT NULL,
    -- The upstream said to wait until then.
    blocked_until BIGINT NOT NULL
);

-- Rows to hold while counting under a cap.
CREATE TABLE gates (
    name TEXT PRIMARY KEY,
    passed BIGINT NOT NULL
);

CREATE TABLE meta (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
);
