-- What is asked every second or every ten, each by an index of its own, so that it costs the same in a shop with a long
-- history. SQLite counts rows nowhere unless told to: it takes an equal state for narrower than a span of time, and reads
-- every case that was ever resolved. So no index offers it that state. See the rules at the top of the first migration.

DROP INDEX desk_case_queue;
CREATE INDEX desk_case_queue ON desk_case (state, rank_at, id) WHERE state = 'waiting' OR state = 'open';
DROP INDEX desk_case_by_state_and_end;
DROP INDEX desk_case_by_end;
CREATE INDEX desk_case_by_end ON desk_case (ended_at, state);

-- The newest signal of each kind, the newest of an essence, and the counts of a cluster, without a look at the signals.
CREATE INDEX inbox_signal_by_kind ON inbox_signal (kind, at);
DROP INDEX inbox_signal_by_essence;
CREATE INDEX inbox_signal_by_essence ON inbox_signal (essence, at, id);
DROP INDEX inbox_signal_of_cluster;
CREATE INDEX inbox_signal_of_cluster ON inbox_signal (cluster_id, at, kind, handed_over);
