-- The whole register of facts, and the way from a false claim to a corrected one.

ALTER TABLE fact_revision ADD COLUMN statement_en TEXT DEFAULT '';
ALTER TABLE fact_revision ADD COLUMN reply_en TEXT DEFAULT '';
ALTER TABLE fact_revision ADD COLUMN body TEXT DEFAULT '';                  -- the body that the fact is about
ALTER TABLE fact_revision ADD COLUMN successor TEXT DEFAULT '';             -- the fact that holds when this one does no more
ALTER TABLE fact_revision ADD COLUMN saved_by TEXT DEFAULT '';
DROP VIEW fact;
CREATE VIEW fact AS
    SELECT * FROM fact_revision f
    WHERE revision = (SELECT max(revision) FROM fact_revision g WHERE g.fact_id = f.fact_id);

ALTER TABLE fact_match ADD COLUMN holds BOOLEAN DEFAULT true;               -- whether the fact held when the post was published
ALTER TABLE fact_match ADD COLUMN severity DOUBLE DEFAULT 1;                -- how far what is said lies from the fact, 0 to 1
ALTER TABLE fact_match ADD COLUMN deadline DATE;                            -- the day that the fact tells, where it tells one

-- decision: assigned, drafted, approved, sent_back, answered, followed_up, dismissed, reopened, merged, split
ALTER TABLE correction_decision ADD COLUMN assignee TEXT DEFAULT '';        -- of assigned
ALTER TABLE correction_decision ADD COLUMN draft TEXT DEFAULT '';           -- the reply, of drafted and approved
ALTER TABLE correction_decision ADD COLUMN outcome TEXT DEFAULT '';         -- of followed_up: changed, deleted, unchanged, growing
ALTER TABLE correction_decision ADD COLUMN lead TEXT DEFAULT '';            -- of merged: the post that is answered for this one, too
