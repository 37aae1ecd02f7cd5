-- What feeds no longer list, and what the last poll of a source took.

ALTER TABLE post ADD COLUMN missing_since TIMESTAMPTZ;              -- since when its feed lists what stood around it, and not it
-- What somebody who looked there said of a post that its feed lists no more.
CREATE TABLE missing_answer (
    post_id TEXT NOT NULL,
    gone BOOLEAN NOT NULL,
    answered_by TEXT NOT NULL,
    answered_at TIMESTAMPTZ NOT NULL
);
-- The last poll: requests and bytes over the wire, the last status (0: no answer), how long it took, what it brought.
ALTER TABLE source_state ADD COLUMN requests INTEGER;
ALTER TABLE source_state ADD COLUMN bytes BIGINT;
ALTER TABLE source_state ADD COLUMN http_status INTEGER;
ALTER TABLE source_state ADD COLUMN milliseconds INTEGER;
ALTER TABLE source_state ADD COLUMN items_new INTEGER;
ALTER TABLE source_state ADD COLUMN items_edited INTEGER;
