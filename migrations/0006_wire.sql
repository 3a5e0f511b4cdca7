-- How far somebody has read a conversation. One row for each side, so that unread counts and "seen" survive a reload.
CREATE TABLE read_position (
    conversation_id UUID NOT NULL REFERENCES conversation (id),
    -- 'shopper' or 'agent'.
    reader TEXT NOT NULL,
    sequence BIGINT NOT NULL,
    read_at BIGINT NOT NULL,
    PRIMARY KEY (conversation_id, reader)
);

-- Only clients give ids; answers do not need a place in the index.
DROP INDEX message_of_client;
CREATE UNIQUE INDEX message_of_client ON message (conversation_id, client_id) WHERE client_id IS NOT NULL;

-- Traces by the id of their message. Ids grow with time, so that traces of a thousand conversations that talk at the
-- same time are written side by side: a commit writes whole pages, and their number is what a turn costs.
CREATE TABLE trace_of_message (
    message_id UUID NOT NULL PRIMARY KEY,
    knowledge_version BIGINT NOT NULL,
    trace JSONB NOT NULL,
    created_at BIGINT NOT NULL
);
INSERT INTO trace_of_message (message_id, knowledge_version, trace, created_at)
    SELECT message.id, turn_trace.knowledge_version, turn_trace.trace, turn_trace.created_at
    FROM turn_trace JOIN message
    ON message.conversation_id = turn_trace.conversation_id AND message.sequence = turn_trace.sequence;
DROP TABLE turn_trace;
ALTER TABLE trace_of_message RENAME TO turn_trace;
