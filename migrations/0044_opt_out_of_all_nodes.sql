-- Every node follows who opts out of recommendations and who withdraws it, by the moment of the newest word. So whoever
-- withdraws it keeps a row. See the rules at the top of the first migration.

ALTER TABLE recommendation_opt_out ADD COLUMN withdrawn BOOLEAN NOT NULL DEFAULT FALSE;
CREATE INDEX recommendation_opt_out_by_moment ON recommendation_opt_out (since);
