-- Sessions that can be seen and ended one by one, people who may no longer sign in, and keys for other programs.

DROP TABLE staff_session;
CREATE TABLE staff_session (
    id UUID NOT NULL PRIMARY KEY,
    -- SHA-256 of the cookie's value in hexadecimal.
    token_hash TEXT NOT NULL UNIQUE,
    staff_id UUID NOT NULL REFERENCES staff (id),
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    -- The newest request, to the minute.
    seen_at BIGINT NOT NULL,
    -- Where it was opened, and with what.
    address TEXT NOT NULL,
    program TEXT NOT NULL
);
CREATE INDEX staff_session_of ON staff_session (staff_id);

ALTER TABLE staff ADD COLUMN disabled BOOLEAN NOT NULL DEFAULT FALSE;

CREATE TABLE api_key (
    id UUID NOT NULL PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    -- SHA-256 of the key in hexadecimal; the key itself is shown once and never stored.
    key_hash TEXT NOT NULL UNIQUE,
    -- Its first characters, to tell keys apart.
    hint TEXT NOT NULL,
    -- Names of what it may do, as JSON array.
    scopes JSONB NOT NULL,
    created_by TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    -- NULL for never.
    expires_at BIGINT,
    -- The newest request, to the minute.
    used_at BIGINT
);
