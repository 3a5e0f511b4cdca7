-- Who a shopper is to the shop, what the shop's system was asked to do, and the order service of the demo shop.

-- The customer whom a signed token of the shop has named. A shopper is one customer for good; another customer in the
-- same browser becomes another shopper.
CREATE TABLE shopper_identity (
    shopper_id UUID NOT NULL PRIMARY KEY REFERENCES shopper (id),
    customer TEXT NOT NULL,
    -- Name, telephone and the like, as the token had them.
    profile JSONB NOT NULL,
    identified_at BIGINT NOT NULL,
    -- Orders are shown until then.
    expires_at BIGINT NOT NULL
);

-- Requests to the shop's system that are under way. A row is written with the message that led to it and goes with the
-- message that tells its outcome: a crash in between leaves it to be done again under the same number.
CREATE TABLE shop_request (
    conversation_id UUID NOT NULL REFERENCES conversation (id),
    number BIGINT NOT NULL,
    shopper_id UUID NOT NULL,
    -- The shopper's message.
    sequence BIGINT NOT NULL,
    request JSONB NOT NULL,
    created_at BIGINT NOT NULL,
    -- Until then it belongs to the node that performs it.
    claimed_until BIGINT NOT NULL,
    PRIMARY KEY (conversation_id, number)
);
CREATE INDEX shop_request_by_claim ON shop_request (claimed_until);

-- The demo shop's own orders.
CREATE TABLE demo_order (
    number TEXT NOT NULL PRIMARY KEY,
    customer TEXT NOT NULL,
    placed_at BIGINT NOT NULL,
    detail JSONB NOT NULL
);
CREATE INDEX demo_order_of_customer ON demo_order (customer, placed_at);

CREATE TABLE demo_customer (
    id TEXT NOT NULL PRIMARY KEY,
    position BIGINT NOT NULL,
    -- Name, telephone, coupons.
    detail JSONB NOT NULL
);

-- What was done already, by the request's key: a second try gets the same answer and changes nothing.
CREATE TABLE demo_action (
    key TEXT NOT NULL PRIMARY KEY,
    outcome JSONB NOT NULL,
    done_at BIGINT NOT NULL
);
