-- What is done: confirmations, the journal, idempotency keys. No foreign keys within the journal: a read and the reads beneath it
-- may arrive in one batch in any order.

CREATE TABLE confirmations (
    team_id TEXT NOT NULL,
    id TEXT NOT NULL,
    device_id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    connection_id TEXT NOT NULL,
    tool TEXT NOT NULL,
    impact TEXT NOT NULL,
    digest BYTEA NOT NULL,
    state_hash BYTEA,
    needs TEXT NOT NULL,
    arguments BYTEA NOT NULL,
    shown BYTEA NOT NULL,
    object TEXT,
    status TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    -- An approval is to be used by then.
    use_until BIGINT,
    decided_by TEXT,
    decided_at BIGINT,
    reason BYTEA,
    used_by TEXT,
    PRIMARY KEY (team_id, id)
);

CREATE INDEX confirmations_digest ON confirmations (team_id, device_id, digest, id);

CREATE INDEX confirmations_status ON confirmations (team_id, status, expires_at);

CREATE INDEX confirmations_created ON confirmations (created_at);

CREATE TABLE calls (
    team_id TEXT NOT NULL,
    id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    device_id TEXT,
    connection_id TEXT,
    -- The preview or composite call that this one was made for.
    parent_id TEXT,
    tool TEXT NOT NULL,
    integration TEXT NOT NULL,
    impact TEXT NOT NULL,
    digest BYTEA NOT NULL,
    confirmation_id TEXT,
    object TEXT,
    state TEXT NOT NULL,
    sent_may BOOLEAN NOT NULL,
    arguments BYTEA,
    result BYTEA,
    status BIGINT,
    error_code TEXT,
    error_message TEXT,
    attempts BIGINT NOT NULL,
    bytes_in BIGINT NOT NULL,
    bytes_out BIGINT NOT NULL,
    idempotency_hash BYTEA,
    started_at BIGINT NOT NULL,
    deadline_at BIGINT NOT NULL,
    finished_at BIGINT,
    PRIMARY KEY (team_id, id)
);

CREATE INDEX calls_user ON calls (team_id, user_id, id);

CREATE INDEX calls_device ON calls (team_id, device_id, id);

CREATE INDEX calls_parent ON calls (team_id, parent_id);

CREATE INDEX calls_overdue ON calls (deadline_at) WHERE state = 'intent';

CREATE INDEX calls_started ON calls (started_at);

CREATE INDEX calls_bodies ON calls (started_at) WHERE arguments IS NOT NULL OR result IS NOT NULL;

CREATE INDEX calls_results ON calls (team_id) WHERE result IS NOT NULL;

CREATE TABLE idempotency (
    team_id TEXT NOT NULL,
    device_id TEXT NOT NULL,
    connection_id TEXT NOT NULL,
    tool TEXT NOT NULL,
    key_hash BYTEA NOT NULL,
    digest BYTEA NOT NULL,
    call_id TEXT NOT NULL,
    state TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (team_id, device_id, connection_id, tool, key_hash)
);

CREATE INDEX idempotency_call ON idempotency (team_id, call_id);

CREATE INDEX idempotency_expiry ON idempotency (expires_at);

-- Which calls concern a person (by a keyed hash), for erasure.
CREATE TABLE subjects (
    team_id TEXT NOT NULL,
    subject_hash BYTEA NOT NULL,
    call_id TEXT NOT NULL,
    PRIMARY KEY (team_id, subject_hash, call_id)
);

CREATE INDEX subjects_call ON subjects (team_id, call_id);
