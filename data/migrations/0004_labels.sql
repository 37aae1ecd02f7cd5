-- Labels that people decide, what the classifier was not sure of, and topics of the body's own.

ALTER TABLE label ADD COLUMN machine JSON;                          -- what the classifier gave, where people decided otherwise or agreed
ALTER TABLE label ADD COLUMN decided TEXT[] DEFAULT [];             -- the labels that a person decided (label_decision.label)
ALTER TABLE label ADD COLUMN uncertain TEXT[] DEFAULT [];           -- the labels that the classifier was not sure of
ALTER TABLE label ADD COLUMN doubt DOUBLE DEFAULT 0;                -- the share by which the least sure of them falls short, 0 to 1
-- What people decided about labels, each change a row; the last one holds.
CREATE TABLE label_decision (
    decision_id BIGINT PRIMARY KEY,
    post_id TEXT NOT NULL,
    label TEXT NOT NULL,                                            -- lang, conflict, actor, stance, intent, topic:ID, or topics
    value TEXT,                                                     -- yes or no for a topic, confirmed for topics; null gives it back to the classifier
    machine TEXT,                                                   -- what the classifier said when it was decided
    model_version TEXT NOT NULL,
    decided_by TEXT NOT NULL,
    decided_at TIMESTAMPTZ NOT NULL
);
