-- The one log of recommendations: what was recommended to whom, where and by what. One row for each product shown,
-- whatever the slot; clicks and purchases are credited here.
CREATE TABLE impression (
    id UUID NOT NULL PRIMARY KEY,
    shopper_id UUID NOT NULL,
    -- chat, home, product, cart
    slot TEXT NOT NULL,
    position BIGINT NOT NULL,
    sku TEXT NOT NULL,
    algorithm TEXT NOT NULL,
    -- Half of the A/B split: a or b.
    arm TEXT NOT NULL,
    reason TEXT NOT NULL,
    shown_at BIGINT NOT NULL,
    -- The message that showed it, where it was one.
    conversation_id UUID,
    sequence BIGINT
);
CREATE INDEX impression_by_shopper ON impression (shopper_id, sku, shown_at);
CREATE INDEX impression_by_conversation ON impression (conversation_id, shown_at);
CREATE INDEX impression_by_time ON impression (shown_at);

-- Shoppers who do not want to be recommended to by what they did.
CREATE TABLE recommendation_opt_out (
    shopper_id UUID NOT NULL PRIMARY KEY,
    since BIGINT NOT NULL
);
