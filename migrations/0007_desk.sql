-- The desk: cases that people take over, who works there, and what they write for each other.

CREATE TABLE desk_group (
    id UUID NOT NULL PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    created_at BIGINT NOT NULL
);

CREATE TABLE desk_member (
    group_id UUID NOT NULL REFERENCES desk_group (id),
    staff_id UUID NOT NULL REFERENCES staff (id),
    PRIMARY KEY (group_id, staff_id)
);

-- How somebody works at the desk; no row means the defaults.
CREATE TABLE desk_agent (
    staff_id UUID NOT NULL PRIMARY KEY REFERENCES staff (id),
    -- Empty for the name they sign in with.
    display_name TEXT NOT NULL,
    -- NULL for the shop's default.
    capacity BIGINT,
    away BOOLEAN NOT NULL,
    -- The newest sign of life: the lease of their cases ends some time after it.
    seen_at BIGINT NOT NULL
);

-- One time that a shopper needs a person.
CREATE TABLE desk_case (
    id UUID NOT NULL PRIMARY KEY,
    conversation_id UUID NOT NULL REFERENCES conversation (id),
    shopper_id UUID NOT NULL,
    revision BIGINT NOT NULL,
    -- waiting, open, resolved, cancelled
    state TEXT NOT NULL,
    ticket BOOLEAN NOT NULL,
    reason TEXT NOT NULL,
    group_id UUID,
    agent_id UUID,
    -- Until then it is kept for the agent that the shopper knows.
    known_agent_id UUID,
    known_until BIGINT NOT NULL,
    -- The order of the queue: the moment it came, less its head start.
    rank_at BIGINT NOT NULL,
    since BIGINT NOT NULL,
    queued_at BIGINT NOT NULL,
    claimed_at BIGINT,
    answered_at BIGINT,
    ended_at BIGINT,
    first_warn_at BIGINT NOT NULL,
    first_due_at BIGINT NOT NULL,
    resolve_warn_at BIGINT NOT NULL,
    resolve_due_at BIGINT NOT NULL,
    resolution TEXT,
    intent TEXT,
    mood DOUBLE PRECISION NOT NULL,
    urgent BOOLEAN NOT NULL,
    spent BIGINT NOT NULL,
    tags JSONB NOT NULL,
    transfers BIGINT NOT NULL,
    started_sequence BIGINT NOT NULL,
    ended_sequence BIGINT,
    solved BOOLEAN,
    stars BIGINT,
    comment TEXT,
    rated_at BIGINT
);
-- At most one unfinished case of a conversation.
CREATE UNIQUE INDEX desk_case_unfinished ON desk_case (conversation_id) WHERE state IN ('waiting', 'open');
CREATE INDEX desk_case_queue ON desk_case (state, rank_at, id);
CREATE INDEX desk_case_of_agent ON desk_case (agent_id, state);
CREATE INDEX desk_case_by_end ON desk_case (ended_at);
CREATE INDEX desk_case_of_conversation ON desk_case (conversation_id, since);
CREATE INDEX desk_case_of_shopper ON desk_case (shopper_id, since);

INSERT INTO desk_case (id, conversation_id, shopper_id, revision, state, ticket, reason, known_until, rank_at, since,
        queued_at, first_warn_at, first_due_at, resolve_warn_at, resolve_due_at, mood, urgent, spent, tags, transfers,
        started_sequence)
    SELECT handover.id, handover.conversation_id, conversation.shopper_id, 1,
        CASE WHEN conversation.status = 'waiting' AND NOT EXISTS (SELECT 1 FROM handover AS newer
                WHERE newer.conversation_id = handover.conversation_id AND (newer.requested_at > handover.requested_at
                OR (newer.requested_at = handover.requested_at AND newer.id > handover.id)))
            THEN 'waiting' ELSE 'cancelled' END,
        FALSE, handover.reason, 0, handover.requested_at, handover.requested_at, handover.requested_at,
        handover.requested_at, handover.requested_at, handover.requested_at, handover.requested_at, 0, FALSE, 0, '[]',
        0, 1
    FROM handover JOIN conversation ON conversation.id = handover.conversation_id;
