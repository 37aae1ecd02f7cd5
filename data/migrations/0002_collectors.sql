-- What the collectors of platforms bring beside feeds.

ALTER TABLE source ADD COLUMN origin TEXT DEFAULT 'file';           -- file, dashboard
ALTER TABLE source ADD COLUMN settings JSON DEFAULT '{}';           -- all of a Source that has no column of its own
ALTER TABLE source_state ADD COLUMN last_item_at TIMESTAMPTZ;
ALTER TABLE source_state ADD COLUMN usual_gap_minutes DOUBLE;
-- Who polls a source just now, and until when that is believed.
ALTER TABLE source_state ADD COLUMN lease_owner TEXT;
ALTER TABLE source_state ADD COLUMN lease_until TIMESTAMPTZ;

ALTER TABLE post ADD COLUMN quoted_id TEXT;                         -- may point at a post that we do not hold
ALTER TABLE post ADD COLUMN conversation_id TEXT DEFAULT '';
ALTER TABLE post ADD COLUMN server_id TEXT DEFAULT '';
ALTER TABLE post ADD COLUMN indexed_at TIMESTAMPTZ;
ALTER TABLE post ADD COLUMN mentions TEXT[] DEFAULT [];
ALTER TABLE post ADD COLUMN links TEXT[] DEFAULT [];
-- How far it has spread, null where the platform does not say.
ALTER TABLE post ADD COLUMN replies INTEGER;
ALTER TABLE post ADD COLUMN reposts INTEGER;
ALTER TABLE post ADD COLUMN likes INTEGER;
ALTER TABLE post ADD COLUMN quotes INTEGER;
ALTER TABLE post ADD COLUMN views BIGINT;
ALTER TABLE post ADD COLUMN raw_sha256 TEXT DEFAULT '';
-- The same text, wherever it stands; short texts are the same by chance, and are stories of their own.
ALTER TABLE post ADD COLUMN story_id TEXT DEFAULT '';
-- live; gone (a tombstone: its platform has it no more); held (gone there, but an archive decision keeps it).
ALTER TABLE post ADD COLUMN state TEXT DEFAULT 'live';
ALTER TABLE post ADD COLUMN state_at TIMESTAMPTZ;
ALTER TABLE post ADD COLUMN state_evidence TEXT DEFAULT '';
ALTER TABLE post ADD COLUMN sweeps INTEGER DEFAULT 0;               -- how often its platform was asked whether it still stands
ALTER TABLE post ADD COLUMN thread_reads INTEGER DEFAULT 0;         -- how often its conversation was read again

-- Answers as they came, compressed (zlib), for as long as retention says.
CREATE TABLE raw_answer (
    sha256 TEXT PRIMARY KEY,                                        -- of the body as it was
    source TEXT NOT NULL,
    url TEXT NOT NULL,                                              -- without secrets
    status INTEGER NOT NULL,
    headers JSON NOT NULL,
    body BLOB NOT NULL,
    fetched_at TIMESTAMPTZ NOT NULL
);
-- What a source has cost, by day of UTC.
CREATE TABLE spent (
    source TEXT NOT NULL,
    day DATE NOT NULL,
    requests BIGINT NOT NULL,
    posts BIGINT NOT NULL,
    nok DECIMAL(18, 6) NOT NULL,
    PRIMARY KEY (source, day)
);
-- Posts by people who ask not to be collected: how many, and nothing else.
CREATE TABLE opted_out (
    source TEXT NOT NULL,
    day DATE NOT NULL,
    posts BIGINT NOT NULL,
    PRIMARY KEY (source, day)
);
-- Feeds that could become sources.
CREATE TABLE suggestion (
    url TEXT PRIMARY KEY,
    title TEXT NOT NULL,
    source TEXT NOT NULL,                                           -- that it was found in
    post_id TEXT NOT NULL,
    found_at TIMESTAMPTZ NOT NULL,
    answer TEXT NOT NULL,                                           -- '', taken, refused
    answered_by TEXT NOT NULL,
    answered_at TIMESTAMPTZ
);
-- Posts that somebody added by hand.
CREATE TABLE added_by_hand (
    post_id TEXT PRIMARY KEY,
    added_by TEXT NOT NULL,
    reason TEXT NOT NULL,
    added_at TIMESTAMPTZ NOT NULL
);
-- What archivists decided about posts that are gone where they stood, and that the archive holds.
CREATE TABLE deletion_decision (
    decision_id BIGINT PRIMARY KEY,
    post_id TEXT NOT NULL,
    decision TEXT NOT NULL,                                         -- keep, erase
    reason TEXT NOT NULL,
    decided_by TEXT NOT NULL,
    decided_at TIMESTAMPTZ NOT NULL
);

UPDATE post SET story_id = CASE
    WHEN length(regexp_replace(folded, 'https?://\S+|[^\pL\pN]+', '', 'g')) >= 40
    THEN md5(regexp_replace(folded, 'https?://\S+|[^\pL\pN]+', '', 'g')) ELSE post_id END;
