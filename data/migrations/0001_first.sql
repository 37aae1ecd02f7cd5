-- The first whole schema. Times are TIMESTAMPTZ in UTC; `day` is the day in Europe/Oslo.

-- What is configured, so that posts keep their reasons when the configuration changes.
CREATE TABLE source (
    name TEXT PRIMARY KEY,
    title TEXT NOT NULL,
    kind TEXT NOT NULL,                 -- feed, import
    url TEXT NOT NULL,
    interval_minutes INTEGER NOT NULL,
    active BOOLEAN NOT NULL
);
CREATE TABLE listening_post (
    name TEXT PRIMARY KEY,
    title TEXT NOT NULL,
    purpose TEXT NOT NULL,
    keywords TEXT[] NOT NULL,
    hashtags TEXT[] NOT NULL,
    sources TEXT[] NOT NULL,
    position INTEGER NOT NULL,
    active BOOLEAN NOT NULL
);

-- Authors stand apart, so that they can be erased or pseudonymised in one place.
CREATE TABLE author (
    author_id TEXT PRIMARY KEY,
    platform TEXT NOT NULL,
    native_id TEXT NOT NULL,
    handle TEXT NOT NULL,
    name TEXT NOT NULL,
    url TEXT NOT NULL,
    bio TEXT NOT NULL
);

CREATE TABLE post (
    post_id TEXT PRIMARY KEY,
    platform TEXT NOT NULL,
    source TEXT NOT NULL,
    namespace TEXT NOT NULL,
    native_id TEXT NOT NULL,
    url TEXT NOT NULL,
    kind TEXT NOT NULL,
    title TEXT NOT NULL,
    text TEXT NOT NULL,
    author_id TEXT,
    parent_id TEXT,                     -- may point at a post that we do not hold
    hashtags TEXT[] NOT NULL,
    lang_declared TEXT NOT NULL,
    published_at TIMESTAMPTZ NOT NULL,
    published_quality TEXT NOT NULL,    -- exact, date_only, missing, clamped_future
    published_raw TEXT NOT NULL,
    edited_at TIMESTAMPTZ,
    first_seen_at TIMESTAMPTZ NOT NULL,
    day DATE NOT NULL,                  -- of published_at
    content_hash TEXT NOT NULL,
    folded TEXT NOT NULL,               -- title and text as they are searched
    revision INTEGER NOT NULL
);
-- What an edited post said before.
CREATE TABLE post_version (
    post_id TEXT NOT NULL,
    revision INTEGER NOT NULL,
    title TEXT NOT NULL,
    text TEXT NOT NULL,
    content_hash TEXT NOT NULL,
    replaced_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (post_id, revision)
);
-- Why a post is held.
CREATE TABLE post_match (
    post_id TEXT NOT NULL,
    listening_post TEXT NOT NULL,
    purpose TEXT NOT NULL,
    terms TEXT[] NOT NULL,
    matched_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (post_id, listening_post)
);

CREATE TABLE label (
    post_id TEXT PRIMARY KEY,
    content_hash TEXT NOT NULL,         -- of the text that was labelled: an edited post is labelled anew
    lang TEXT NOT NULL,
    topics TEXT[] NOT NULL,
    conflict INTEGER NOT NULL,
    actor TEXT NOT NULL,
    stance TEXT NOT NULL,               -- of the post; never summed per author
    intent TEXT NOT NULL,
    scores JSON NOT NULL,
    model_version TEXT NOT NULL,
    labelled_at TIMESTAMPTZ NOT NULL
);

-- The state of each source, its polls and the periods that it did not cover.
CREATE TABLE source_state (
    source TEXT PRIMARY KEY,
    cursor JSON NOT NULL,
    failures INTEGER NOT NULL,
    last_attempt TIMESTAMPTZ,
    last_success TIMESTAMPTZ,
    problem JSON,
    next_due TIMESTAMPTZ,
    stopped BOOLEAN NOT NULL
);
CREATE TABLE gap (
    source TEXT NOT NULL,
    started_at TIMESTAMPTZ NOT NULL,
    ended_at TIMESTAMPTZ,               -- open while null
    problem JSON NOT NULL
);

-- The fact register; every change is a new revision.
CREATE TABLE fact_revision (
    fact_id TEXT NOT NULL,
    revision INTEGER NOT NULL,
    statement_nb TEXT NOT NULL,
    statement_nn TEXT NOT NULL,
    valid_from DATE,
    valid_to DATE,
    source_url TEXT NOT NULL,
    known_false_claims TEXT[] NOT NULL,
    reply_nb TEXT NOT NULL,
    reply_nn TEXT NOT NULL,
    topic TEXT NOT NULL,
    owner TEXT NOT NULL,
    approved_by TEXT NOT NULL,
    approved_at DATE,
    saved_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (fact_id, revision)
);
CREATE VIEW fact AS
    SELECT * FROM fact_revision f
    WHERE revision = (SELECT max(revision) FROM fact_revision g WHERE g.fact_id = f.fact_id);

-- What the matcher found: one row a post and fact, replaced when the matcher, the post or the fact changes.
CREATE TABLE fact_match (
    post_id TEXT NOT NULL,
    fact_id TEXT NOT NULL,
    relation TEXT NOT NULL,
    score DOUBLE NOT NULL,
    post_start INTEGER,
    post_end INTEGER,
    fact_start INTEGER,
    fact_end INTEGER,
    matcher_version TEXT NOT NULL,
    found_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (post_id, fact_id)
);
-- Which text and which register a post was last matched with, also when nothing was found.
CREATE TABLE fact_check (
    post_id TEXT PRIMARY KEY,
    content_hash TEXT NOT NULL,
    register_version TEXT NOT NULL
);

-- What people decided: rows are only ever added, the newest holds.
CREATE SEQUENCE decision_number;
CREATE TABLE correction_decision (
    decision_id BIGINT PRIMARY KEY,
    post_id TEXT NOT NULL,
    fact_id TEXT NOT NULL,
    revision INTEGER NOT NULL,          -- of the post, as it was decided on
    decision TEXT NOT NULL,             -- confirmed, dismissed, answered, reopened
    reason TEXT NOT NULL,
    reply_url TEXT NOT NULL,
    decided_by TEXT NOT NULL,
    decided_at TIMESTAMPTZ NOT NULL
);
CREATE TABLE archive_decision (
    decision_id BIGINT PRIMARY KEY,
    post_id TEXT NOT NULL,
    revision INTEGER NOT NULL,          -- of the post, as it was decided on
    title TEXT NOT NULL,
    text TEXT NOT NULL,
    direction TEXT NOT NULL,            -- incoming, outgoing, internal, foreign
    case_processing TEXT NOT NULL,      -- yes, no, not_assessed
    documentation TEXT NOT NULL,
    posterity TEXT NOT NULL,
    outcome TEXT NOT NULL,              -- register, archive, preserve, leave_out, not_assessed
    reason TEXT NOT NULL,
    decided_by TEXT NOT NULL,
    decided_at TIMESTAMPTZ NOT NULL
);
