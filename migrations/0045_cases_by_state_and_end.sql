-- The desk counts each second what was resolved today. By the state alone that reads every case that was ever resolved.
-- See the rules at the top of the first migration.

CREATE INDEX desk_case_by_state_and_end ON desk_case (state, ended_at);
