-- What is done once among many nodes.

CREATE TABLE lease (
    name    TEXT NOT NULL PRIMARY KEY,
    holder  UUID NOT NULL,
    -- Grows whenever the lease changes hands; writes that depend on it name it.
    number  BIGINT NOT NULL,
    ends_at BIGINT NOT NULL
);
