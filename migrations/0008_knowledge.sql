-- Keeping the knowledge: drafts, versions with their differences, saved tests, the learning inbox, what figures are
-- made of. See the rules at the top of the first migration.

ALTER TABLE faq_entry ADD COLUMN extras JSONB NOT NULL DEFAULT '{}';
ALTER TABLE faq_entry ADD COLUMN valid_from BIGINT;
ALTER TABLE faq_entry ADD COLUMN valid_until BIGINT;
CREATE INDEX faq_entry_by_position ON faq_entry (position);

-- Where a version came from: folder, console, import, rollback.
ALTER TABLE knowledge_version ADD COLUMN source TEXT NOT NULL DEFAULT 'folder';
ALTER TABLE knowledge_version ADD COLUMN actor TEXT NOT NULL DEFAULT '';
ALTER TABLE knowledge_version ADD COLUMN note TEXT NOT NULL DEFAULT '';
ALTER TABLE knowledge_version ADD COLUMN rolled_back_to BIGINT;
-- Entries of the FAQ that it added, changed and removed.
ALTER TABLE knowledge_version ADD COLUMN added BIGINT NOT NULL DEFAULT 0;
ALTER TABLE knowledge_version ADD COLUMN changed BIGINT NOT NULL DEFAULT 0;
ALTER TABLE knowledge_version ADD COLUMN removed BIGINT NOT NULL DEFAULT 0;

-- What a version changed, so that it can be read and taken back. NULL before: added; NULL after: removed.
CREATE TABLE knowledge_change (
    version BIGINT NOT NULL REFERENCES knowledge_version (version),
    position BIGINT NOT NULL,
    -- faq, shop, replies, synonyms, dictionary, stop_words, intents, products, categories
    part TEXT NOT NULL,
    subject TEXT NOT NULL,
    before JSONB,
    after JSONB,
    PRIMARY KEY (version, position)
);
CREATE INDEX knowledge_change_of_subject ON knowledge_change (part, subject, version);

-- Entries that differ from what is live.
CREATE TABLE faq_draft (
    entry_id TEXT NOT NULL PRIMARY KEY,
    revision BIGINT NOT NULL,
    -- draft, in_review, approved
    state TEXT NOT NULL,
    -- added, changed, removed
    change TEXT NOT NULL,
    category TEXT NOT NULL,
    question TEXT NOT NULL,
    -- The entry; of a removed one, as it was.
    content JSONB NOT NULL,
    valid_from BIGINT,
    valid_until BIGINT,
    updated_at BIGINT NOT NULL,
    updated_by TEXT NOT NULL,
    submitted_by TEXT,
    reviewed_by TEXT,
    review_note TEXT NOT NULL
);
CREATE INDEX faq_draft_by_state ON faq_draft (state);

-- Which entry of the working state a phrasing belongs to, by its letters and digits alone.
CREATE TABLE faq_owner (
    essence TEXT NOT NULL,
    entry_id TEXT NOT NULL,
    position BIGINT NOT NULL,
    PRIMARY KEY (essence, entry_id)
);
CREATE INDEX faq_owner_of_entry ON faq_owner (entry_id);

-- Tags of the working state.
CREATE TABLE faq_tag (
    entry_id TEXT NOT NULL,
    tag TEXT NOT NULL,
    PRIMARY KEY (entry_id, tag)
);
CREATE INDEX faq_tag_by_name ON faq_tag (tag);

-- The working state: what is live with the drafts laid over it.
CREATE VIEW faq_working AS
    SELECT faq_entry.id AS id, faq_entry.position AS position,
        COALESCE(faq_draft.category, faq_entry.category) AS category,
        COALESCE(faq_draft.question, faq_entry.question) AS question,
        COALESCE(faq_draft.state, 'published') AS state, faq_draft.change AS change,
        CASE WHEN faq_draft.entry_id IS NULL THEN faq_entry.valid_from ELSE faq_draft.valid_from END AS valid_from,
        CASE WHEN faq_draft.entry_id IS NULL THEN faq_entry.valid_until ELSE faq_draft.valid_until END AS valid_until,
        faq_draft.updated_at AS updated_at, faq_draft.updated_by AS updated_by
    FROM faq_entry LEFT JOIN faq_draft ON faq_draft.entry_id = faq_entry.id
    UNION ALL
    SELECT faq_draft.entry_id, 9000000000000000, faq_draft.category, faq_draft.question, faq_draft.state,
        faq_draft.change, faq_draft.valid_from, faq_draft.valid_until, faq_draft.updated_at, faq_draft.updated_by
    FROM faq_draft WHERE NOT EXISTS (SELECT 1 FROM faq_entry WHERE faq_entry.id = faq_draft.entry_id);

-- Documents that differ from what is live (synonyms, dictionary, stop_words), and settings of the knowledge.
CREATE TABLE knowledge_draft (
    name TEXT NOT NULL PRIMARY KEY,
    document JSONB NOT NULL,
    revision BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    updated_by TEXT NOT NULL
);
CREATE TABLE knowledge_setting (
    name TEXT NOT NULL PRIMARY KEY,
    document JSONB NOT NULL,
    changed_at BIGINT NOT NULL
);

