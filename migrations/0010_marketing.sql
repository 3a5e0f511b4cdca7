-- Segments, campaigns, consent, and everything that was sent. See the rules at the top of the first migration.

-- A person is named by a key: c:NAME for a customer whom the shop has named, v:UUID for a browser.

-- What people agreed to, channel by channel. The newest word of all keys of a person counts. Rows are never removed by
-- anything but another word of the person, or the erasure of everything about them.
CREATE TABLE marketing_consent (
    person TEXT NOT NULL,
    -- widget, email, sms, wechat
    channel TEXT NOT NULL,
    granted BOOLEAN NOT NULL,
    -- chat, page, link, gateway, import
    source TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (person, channel)
);

-- One row a person who was ever considered. Whoever decides about a message to somebody first writes this row: that makes
-- decisions about one person wait for each other, on every node, and decisions about others go on.
CREATE TABLE marketing_contact (
    person TEXT NOT NULL PRIMARY KEY,
    decisions BIGINT NOT NULL
);

CREATE TABLE segment (
    id UUID NOT NULL PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    -- As people write it.
    rule TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);

CREATE TABLE campaign (
    id UUID NOT NULL PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    -- draft, running, paused, ended
    state TEXT NOT NULL,
    plan JSONB NOT NULL,
    revision BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    started_at BIGINT
);
CREATE INDEX campaign_by_state ON campaign (state);

-- Everybody who got something or was held out, an occasion a row.
CREATE TABLE campaign_delivery (
    id UUID NOT NULL PRIMARY KEY,
    campaign_id UUID NOT NULL REFERENCES campaign (id),
    person TEXT NOT NULL,
    -- Whose conversation or address it goes to.
    shopper_id UUID NOT NULL,
    -- What it is about; the same occasion is noted once.
    occasion TEXT NOT NULL,
    channel TEXT NOT NULL,
    -- Number of the variant; NULL for those who are held out.
    variant BIGINT,
    -- claimed: decided, on its way. sent, failed. holdout. withdrawn: no longer wanted before it was sent.
    state TEXT NOT NULL,
    -- SKUs that it shows, as JSON array.
    skus JSONB NOT NULL,
    order_number TEXT,
    -- SHA-256 of the token in its links; the token itself is never stored.
    link_hash TEXT UNIQUE,
    decided_at BIGINT NOT NULL,
    sent_at BIGINT,
    clicked_at BIGINT,
    unsubscribed_at BIGINT,
    -- Why it could not be sent.
    fault TEXT,
    UNIQUE (campaign_id, person, occasion)
);
CREATE INDEX campaign_delivery_of_person ON campaign_delivery (person, decided_at);
CREATE INDEX campaign_delivery_of_shopper ON campaign_delivery (shopper_id, decided_at);
CREATE INDEX campaign_delivery_by_state ON campaign_delivery (state, decided_at);
CREATE INDEX campaign_delivery_of_order ON campaign_delivery (order_number);

-- Why somebody did not get something when it was due; the newest reasons of each occasion.
CREATE TABLE campaign_refusal (
    campaign_id UUID NOT NULL REFERENCES campaign (id),
    person TEXT NOT NULL,
    occasion TEXT NOT NULL,
    -- Names of the reasons, with commas.
    reasons TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (campaign_id, person, occasion)
);

-- Orders as the shop's system tells of them.
CREATE TABLE customer_order (
    number TEXT NOT NULL PRIMARY KEY,
    customer TEXT NOT NULL,
    status TEXT NOT NULL,
    placed_at BIGINT NOT NULL,
    total BIGINT NOT NULL,
    skus JSONB NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX customer_order_of_customer ON customer_order (customer, placed_at);

-- Price and stock of each product as last seen, and what changed.
CREATE TABLE goods_mark (
    sku TEXT NOT NULL PRIMARY KEY,
    price BIGINT NOT NULL,
    stock BIGINT NOT NULL
);
CREATE TABLE goods_change (
    sku TEXT NOT NULL,
    at BIGINT NOT NULL,
    price_before BIGINT NOT NULL,
    price_after BIGINT NOT NULL,
    stock_before BIGINT NOT NULL,
    stock_after BIGINT NOT NULL,
    PRIMARY KEY (sku, at)
);
CREATE INDEX goods_change_by_time ON goods_change (at);
CREATE INDEX shopper_identity_of_customer ON shopper_identity (customer);
