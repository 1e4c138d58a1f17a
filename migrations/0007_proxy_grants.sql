-- APIs whose changes a device may send through the proxy without a preview: given by a person, one by one.

CREATE TABLE proxy_grants (
    team_id TEXT NOT NULL,
    device_id TEXT NOT NULL,
    integration TEXT NOT NULL,
    api TEXT NOT NULL,
    granted_by TEXT NOT NULL REFERENCES users (id),
    granted_at BIGINT NOT NULL,
    PRIMARY KEY (team_id, device_id, integration, api),
    FOREIGN KEY (team_id, device_id) REFERENCES devices (team_id, id)
);