DROP TABLE handover;

-- Who took part in a case.
CREATE TABLE desk_part (
    case_id UUID NOT NULL REFERENCES desk_case (id),
    agent_id UUID NOT NULL REFERENCES staff (id),
    since BIGINT NOT NULL,
    PRIMARY KEY (case_id, agent_id)
);
CREATE INDEX desk_part_of_agent ON desk_part (agent_id);

-- What colleagues write for each other. Nothing that a shopper is sent is read from here.
CREATE TABLE desk_note (
    id UUID NOT NULL PRIMARY KEY,
    conversation_id UUID NOT NULL REFERENCES conversation (id),
    after_sequence BIGINT NOT NULL,
    -- note, whisper
    kind TEXT NOT NULL,
    author_id UUID NOT NULL REFERENCES staff (id),
    -- For a whisper: the agent it is for.
    to_id UUID,
    note TEXT NOT NULL,
    -- Ids of agents, as JSON array.
    mentions JSONB NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX desk_note_of_conversation ON desk_note (conversation_id, created_at);

-- Answers that were proposed to an agent, and what became of them.
CREATE TABLE desk_suggestion (
    id UUID NOT NULL PRIMARY KEY,
    conversation_id UUID NOT NULL,
    sequence BIGINT NOT NULL,
    position BIGINT NOT NULL,
    entry_id TEXT NOT NULL,
    confidence DOUBLE PRECISION NOT NULL,
    -- inserted, sent, edited
    adoption TEXT,
    adopted_by UUID,
    adopted_at BIGINT,
    created_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX desk_suggestion_place ON desk_suggestion (conversation_id, sequence, position);

CREATE TABLE desk_quick_reply (
    id UUID NOT NULL PRIMARY KEY,
    -- NULL for a shared one.
    owner_id UUID,
    shortcut TEXT NOT NULL,
    title TEXT NOT NULL,
    reply TEXT NOT NULL,
    products JSONB NOT NULL,
    created_at BIGINT NOT NULL
);

-- Rules that send conversations to a person, in the order in which they are tried.
CREATE TABLE desk_rule (
    id UUID NOT NULL PRIMARY KEY,
    detail JSONB NOT NULL,
    created_at BIGINT NOT NULL
);

-- One row at most: how the desk works.
CREATE TABLE desk_settings (
    name TEXT NOT NULL PRIMARY KEY,
    detail JSONB NOT NULL,
    changed_at BIGINT NOT NULL
);

-- Words of messages, so that conversations can be searched in Chinese on both databases.
CREATE TABLE message_token (
    token TEXT NOT NULL,
    conversation_id UUID NOT NULL,
    sequence BIGINT NOT NULL,
    PRIMARY KEY (token, conversation_id, sequence)
);
-- How far a conversation has been indexed.
CREATE TABLE message_indexed (
    conversation_id UUID NOT NULL PRIMARY KEY,
    sequence BIGINT NOT NULL
);

-- Cases drawn for a look at their quality.
CREATE TABLE desk_score (
    case_id UUID NOT NULL PRIMARY KEY REFERENCES desk_case (id),
    scores JSONB NOT NULL,
    comment TEXT NOT NULL,
    scored_by TEXT,
    drawn_at BIGINT NOT NULL
);

-- Answers of the assistant that agents marked as wrong: the admin's inbox.
CREATE TABLE desk_lesson (
    id UUID NOT NULL PRIMARY KEY,
    conversation_id UUID NOT NULL,
    sequence BIGINT NOT NULL,
    -- With personal numbers masked.
    question TEXT NOT NULL,
    answered TEXT,
    entry TEXT,
    proposed_question TEXT,
    proposed_answer TEXT,
    actor TEXT NOT NULL,
    -- new, done, dismissed
    state TEXT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX desk_lesson_by_time ON desk_lesson (created_at);
