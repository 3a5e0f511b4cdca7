-- The foundation: shoppers and their conversations, the knowledge of the shop, behaviour, staff.
--
-- One text for SQLite and PostgreSQL. Rules that keep it so: ids are UUIDs made by the program, moments are BIGINT
-- milliseconds since 1970 UTC, amounts are BIGINT fen, JSONB columns hold objects or arrays (never a bare number:
-- SQLite would turn it into an INTEGER), and enumerations are TEXT in the program's spelling.

CREATE TABLE shopper (
    id UUID NOT NULL PRIMARY KEY,
    -- SHA-256 of the visitor token in hexadecimal; the token itself is never stored.
    token_hash TEXT NOT NULL UNIQUE,
    created_at BIGINT NOT NULL
);

CREATE TABLE conversation (
    id UUID NOT NULL PRIMARY KEY,
    shopper_id UUID NOT NULL REFERENCES shopper (id),
    status TEXT NOT NULL,
    -- The newest message. Every append names the value it read; two writers cannot both win.
    last_sequence BIGINT NOT NULL,
    -- The dialogue state after the newest turn.
    state JSONB NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX conversation_of_shopper ON conversation (shopper_id);

CREATE TABLE message (
    conversation_id UUID NOT NULL REFERENCES conversation (id),
    sequence BIGINT NOT NULL,
    id UUID NOT NULL UNIQUE,
    client_id TEXT,
    author TEXT NOT NULL,
    body JSONB NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (conversation_id, sequence)
);
CREATE UNIQUE INDEX message_of_client ON message (conversation_id, client_id);

-- Why the assistant said what it said; one row for each of its turns.
CREATE TABLE turn_trace (
    conversation_id UUID NOT NULL,
    sequence BIGINT NOT NULL,
    knowledge_version BIGINT NOT NULL,
    trace JSONB NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (conversation_id, sequence)
);

CREATE TABLE unknown_question (
    id UUID NOT NULL PRIMARY KEY,
    conversation_id UUID NOT NULL,
    sequence BIGINT NOT NULL,
    -- With personal numbers masked.
    question TEXT NOT NULL,
    nearest JSONB NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX unknown_question_by_time ON unknown_question (created_at);

CREATE TABLE handover (
    id UUID NOT NULL PRIMARY KEY,
    conversation_id UUID NOT NULL,
    reason TEXT NOT NULL,
    requested_at BIGINT NOT NULL
);
CREATE INDEX handover_by_time ON handover (requested_at);

CREATE TABLE verdict (
    conversation_id UUID NOT NULL,
    sequence BIGINT NOT NULL,
    verdict TEXT NOT NULL,
    given_at BIGINT NOT NULL,
    PRIMARY KEY (conversation_id, sequence)
);

-- Each import or publish of knowledge is one version, replaced as a whole in one transaction.
CREATE TABLE knowledge_version (
    version BIGINT NOT NULL PRIMARY KEY,
    checksum TEXT NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE TABLE faq_entry (
    id TEXT NOT NULL PRIMARY KEY,
    position BIGINT NOT NULL,
    category TEXT NOT NULL,
    question TEXT NOT NULL,
    answer TEXT NOT NULL
);

CREATE TABLE faq_phrasing (
    entry_id TEXT NOT NULL REFERENCES faq_entry (id),
    position BIGINT NOT NULL,
    phrasing TEXT NOT NULL,
    PRIMARY KEY (entry_id, position)
);

CREATE TABLE intent (
    name TEXT NOT NULL PRIMARY KEY,
    position BIGINT NOT NULL,
    title TEXT NOT NULL,
    lane TEXT NOT NULL
);

CREATE TABLE utterance (
    intent TEXT NOT NULL REFERENCES intent (name),
    position BIGINT NOT NULL,
    utterance TEXT NOT NULL,
    PRIMARY KEY (intent, position)
);

CREATE TABLE category (
    id TEXT NOT NULL PRIMARY KEY,
    position BIGINT NOT NULL,
    detail JSONB NOT NULL
);

CREATE TABLE product (
    sku TEXT NOT NULL PRIMARY KEY,
    position BIGINT NOT NULL,
    category TEXT NOT NULL REFERENCES category (id),
    price BIGINT NOT NULL,
    stock BIGINT NOT NULL,
    detail JSONB NOT NULL
);

-- The parts of the knowledge that are one document each: shop, replies, synonyms, dictionary.
CREATE TABLE knowledge_document (
    name TEXT NOT NULL PRIMARY KEY,
    document JSONB NOT NULL
);

-- Models trained from the knowledge, kept so that a start does not train again. The checksum names their input.
CREATE TABLE trained_model (
    name TEXT NOT NULL PRIMARY KEY,
    checksum TEXT NOT NULL,
    bytes BYTEA NOT NULL,
    trained_at BIGINT NOT NULL
);

-- What shoppers did. The key makes a second import of the same file harmless.
CREATE TABLE event (
    shopper_id UUID NOT NULL,
    at BIGINT NOT NULL,
    sku TEXT NOT NULL,
    kind TEXT NOT NULL,
    value DOUBLE PRECISION NOT NULL,
    -- When it was written, and by which run of the program: every other run learns it from here.
    received_at BIGINT NOT NULL,
    written_by UUID NOT NULL,
    PRIMARY KEY (shopper_id, at, sku, kind)
);
CREATE INDEX event_by_receipt ON event (received_at, written_by);

CREATE TABLE staff (
    id UUID NOT NULL PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    -- argon2id in PHC notation.
    password_hash TEXT NOT NULL,
    role TEXT NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE TABLE staff_session (
    -- SHA-256 of the cookie's value in hexadecimal.
    token_hash TEXT NOT NULL PRIMARY KEY,
    staff_id UUID NOT NULL REFERENCES staff (id),
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);

CREATE TABLE audit (
    id UUID NOT NULL PRIMARY KEY,
    at BIGINT NOT NULL,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    subject TEXT NOT NULL,
    detail JSONB NOT NULL
);
CREATE INDEX audit_by_time ON audit (at);
