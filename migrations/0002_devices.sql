-- What acts for a person: devices, their rules and tokens, and how they are paired.

CREATE TABLE devices (
    team_id TEXT NOT NULL REFERENCES teams (id),
    id TEXT NOT NULL,
    user_id TEXT NOT NULL REFERENCES users (id),
    label TEXT NOT NULL,
    client TEXT NOT NULL,
    rule TEXT NOT NULL,
    -- Goes up with every revocation of tokens; an access token names the one it was made for.
    generation BIGINT NOT NULL,
    token_hash BYTEA,
    token_last4 TEXT,
    created_at BIGINT NOT NULL,
    last_used_at BIGINT,
    last_address TEXT,
    expires_at BIGINT,
    revoked_at BIGINT,
    PRIMARY KEY (team_id, id)
);

CREATE INDEX devices_id ON devices (id);

-- Narrower rules of a device. An empty text stands for "any".
CREATE TABLE device_rules (
    team_id TEXT NOT NULL,
    device_id TEXT NOT NULL,
    integration TEXT NOT NULL,
    connection_id TEXT NOT NULL,
    tool TEXT NOT NULL,
    rule TEXT NOT NULL,
    PRIMARY KEY (team_id, device_id, integration, connection_id, tool),
    FOREIGN KEY (team_id, device_id) REFERENCES devices (team_id, id)
);

CREATE TABLE refresh_tokens (
    team_id TEXT NOT NULL,
    hash BYTEA NOT NULL,
    device_id TEXT NOT NULL,
    generation BIGINT NOT NULL,
    issued_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    rotated_at BIGINT,
    successor_hash BYTEA,
    successor_used_at BIGINT,
    PRIMARY KEY (team_id, hash),
    FOREIGN KEY (team_id, device_id) REFERENCES devices (team_id, id)
);

CREATE INDEX refresh_tokens_device ON refresh_tokens (team_id, device_id);

CREATE INDEX refresh_tokens_successor ON refresh_tokens (team_id, successor_hash);

CREATE INDEX refresh_tokens_expiry ON refresh_tokens (expires_at);

-- Which team's row a secret belongs to. It stays whole when the tables of teams are spread over several databases.
CREATE TABLE directory (
    hash BYTEA PRIMARY KEY,
    kind TEXT NOT NULL,
    team_id TEXT NOT NULL,
    record_id TEXT NOT NULL
);

CREATE INDEX directory_record ON directory (record_id);

CREATE TABLE pairings (
    id TEXT PRIMARY KEY,
    flow TEXT NOT NULL,
    poll_hash BYTEA NOT NULL UNIQUE,
    link_token_hash BYTEA UNIQUE,
    user_code_hash BYTEA,
    label TEXT NOT NULL,
    client TEXT NOT NULL,
    address TEXT NOT NULL,
    -- The IPv4 address, or the /64 of an IPv6 one: open pairings are counted by it.
    network TEXT NOT NULL,
    status TEXT NOT NULL,
    team_id TEXT,
    user_id TEXT,
    device_id TEXT,
    rule TEXT,
    interval_s BIGINT NOT NULL,
    last_poll_at BIGINT,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);

CREATE INDEX pairings_code ON pairings (user_code_hash);

CREATE INDEX pairings_network ON pairings (network, expires_at);

CREATE INDEX pairings_expiry ON pairings (expires_at);

-- The ten minutes in which a person lets devices pair that show no code.
CREATE TABLE pairing_windows (
    team_id TEXT NOT NULL,
    user_id TEXT NOT NULL REFERENCES users (id),
    opened_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (team_id, user_id)
);
