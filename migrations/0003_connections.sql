-- What is connected: accounts of integrations and their sealed credentials.

CREATE TABLE connections (
    team_id TEXT NOT NULL REFERENCES teams (id),
    id TEXT NOT NULL,
    number BIGINT NOT NULL,
    integration TEXT NOT NULL,
    -- NULL: shared by the team.
    owner_id TEXT REFERENCES users (id),
    label TEXT NOT NULL,
    region TEXT NOT NULL,
    is_default BOOLEAN NOT NULL,
    state TEXT NOT NULL,
    state_code TEXT,
    state_message TEXT,
    created_by TEXT NOT NULL REFERENCES users (id),
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    last_used_at BIGINT,
    last_success_at BIGINT,
    last_error_at BIGINT,
    last_error_code TEXT,
    last_error_message TEXT,
    deleted_at BIGINT,
    PRIMARY KEY (team_id, id),
    UNIQUE (team_id, number)
);

CREATE UNIQUE INDEX connections_default ON connections (team_id, integration, COALESCE(owner_id, ''))
WHERE is_default AND deleted_at IS NULL;

CREATE TABLE credentials (
    team_id TEXT NOT NULL,
    id TEXT NOT NULL,
    connection_id TEXT NOT NULL,
    slot TEXT NOT NULL,
    version BIGINT NOT NULL,
    fields TEXT NOT NULL,
    key_id TEXT NOT NULL,
    sealed BYTEA NOT NULL,
    health TEXT NOT NULL,
    health_message TEXT,
    tested_at BIGINT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (team_id, id),
    UNIQUE (team_id, connection_id, slot),
    FOREIGN KEY (team_id, connection_id) REFERENCES connections (team_id, id)
);

CREATE INDEX credentials_id ON credentials (id);

CREATE INDEX credentials_key ON credentials (key_id);

CREATE TABLE connect_sessions (
    team_id TEXT NOT NULL,
    id TEXT NOT NULL,
    token_hash BYTEA NOT NULL,
    user_id TEXT NOT NULL REFERENCES users (id),
    device_id TEXT,
    integration TEXT NOT NULL,
    connection_id TEXT,
    status TEXT NOT NULL,
    error TEXT,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    completed_at BIGINT,
    PRIMARY KEY (team_id, id)
);

CREATE INDEX connect_sessions_user ON connect_sessions (team_id, user_id, expires_at);

CREATE INDEX connect_sessions_expiry ON connect_sessions (expires_at);
