-- Topics of the body's own, beside the main themes of Los: words, examples, and what was learned from them.
CREATE TABLE topic (
    topic_id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    keywords TEXT[] NOT NULL,
    examples TEXT[] NOT NULL,
    learned JSON,                                                   -- feature -> weight, with the bias; null where words alone decide
    active BOOLEAN NOT NULL,
    changed_by TEXT NOT NULL,
    changed_at TIMESTAMPTZ NOT NULL
);