-- What takes long, and how far it has come.
CREATE TABLE job (
    id UUID NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL,
    -- running, done, failed
    state TEXT NOT NULL,
    step TEXT NOT NULL,
    done BIGINT NOT NULL,
    total BIGINT NOT NULL,
    actor TEXT NOT NULL,
    message TEXT,
    problems JSONB NOT NULL,
    result JSONB,
    started_at BIGINT NOT NULL,
    seen_at BIGINT NOT NULL,
    ended_at BIGINT
);
CREATE INDEX job_by_kind ON job (kind, started_at);

-- Questions with the entry that must answer them.
CREATE TABLE saved_test (
    id UUID NOT NULL PRIMARY KEY,
    question TEXT NOT NULL,
    essence TEXT NOT NULL UNIQUE,
    -- Id of an entry, or OOS.
    expected TEXT NOT NULL,
    -- import, inbox, manual
    source TEXT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX saved_test_by_time ON saved_test (created_at, id);

CREATE TABLE test_run (
    id UUID NOT NULL PRIMARY KEY,
    at BIGINT NOT NULL,
    actor TEXT NOT NULL,
    -- live, draft
    against TEXT NOT NULL,
    version BIGINT NOT NULL,
    total BIGINT NOT NULL,
    passed BIGINT NOT NULL,
    fixed BIGINT NOT NULL,
    broken BIGINT NOT NULL
);
CREATE INDEX test_run_by_time ON test_run (at);

CREATE TABLE test_result (
    run_id UUID NOT NULL REFERENCES test_run (id),
    position BIGINT NOT NULL,
    test_id UUID NOT NULL,
    question TEXT NOT NULL,
    expected TEXT NOT NULL,
    got JSONB NOT NULL,
    passed BOOLEAN NOT NULL,
    before BOOLEAN,
    PRIMARY KEY (run_id, position)
);
CREATE INDEX test_result_of_test ON test_result (test_id, run_id);

-- The assistant's turns in short, read from their traces: what figures and the publish gate are made of.
CREATE TABLE turn_fact (
    message_id UUID NOT NULL PRIMARY KEY,
    conversation_id UUID NOT NULL,
    sequence BIGINT NOT NULL,
    at BIGINT NOT NULL,
    act TEXT NOT NULL,
    entry_id TEXT,
    intent TEXT,
    mood TEXT NOT NULL,
    mood_value DOUBLE PRECISION NOT NULL,
    confidence DOUBLE PRECISION NOT NULL,
    -- Normalised, with personal numbers masked.
    question TEXT NOT NULL
);
-- Figures of a time are counted from this index alone.
CREATE INDEX turn_fact_by_time ON turn_fact (at, act, entry_id, mood, mood_value, conversation_id);
CREATE INDEX turn_fact_of_entry ON turn_fact (entry_id, at);
CREATE INDEX turn_fact_of_conversation ON turn_fact (conversation_id, sequence);

-- How far something that follows the log has read.
CREATE TABLE reading_mark (
    name TEXT NOT NULL PRIMARY KEY,
    at BIGINT NOT NULL
);

-- The learning inbox: questions that belong together, and what they are made of.
CREATE TABLE inbox_cluster (
    id UUID NOT NULL PRIMARY KEY,
    -- The question that stands for all, with personal numbers masked.
    question TEXT NOT NULL,
    -- open, settled
    state TEXT NOT NULL,
    unknowns BIGINT NOT NULL,
    downvoted BIGINT NOT NULL,
    corrections BIGINT NOT NULL,
    handed_over BIGINT NOT NULL,
    cost BIGINT NOT NULL,
    first_at BIGINT NOT NULL,
    last_at BIGINT NOT NULL,
    settled_by TEXT,
    settled_as TEXT,
    settled_entry TEXT,
    settled_at BIGINT
);
CREATE INDEX inbox_cluster_by_cost ON inbox_cluster (state, cost, id);

CREATE TABLE inbox_signal (
    id UUID NOT NULL PRIMARY KEY,
    cluster_id UUID NOT NULL REFERENCES inbox_cluster (id),
    -- unknown, downvoted, correction
    kind TEXT NOT NULL,
    question TEXT NOT NULL,
    essence TEXT NOT NULL,
    conversation_id UUID NOT NULL,
    sequence BIGINT NOT NULL,
    handed_over BOOLEAN NOT NULL,
    -- The entry that was answered with.
    entry_id TEXT,
    -- What an agent said is right, and who.
    proposed_entry TEXT,
    proposed_question TEXT,
    proposed_answer TEXT,
    actor TEXT,
    at BIGINT NOT NULL,
    UNIQUE (kind, conversation_id, sequence)
);
CREATE INDEX inbox_signal_of_cluster ON inbox_signal (cluster_id, at);
CREATE INDEX inbox_signal_by_essence ON inbox_signal (essence);
CREATE INDEX inbox_signal_by_time ON inbox_signal (at);

CREATE INDEX verdict_by_time ON verdict (given_at);
CREATE INDEX desk_case_by_start ON desk_case (since);
CREATE INDEX audit_by_subject ON audit (subject, at);
CREATE INDEX audit_by_action ON audit (action, at);
CREATE INDEX audit_by_actor ON audit (actor, at);
CREATE INDEX product_by_category ON product (category, position);
CREATE INDEX product_by_position ON product (position);
