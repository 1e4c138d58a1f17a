-- Programs that come by OAuth's code flow: those that registered themselves, the codes that people gave them, and
-- what their devices' tokens are for.

CREATE TABLE oauth_clients (
    id TEXT PRIMARY KEY,
    -- What it calls itself; nobody checked it.
    name TEXT NOT NULL,
    -- One a line.
    redirect_uris TEXT NOT NULL,
    address TEXT NOT NULL,
    -- The IPv4 address, or the /64 of an IPv6 one: clients that nobody used yet are counted by it.
    network TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    used_at BIGINT,
    expires_at BIGINT NOT NULL
);

CREATE INDEX oauth_clients_network ON oauth_clients (network, expires_at);

CREATE INDEX oauth_clients_expiry ON oauth_clients (expires_at);

CREATE TABLE oauth_codes (
    hash BYTEA PRIMARY KEY,
    client_id TEXT NOT NULL,
    client_name TEXT NOT NULL,
    redirect_uri TEXT NOT NULL,
    -- PKCE's, by S256.
    challenge TEXT NOT NULL,
    resource TEXT NOT NULL,
    team_id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    rule TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    -- Whom it brought tokens.
    device_id TEXT
);

CREATE INDEX oauth_codes_expiry ON oauth_codes (expires_at);

-- What the tokens of a device are for that came by a code.
CREATE TABLE oauth_grants (
    team_id TEXT NOT NULL,
    device_id TEXT NOT NULL,
    client_id TEXT NOT NULL,
    resource TEXT NOT NULL,
    PRIMARY KEY (team_id, device_id),
    FOREIGN KEY (team_id, device_id) REFERENCES devices (team_id, id)
);
