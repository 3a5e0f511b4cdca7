-- New entries stand in the order in which they were written or stood in the sheet that they came from.

DROP VIEW faq_working;
ALTER TABLE faq_draft ADD COLUMN position BIGINT NOT NULL DEFAULT 0;

-- The working state: what is live with the drafts laid over it. Entries that are not live yet come last.
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
