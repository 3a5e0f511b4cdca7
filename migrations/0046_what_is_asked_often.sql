-- What is asked every second or every ten, each by an index of its own, so that it costs the same in a shop with a long
-- history. See the rules at the top of the first migration.

-- What was resolved today. With the state first, SQLite took the same index for the last agent of a shopper, and read
-- every case of the last weeks for it.
DROP INDEX desk_case_by_state_and_end;
DROP INDEX desk_case_by_end;
CREATE INDEX desk_case_by_end ON desk_case (ended_at, state);

-- The newest signal of each kind, the newest of an essence, and the counts of a cluster, without a look at the signals.
CREATE INDEX inbox_signal_by_kind ON inbox_signal (kind, at);
DROP INDEX inbox_signal_by_essence;
CREATE INDEX inbox_signal_by_essence ON inbox_signal (essence, at, id);
DROP INDEX inbox_signal_of_cluster;
CREATE INDEX inbox_signal_of_cluster ON inbox_signal (cluster_id, at, kind, handed_over);
