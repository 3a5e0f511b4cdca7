-- Signing in: how often somebody failed of late, and the second step of those who want one.

CREATE TABLE sign_in_failure (
    -- `name:` with what was typed, or `address:` with where it came from.
    subject TEXT NOT NULL PRIMARY KEY,
    failures BIGINT NOT NULL,
    last_at BIGINT NOT NULL
);

CREATE TABLE second_factor (
    staff_id UUID NOT NULL PRIMARY KEY REFERENCES staff (id),
    -- The shared secret (RFC 6238) in Base32.
    secret TEXT NOT NULL,
    -- Whether a code was shown that proves that the other side has it.
    confirmed BOOLEAN NOT NULL,
    -- The newest time step whose code was taken: no code works twice.
    last_step BIGINT NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE TABLE recovery_code (
    staff_id UUID NOT NULL REFERENCES staff (id),
    -- SHA-256 in hexadecimal; a code has 80 random bits.
    code_hash TEXT NOT NULL,
    PRIMARY KEY (staff_id, code_hash)
);

-- Pictures in answers: read, measured and written anew by this program, never what was uploaded.
CREATE TABLE picture (
    -- Random, not in order of time: whoever knows one knows no other.
    id UUID NOT NULL PRIMARY KEY,
    -- `image/png` or `image/jpeg`.
    kind TEXT NOT NULL,
    bytes BYTEA NOT NULL,
    created_at BIGINT NOT NULL
);
