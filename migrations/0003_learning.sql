-- What staff taught the models, and every model that came of it.

-- A text that a model read wrongly, with the label that is right.
CREATE TABLE correction (
    id UUID NOT NULL PRIMARY KEY,
    model TEXT NOT NULL,
    -- With personal numbers masked.
    said TEXT NOT NULL,
    label TEXT NOT NULL,
    -- What the model read at that time.
    read_as TEXT NOT NULL,
    actor TEXT NOT NULL,
    -- pending, learned, refused, withdrawn
    state TEXT NOT NULL,
    -- The version that learned it first; 0 before.
    learned_in BIGINT NOT NULL,
    conversation_id UUID,
    sequence BIGINT,
    created_at BIGINT NOT NULL
);
CREATE INDEX correction_by_time ON correction (model, created_at);

-- Each attempt to learn. Version 0 is never written: it is the model of the knowledge alone.
CREATE TABLE model_version (
    model TEXT NOT NULL,
    version BIGINT NOT NULL,
    -- Names what it was trained from; another checksum in force means that the knowledge has changed since.
    checksum TEXT NOT NULL,
    -- published, refused, rolled_back
    decision TEXT NOT NULL,
    -- The shadow test against the version before.
    figures JSONB NOT NULL,
    bytes BYTEA NOT NULL,
    actor TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (model, version)
);
