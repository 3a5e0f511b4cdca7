-- How far somebody has read a conversation. One row for each side, so that unread counts and "seen" survive a reload.
CREATE TABLE read_position (
    conversation_id UUID NOT NULL REFERENCES conversation (id),
    -- 'shopper' or 'agent'.
    reader TEXT NOT NULL,
    sequence BIGINT NOT NULL,
    read_at BIGINT NOT NULL,
    PRIMARY KEY (conversation_id, reader)
);
