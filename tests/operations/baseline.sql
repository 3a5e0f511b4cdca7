-- The first schema, as migrations 1 to 31 made it, with a few rows of a shop. It is what an upgrade starts from.
PRAGMA foreign_keys = OFF;
CREATE TABLE _sqlx_migrations (version BIGINT PRIMARY KEY, description TEXT NOT NULL, installed_on TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP, success BOOLEAN NOT NULL, checksum BLOB NOT NULL, execution_time BIGINT NOT NULL);
CREATE TABLE api_key (
    id UUID NOT NULL PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    -- SHA-256 of the key in hexadecimal; the key itself is shown once and never stored.
    key_hash TEXT NOT NULL UNIQUE,
    -- Its first characters, to tell keys apart.
    hint TEXT NOT NULL,
    -- Names of what it may do, as JSON array.
    scopes JSONB NOT NULL,
    created_by TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    -- NULL for never.
    expires_at BIGINT,
    -- The newest request, to the minute.
    used_at BIGINT
);
CREATE TABLE audit (
    id UUID NOT NULL PRIMARY KEY,
    at BIGINT NOT NULL,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    subject TEXT NOT NULL,
    detail JSONB NOT NULL
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
CREATE TABLE campaign_refusal (
    campaign_id UUID NOT NULL REFERENCES campaign (id),
    person TEXT NOT NULL,
    occasion TEXT NOT NULL,
    -- Names of the reasons, with commas.
    reasons TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (campaign_id, person, occasion)
);
CREATE TABLE category (
    id TEXT NOT NULL PRIMARY KEY,
    position BIGINT NOT NULL,
    detail JSONB NOT NULL
);
CREATE TABLE conversation (
    id UUID NOT NULL PRIMARY KEY,
    shopper_id UUID NOT NULL REFERENCES shopper (id),
    status TEXT NOT NULL,
    -- The newest message. Every append names the value it read; two writers cannot both win.
    last_sequence BIGINT NOT NULL,
    -- The dialogue state after the newest turn.
    state JSONB NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE TABLE correction (
    id UUID NOT NULL PRIMARY KEY,
    model TEXT NOT NULL,
    -- With personal numbers masked.
    said TEXT NOT NULL,
    label TEXT NOT NULL,
    -- What the model read at that time.
    read_as TEXT NOT NULL,
    actor TEXT NOT NULL,
    -- pending, learned, refused, withdrawn
    state TEXT NOT NULL,
    -- The version that learned it first; 0 before.
    learned_in BIGINT NOT NULL,
    conversation_id UUID,
    sequence BIGINT,
    created_at BIGINT NOT NULL
);
CREATE TABLE customer_order (
    number TEXT NOT NULL PRIMARY KEY,
    customer TEXT NOT NULL,
    status TEXT NOT NULL,
    placed_at BIGINT NOT NULL,
    total BIGINT NOT NULL,
    skus JSONB NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE TABLE demo_action (
    key TEXT NOT NULL PRIMARY KEY,
    outcome JSONB NOT NULL,
    done_at BIGINT NOT NULL
);
CREATE TABLE demo_customer (
    id TEXT NOT NULL PRIMARY KEY,
    position BIGINT NOT NULL,
    -- Name, telephone, coupons.
    detail JSONB NOT NULL
);
CREATE TABLE demo_order (
    number TEXT NOT NULL PRIMARY KEY,
    customer TEXT NOT NULL,
    placed_at BIGINT NOT NULL,
    detail JSONB NOT NULL
);
CREATE TABLE desk_agent (
    staff_id UUID NOT NULL PRIMARY KEY REFERENCES staff (id),
    -- Empty for the name they sign in with.
    display_name TEXT NOT NULL,
    -- NULL for the shop's default.
    capacity BIGINT,
    away BOOLEAN NOT NULL,
    -- The newest sign of life: the lease of their cases ends some time after it.
    seen_at BIGINT NOT NULL
);
CREATE TABLE desk_case (
    id UUID NOT NULL PRIMARY KEY,
    conversation_id UUID NOT NULL REFERENCES conversation (id),
    shopper_id UUID NOT NULL,
    revision BIGINT NOT NULL,
    -- waiting, open, resolved, cancelled
    state TEXT NOT NULL,
    ticket BOOLEAN NOT NULL,
    reason TEXT NOT NULL,
    group_id UUID,
    agent_id UUID,
    -- Until then it is kept for the agent that the shopper knows.
    known_agent_id UUID,
    known_until BIGINT NOT NULL,
    -- The order of the queue: the moment it came, less its head start.
    rank_at BIGINT NOT NULL,
    since BIGINT NOT NULL,
    queued_at BIGINT NOT NULL,
    claimed_at BIGINT,
    answered_at BIGINT,
    ended_at BIGINT,
    first_warn_at BIGINT NOT NULL,
    first_due_at BIGINT NOT NULL,
    resolve_warn_at BIGINT NOT NULL,
    resolve_due_at BIGINT NOT NULL,
    resolution TEXT,
    intent TEXT,
    mood DOUBLE PRECISION NOT NULL,
    urgent BOOLEAN NOT NULL,
    spent BIGINT NOT NULL,
    tags JSONB NOT NULL,
    transfers BIGINT NOT NULL,
    started_sequence BIGINT NOT NULL,
    ended_sequence BIGINT,
    solved BOOLEAN,
    stars BIGINT,
    comment TEXT,
    rated_at BIGINT
);
CREATE TABLE desk_group (
    id UUID NOT NULL PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    created_at BIGINT NOT NULL
);
CREATE TABLE desk_lesson (
    id UUID NOT NULL PRIMARY KEY,
    conversation_id UUID NOT NULL,
    sequence BIGINT NOT NULL,
    -- With personal numbers masked.
    question TEXT NOT NULL,
    answered TEXT,
    entry TEXT,
    proposed_question TEXT,
    proposed_answer TEXT,
    actor TEXT NOT NULL,
    -- new, done, dismissed
    state TEXT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE TABLE desk_member (
    group_id UUID NOT NULL REFERENCES desk_group (id),
    staff_id UUID NOT NULL REFERENCES staff (id),
    PRIMARY KEY (group_id, staff_id)
);
CREATE TABLE desk_note (
    id UUID NOT NULL PRIMARY KEY,
    conversation_id UUID NOT NULL REFERENCES conversation (id),
    after_sequence BIGINT NOT NULL,
    -- note, whisper
    kind TEXT NOT NULL,
    author_id UUID NOT NULL REFERENCES staff (id),
    -- For a whisper: the agent it is for.
    to_id UUID,
    note TEXT NOT NULL,
    -- Ids of agents, as JSON array.
    mentions JSONB NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE TABLE desk_part (
    case_id UUID NOT NULL REFERENCES desk_case (id),
    agent_id UUID NOT NULL REFERENCES staff (id),
    since BIGINT NOT NULL,
    PRIMARY KEY (case_id, agent_id)
);
CREATE TABLE desk_quick_reply (
    id UUID NOT NULL PRIMARY KEY,
    -- NULL for a shared one.
    owner_id UUID,
    shortcut TEXT NOT NULL,
    title TEXT NOT NULL,
    reply TEXT NOT NULL,
    products JSONB NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE TABLE desk_rule (
    id UUID NOT NULL PRIMARY KEY,
    detail JSONB NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE TABLE desk_score (
    case_id UUID NOT NULL PRIMARY KEY REFERENCES desk_case (id),
    scores JSONB NOT NULL,
    comment TEXT NOT NULL,
    scored_by TEXT,
    drawn_at BIGINT NOT NULL
);
CREATE TABLE desk_settings (
    name TEXT NOT NULL PRIMARY KEY,
    detail JSONB NOT NULL,
    changed_at BIGINT NOT NULL
);
CREATE TABLE desk_suggestion (
    id UUID NOT NULL PRIMARY KEY,
    conversation_id UUID NOT NULL,
    sequence BIGINT NOT NULL,
    position BIGINT NOT NULL,
    entry_id TEXT NOT NULL,
    confidence DOUBLE PRECISION NOT NULL,
    -- inserted, sent, edited
    adoption TEXT,
    adopted_by UUID,
    adopted_at BIGINT,
    created_at BIGINT NOT NULL
);
CREATE TABLE event (
    shopper_id UUID NOT NULL,
    at BIGINT NOT NULL,
    sku TEXT NOT NULL,
    kind TEXT NOT NULL,
    value DOUBLE PRECISION NOT NULL,
    -- When it was written, and by which run of the program: every other run learns it from here.
    received_at BIGINT NOT NULL,
    written_by UUID NOT NULL,
    PRIMARY KEY (shopper_id, at, sku, kind)
);
CREATE TABLE faq_draft (
    entry_id TEXT NOT NULL PRIMARY KEY,
    revision BIGINT NOT NULL,
    -- draft, in_review, approved
    state TEXT NOT NULL,
    -- added, changed, removed
    change TEXT NOT NULL,
    category TEXT NOT NULL,
    question TEXT NOT NULL,
    -- The entry; of a removed one, as it was.
    content JSONB NOT NULL,
    valid_from BIGINT,
    valid_until BIGINT,
    updated_at BIGINT NOT NULL,
    updated_by TEXT NOT NULL,
    submitted_by TEXT,
    reviewed_by TEXT,
    review_note TEXT NOT NULL
, position BIGINT NOT NULL DEFAULT 0);
CREATE TABLE faq_entry (
    id TEXT NOT NULL PRIMARY KEY,
    position BIGINT NOT NULL,
    category TEXT NOT NULL,
    question TEXT NOT NULL,
    answer TEXT NOT NULL
, extras JSONB NOT NULL DEFAULT '{}', valid_from BIGINT, valid_until BIGINT);
CREATE TABLE faq_owner (
    essence TEXT NOT NULL,
    entry_id TEXT NOT NULL,
    position BIGINT NOT NULL,
    PRIMARY KEY (essence, entry_id)
);
CREATE TABLE faq_phrasing (
    entry_id TEXT NOT NULL REFERENCES faq_entry (id),
    position BIGINT NOT NULL,
    phrasing TEXT NOT NULL,
    PRIMARY KEY (entry_id, position)
);
CREATE TABLE faq_tag (
    entry_id TEXT NOT NULL,
    tag TEXT NOT NULL,
    PRIMARY KEY (entry_id, tag)
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
CREATE TABLE goods_mark (
    sku TEXT NOT NULL PRIMARY KEY,
    price BIGINT NOT NULL,
    stock BIGINT NOT NULL
);
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
CREATE TABLE inbox_cluster (
    id UUID NOT NULL PRIMARY KEY,
    -- The question that stands for all, with personal numbers masked.
    question TEXT NOT NULL,
    -- open, settled
    state TEXT NOT NULL,
    unknowns BIGINT NOT NULL,
    downvoted BIGINT NOT NULL,
    corrections BIGINT NOT NULL,
    handed_over BIGINT NOT NULL,
    cost BIGINT NOT NULL,
    first_at BIGINT NOT NULL,
    last_at BIGINT NOT NULL,
    settled_by TEXT,
    settled_as TEXT,
    settled_entry TEXT,
    settled_at BIGINT
);
CREATE TABLE inbox_signal (
    id UUID NOT NULL PRIMARY KEY,
    cluster_id UUID NOT NULL REFERENCES inbox_cluster (id),
    -- unknown, downvoted, correction
    kind TEXT NOT NULL,
    question TEXT NOT NULL,
    essence TEXT NOT NULL,
    conversation_id UUID NOT NULL,
    sequence BIGINT NOT NULL,
    handed_over BOOLEAN NOT NULL,
    -- The entry that was answered with.
    entry_id TEXT,
    -- What an agent said is right, and who.
    proposed_entry TEXT,
    proposed_question TEXT,
    proposed_answer TEXT,
    actor TEXT,
    at BIGINT NOT NULL,
    UNIQUE (kind, conversation_id, sequence)
);
CREATE TABLE intent (
    name TEXT NOT NULL PRIMARY KEY,
    position BIGINT NOT NULL,
    title TEXT NOT NULL,
    lane TEXT NOT NULL
);
CREATE TABLE job (
    id UUID NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL,
    -- running, done, failed
    state TEXT NOT NULL,
    step TEXT NOT NULL,
    done BIGINT NOT NULL,
    total BIGINT NOT NULL,
    actor TEXT NOT NULL,
    message TEXT,
    problems JSONB NOT NULL,
    result JSONB,
    started_at BIGINT NOT NULL,
    seen_at BIGINT NOT NULL,
    ended_at BIGINT
);
CREATE TABLE knowledge_change (
    version BIGINT NOT NULL REFERENCES knowledge_version (version),
    position BIGINT NOT NULL,
    -- faq, shop, replies, synonyms, dictionary, stop_words, intents, products, categories
    part TEXT NOT NULL,
    subject TEXT NOT NULL,
    before JSONB,
    after JSONB,
    PRIMARY KEY (version, position)
);
CREATE TABLE knowledge_document (
    name TEXT NOT NULL PRIMARY KEY,
    document JSONB NOT NULL
);
CREATE TABLE knowledge_draft (
    name TEXT NOT NULL PRIMARY KEY,
    document JSONB NOT NULL,
    revision BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    updated_by TEXT NOT NULL
);
CREATE TABLE knowledge_setting (
    name TEXT NOT NULL PRIMARY KEY,
    document JSONB NOT NULL,
    changed_at BIGINT NOT NULL
);
CREATE TABLE knowledge_version (
    version BIGINT NOT NULL PRIMARY KEY,
    checksum TEXT NOT NULL,
    created_at BIGINT NOT NULL
, source TEXT NOT NULL DEFAULT 'folder', actor TEXT NOT NULL DEFAULT '', note TEXT NOT NULL DEFAULT '', rolled_back_to BIGINT, added BIGINT NOT NULL DEFAULT 0, changed BIGINT NOT NULL DEFAULT 0, removed BIGINT NOT NULL DEFAULT 0);
CREATE TABLE lease (
    name    TEXT NOT NULL PRIMARY KEY,
    holder  UUID NOT NULL,
    -- Grows whenever the lease changes hands; writes that depend on it name it.
    number  BIGINT NOT NULL,
    ends_at BIGINT NOT NULL
);
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
CREATE TABLE marketing_contact (
    person TEXT NOT NULL PRIMARY KEY,
    decisions BIGINT NOT NULL
);
CREATE TABLE message (
    conversation_id UUID NOT NULL REFERENCES conversation (id),
    sequence BIGINT NOT NULL,
    id UUID NOT NULL UNIQUE,
    client_id TEXT,
    author TEXT NOT NULL,
    body JSONB NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (conversation_id, sequence)
);
CREATE TABLE message_indexed (
    conversation_id UUID NOT NULL PRIMARY KEY,
    sequence BIGINT NOT NULL
);
CREATE TABLE message_token (
    token TEXT NOT NULL,
    conversation_id UUID NOT NULL,
    sequence BIGINT NOT NULL,
    PRIMARY KEY (token, conversation_id, sequence)
);
CREATE TABLE model_version (
    model TEXT NOT NULL,
    version BIGINT NOT NULL,
    -- Names what it was trained from; another checksum in force means that the knowledge has changed since.
    checksum TEXT NOT NULL,
    -- published, refused, rolled_back
    decision TEXT NOT NULL,
    -- The shadow test against the version before.
    figures JSONB NOT NULL,
    bytes BYTEA NOT NULL,
    actor TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (model, version)
);
CREATE TABLE product (
    sku TEXT NOT NULL PRIMARY KEY,
    position BIGINT NOT NULL,
    category TEXT NOT NULL REFERENCES category (id),
    price BIGINT NOT NULL,
    stock BIGINT NOT NULL,
    detail JSONB NOT NULL
);
CREATE TABLE read_position (
    conversation_id UUID NOT NULL REFERENCES conversation (id),
    -- 'shopper' or 'agent'.
    reader TEXT NOT NULL,
    sequence BIGINT NOT NULL,
    read_at BIGINT NOT NULL,
    PRIMARY KEY (conversation_id, reader)
);
CREATE TABLE reading_mark (
    name TEXT NOT NULL PRIMARY KEY,
    at BIGINT NOT NULL
);
CREATE TABLE recommendation_opt_out (
    shopper_id UUID NOT NULL PRIMARY KEY,
    since BIGINT NOT NULL
);
CREATE TABLE saved_test (
    id UUID NOT NULL PRIMARY KEY,
    question TEXT NOT NULL,
    essence TEXT NOT NULL UNIQUE,
    -- Id of an entry, or OOS.
    expected TEXT NOT NULL,
    -- import, inbox, manual
    source TEXT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE TABLE segment (
    id UUID NOT NULL PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    -- As people write it.
    rule TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
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
CREATE TABLE shopper (
    id UUID NOT NULL PRIMARY KEY,
    -- SHA-256 of the visitor token in hexadecimal; the token itself is never stored.
    token_hash TEXT NOT NULL UNIQUE,
    created_at BIGINT NOT NULL
);
CREATE TABLE shopper_identity (
    shopper_id UUID NOT NULL PRIMARY KEY REFERENCES shopper (id),
    customer TEXT NOT NULL,
    -- Name, telephone and the like, as the token had them.
    profile JSONB NOT NULL,
    identified_at BIGINT NOT NULL,
    -- Orders are shown until then.
    expires_at BIGINT NOT NULL
);
CREATE TABLE staff (
    id UUID NOT NULL PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    -- argon2id in PHC notation.
    password_hash TEXT NOT NULL,
    role TEXT NOT NULL,
    created_at BIGINT NOT NULL
, disabled BOOLEAN NOT NULL DEFAULT FALSE);
CREATE TABLE staff_session (
    id UUID NOT NULL PRIMARY KEY,
    -- SHA-256 of the cookie's value in hexadecimal.
    token_hash TEXT NOT NULL UNIQUE,
    staff_id UUID NOT NULL REFERENCES staff (id),
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    -- The newest request, to the minute.
    seen_at BIGINT NOT NULL,
    -- Where it was opened, and with what.
    address TEXT NOT NULL,
    program TEXT NOT NULL
);
CREATE TABLE test_result (
    run_id UUID NOT NULL REFERENCES test_run (id),
    position BIGINT NOT NULL,
    test_id UUID NOT NULL,
    question TEXT NOT NULL,
    expected TEXT NOT NULL,
    got JSONB NOT NULL,
    passed BOOLEAN NOT NULL,
    before BOOLEAN,
    PRIMARY KEY (run_id, position)
);
CREATE TABLE test_run (
    id UUID NOT NULL PRIMARY KEY,
    at BIGINT NOT NULL,
    actor TEXT NOT NULL,
    -- live, draft
    against TEXT NOT NULL,
    version BIGINT NOT NULL,
    total BIGINT NOT NULL,
    passed BIGINT NOT NULL,
    fixed BIGINT NOT NULL,
    broken BIGINT NOT NULL
);
CREATE TABLE trained_model (
    name TEXT NOT NULL PRIMARY KEY,
    checksum TEXT NOT NULL,
    bytes BYTEA NOT NULL,
    trained_at BIGINT NOT NULL
);
CREATE TABLE turn_fact (
    message_id UUID NOT NULL PRIMARY KEY,
    conversation_id UUID NOT NULL,
    sequence BIGINT NOT NULL,
    at BIGINT NOT NULL,
    act TEXT NOT NULL,
    entry_id TEXT,
    intent TEXT,
    mood TEXT NOT NULL,
    mood_value DOUBLE PRECISION NOT NULL,
    confidence DOUBLE PRECISION NOT NULL,
    -- Normalised, with personal numbers masked.
    question TEXT NOT NULL
);
CREATE TABLE "turn_trace" (
    message_id UUID NOT NULL PRIMARY KEY,
    knowledge_version BIGINT NOT NULL,
    trace JSONB NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE TABLE unknown_question (
    id UUID NOT NULL PRIMARY KEY,
    conversation_id UUID NOT NULL,
    sequence BIGINT NOT NULL,
    -- With personal numbers masked.
    question TEXT NOT NULL,
    nearest JSONB NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE TABLE utterance (
    intent TEXT NOT NULL REFERENCES intent (name),
    position BIGINT NOT NULL,
    utterance TEXT NOT NULL,
    PRIMARY KEY (intent, position)
);
CREATE TABLE verdict (
    conversation_id UUID NOT NULL,
    sequence BIGINT NOT NULL,
    verdict TEXT NOT NULL,
    given_at BIGINT NOT NULL,
    PRIMARY KEY (conversation_id, sequence)
);
INSERT INTO "_sqlx_migrations" VALUES(1,'foundation','2026-11-01 00:00:00',1,X'60B62B9B5FEBCAFCEC59F8A51B03044D4E77AA339E96D02F96CBEA661B87557523B8552E23EE65084CFC5077D9B65995',0);
INSERT INTO "_sqlx_migrations" VALUES(3,'learning','2026-11-01 00:00:00',1,X'762E2DB6556640FAB596684A73ABEFC029E56353D0DDBF0280D7BD4146F35C7E64926F57AA45C3EE7EC515A7673F53C6',0);
INSERT INTO "_sqlx_migrations" VALUES(6,'wire','2026-11-01 00:00:00',1,X'7F2CC8124944FD678196E1D8B53C96B3A5AFB4A2E8E2A9C302883144ECF55E3407C90D80BD9C6F15A887A2B6F3371C8C',0);
INSERT INTO "_sqlx_migrations" VALUES(7,'desk','2026-11-01 00:00:00',1,X'329C158C2DF815D0DAB3FC677A170275B656DAB6268A0542102E34C29402E8C96671999BBDC5E34E4931F15C43044C3C',0);
INSERT INTO "_sqlx_migrations" VALUES(8,'knowledge','2026-11-01 00:00:00',1,X'65F3EFFA2820E75C28A6049B5AF43A42E233DA63889A8C10E225421D65D4EB9B9F2BCE0F98C1F1E8C4600B53D6B32E96',0);
INSERT INTO "_sqlx_migrations" VALUES(9,'orders','2026-11-01 00:00:00',1,X'4A134D3F75BBDFD186B3986A53790250D1E89FA143A75EABC695728E28A8AD6DE21D4F69FDDDFD831C20AF82ABAD2E52',0);
INSERT INTO "_sqlx_migrations" VALUES(10,'marketing','2026-11-01 00:00:00',1,X'04FFBA978D3673015EF504D837287D8D8432DE9AAB199FA8C63257EF4A2A865C5322D542F0F7BB81BDEBB9A60802940E',0);
INSERT INTO "_sqlx_migrations" VALUES(11,'nodes','2026-11-01 00:00:00',1,X'E73F759A2B0B7A0507067F3939769EB0AF684682927FF9BAA86F49C8541081AAF0C91B73D6D3EFDA64018FCE2AC91A0A',0);
INSERT INTO "_sqlx_migrations" VALUES(20,'recommendation','2026-11-01 00:00:00',1,X'829ADF33FDFAF74876B6214097E16662938A141BE271859F7CC994577A022510BB02DD7F4BA67226F3041EED7A5A64C2',0);
INSERT INTO "_sqlx_migrations" VALUES(30,'settings','2026-11-01 00:00:00',1,X'96509E7F9E081071B26BC6536EF3013F7E9D0441E91E39001619EA243751A7C4DF43EAF04A367FC31892C5D313563689',0);
INSERT INTO "_sqlx_migrations" VALUES(31,'draft order','2026-11-01 00:00:00',1,X'4B9080C518BC0092FE85D6BEF82C2931BEC0F5E7F374929689DC20751390D28C074E7A2D81C679A623027C72E0F472FB',0);
INSERT INTO "conversation" VALUES(X'018F0000000070008000000000000002',X'018F0000000070008000000000000001','bot',2,'{}',1760000000000,1760000000000);
INSERT INTO "event" VALUES(X'018F0000000070008000000000000001',1760000000000,'SS-001','view',1.0,1760000000000,X'018F0000000070008000000000000005');
INSERT INTO "message" VALUES(X'018F0000000070008000000000000002',1,X'018F0000000070008000000000000003','1','shopper','{"text":"老顾客的话"}',1760000000000);
INSERT INTO "message" VALUES(X'018F0000000070008000000000000002',2,X'018F0000000070008000000000000004',NULL,'bot','{"text":"当时的回答"}',1760000000001);
INSERT INTO "shopper" VALUES(X'018F0000000070008000000000000001','an old hash',1760000000000);
CREATE UNIQUE INDEX conversation_of_shopper ON conversation (shopper_id);
CREATE INDEX unknown_question_by_time ON unknown_question (created_at);
CREATE INDEX event_by_receipt ON event (received_at, written_by);
CREATE INDEX audit_by_time ON audit (at);
CREATE INDEX correction_by_time ON correction (model, created_at);
CREATE UNIQUE INDEX message_of_client ON message (conversation_id, client_id) WHERE client_id IS NOT NULL;
CREATE UNIQUE INDEX desk_case_unfinished ON desk_case (conversation_id) WHERE state IN ('waiting', 'open');
CREATE INDEX desk_case_queue ON desk_case (state, rank_at, id);
CREATE INDEX desk_case_of_agent ON desk_case (agent_id, state);
CREATE INDEX desk_case_by_end ON desk_case (ended_at);
CREATE INDEX desk_case_of_conversation ON desk_case (conversation_id, since);
CREATE INDEX desk_case_of_shopper ON desk_case (shopper_id, since);
CREATE INDEX desk_part_of_agent ON desk_part (agent_id);
CREATE INDEX desk_note_of_conversation ON desk_note (conversation_id, created_at);
CREATE UNIQUE INDEX desk_suggestion_place ON desk_suggestion (conversation_id, sequence, position);
CREATE INDEX desk_lesson_by_time ON desk_lesson (created_at);
CREATE INDEX faq_entry_by_position ON faq_entry (position);
CREATE INDEX knowledge_change_of_subject ON knowledge_change (part, subject, version);
CREATE INDEX faq_draft_by_state ON faq_draft (state);
CREATE INDEX faq_owner_of_entry ON faq_owner (entry_id);
CREATE INDEX faq_tag_by_name ON faq_tag (tag);
CREATE INDEX job_by_kind ON job (kind, started_at);
CREATE INDEX saved_test_by_time ON saved_test (created_at, id);
CREATE INDEX test_run_by_time ON test_run (at);
CREATE INDEX test_result_of_test ON test_result (test_id, run_id);
CREATE INDEX turn_fact_by_time ON turn_fact (at, act, entry_id, mood, mood_value, conversation_id);
CREATE INDEX turn_fact_of_entry ON turn_fact (entry_id, at);
CREATE INDEX turn_fact_of_conversation ON turn_fact (conversation_id, sequence);
CREATE INDEX inbox_cluster_by_cost ON inbox_cluster (state, cost, id);
CREATE INDEX inbox_signal_of_cluster ON inbox_signal (cluster_id, at);
CREATE INDEX inbox_signal_by_essence ON inbox_signal (essence);
CREATE INDEX inbox_signal_by_time ON inbox_signal (at);
CREATE INDEX verdict_by_time ON verdict (given_at);
CREATE INDEX desk_case_by_start ON desk_case (since);
CREATE INDEX audit_by_subject ON audit (subject, at);
CREATE INDEX audit_by_action ON audit (action, at);
CREATE INDEX audit_by_actor ON audit (actor, at);
CREATE INDEX product_by_category ON product (category, position);
CREATE INDEX product_by_position ON product (position);
CREATE INDEX shop_request_by_claim ON shop_request (claimed_until);
CREATE INDEX demo_order_of_customer ON demo_order (customer, placed_at);
CREATE INDEX campaign_by_state ON campaign (state);
CREATE INDEX campaign_delivery_of_person ON campaign_delivery (person, decided_at);
CREATE INDEX campaign_delivery_of_shopper ON campaign_delivery (shopper_id, decided_at);
CREATE INDEX campaign_delivery_by_state ON campaign_delivery (state, decided_at);
CREATE INDEX campaign_delivery_of_order ON campaign_delivery (order_number);
CREATE INDEX customer_order_of_customer ON customer_order (customer, placed_at);
CREATE INDEX goods_change_by_time ON goods_change (at);
CREATE INDEX shopper_identity_of_customer ON shopper_identity (customer);
CREATE INDEX impression_by_shopper ON impression (shopper_id, sku, shown_at);
CREATE INDEX impression_by_conversation ON impression (conversation_id, shown_at);
CREATE INDEX impression_by_time ON impression (shown_at);
CREATE INDEX staff_session_of ON staff_session (staff_id);
CREATE VIEW faq_working AS
    SELECT faq_entry.id AS id, faq_entry.position AS position,
        COALESCE(faq_draft.category, faq_entry.category) AS category,
        COALESCE(faq_draft.question, faq_entry.question) AS question,
        COALESCE(faq_draft.state, 'published') AS state, faq_draft.change AS change,
        CASE WHEN faq_draft.entry_id IS NULL THEN faq_entry.valid_from ELSE faq_draft.valid_from END AS valid_from,
        CASE WHEN faq_draft.entry_id IS NULL THEN faq_entry.valid_until ELSE faq_draft.valid_until END AS valid_until,
        faq_draft.updated_at AS updated_at, faq_draft.updated_by AS updated_by
    FROM faq_entry LEFT JOIN faq_draft ON faq_draft.entry_id = faq_entry.id
    UNION ALL
    SELECT faq_draft.entry_id, 9000000000000000 + faq_draft.position, faq_draft.category, faq_draft.question,
        faq_draft.state, faq_draft.change, faq_draft.valid_from, faq_draft.valid_until, faq_draft.updated_at,
        faq_draft.updated_by
    FROM faq_draft WHERE NOT EXISTS (SELECT 1 FROM faq_entry WHERE faq_entry.id = faq_draft.entry_id);
