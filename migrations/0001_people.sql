-- Who: people, their teams, and how they get in. One text for SQLite and Postgres: ids TEXT, instants BIGINT (microseconds since
-- 1970), hashes and sealed bytes BYTEA, JSON TEXT.

CREATE TABLE users (
    id TEXT PRIMARY KEY,
    email TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    password_hash TEXT,
    disabled_at BIGINT,
    created_at BIGINT NOT NULL
);

CREATE TABLE teams (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    -- The last number given to a connection. Numbers are never given twice.
    connections BIGINT NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE TABLE members (
    team_id TEXT NOT NULL REFERENCES teams (id),
    user_id TEXT NOT NULL REFERENCES users (id),
    role TEXT NOT NULL,
    joined_at BIGINT NOT NULL,
    PRIMARY KEY (team_id, user_id)
);

CREATE INDEX members_user ON members (user_id);

CREATE TABLE sessions (
    id TEXT PRIMARY KEY,
    secret_hash BYTEA NOT NULL UNIQUE,
    user_id TEXT NOT NULL REFERENCES users (id),
    team_id TEXT NOT NULL REFERENCES teams (id),
    address TEXT NOT NULL,
    user_agent TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    -- When the password was last given: high impact is approved only shortly after.
    fresh_at BIGINT NOT NULL,
    last_seen_at BIGINT NOT NULL,
    ended_at BIGINT
);

CREATE INDEX sessions_user ON sessions (user_id);

CREATE INDEX sessions_expiry ON sessions (expires_at);

CREATE TABLE one_time_links (
    hash BYTEA PRIMARY KEY,
    purpose TEXT NOT NULL,
    user_id TEXT REFERENCES users (id),
    team_id TEXT REFERENCES teams (id),
    role TEXT,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    spent_at BIGINT
);

CREATE INDEX one_time_links_expiry ON one_time_links (expires_at);

-- Guesses of codes and passwords, counted by scope.
CREATE TABLE attempts (
    id TEXT PRIMARY KEY,
    scope TEXT NOT NULL,
    at BIGINT NOT NULL
);

CREATE INDEX attempts_scope ON attempts (scope, at);

CREATE INDEX attempts_at ON attempts (at);
