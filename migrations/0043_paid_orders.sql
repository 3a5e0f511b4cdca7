-- When an order was paid stays, however the order moves on. See the rules at the top of the first migration.

-- When it was first told that the order was paid. Of older orders only their last word is known: by then they were. Of those
-- that were cancelled nobody knows any more whether they were paid before.
ALTER TABLE customer_order ADD COLUMN paid_at BIGINT;
UPDATE customer_order SET paid_at = updated_at WHERE status NOT IN ('unpaid', 'cancelled');
