-- What shoppers said about their data. See the rules at the top of the first migration.

-- The newest word of a shopper about the notice on their data; no row where they said nothing.
CREATE TABLE privacy_consent (
    shopper_id UUID NOT NULL PRIMARY KEY REFERENCES shopper (id),
    granted BOOLEAN NOT NULL,
    at BIGINT NOT NULL
);

-- Shoppers who asked in the chat that everything about them be deleted. A row goes with the shopper, or with their
-- word that they changed their mind.
CREATE TABLE erasure_request (
    shopper_id UUID NOT NULL PRIMARY KEY REFERENCES shopper (id),
    asked_at BIGINT NOT NULL,
    -- Until then it can be taken back.
    due_at BIGINT NOT NULL
);
CREATE INDEX erasure_request_by_due ON erasure_request (due_at);

CREATE INDEX message_by_time ON message (created_at);
CREATE INDEX turn_trace_by_time ON turn_trace (created_at);
CREATE INDEX conversation_by_update ON conversation (updated_at);
CREATE INDEX correction_of_conversation ON correction (conversation_id);
CREATE INDEX inbox_signal_of_conversation ON inbox_signal (conversation_id);
CREATE INDEX unknown_question_of_conversation ON unknown_question (conversation_id);
CREATE INDEX campaign_refusal_of_person ON campaign_refusal (person);
