-- The first schema. Rows that lists read hold no body: every page read is a decryption, so a list of forty families
-- must not drag forty bodies through the cipher.

CREATE TABLE meta (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE record (
    num INTEGER PRIMARY KEY,                -- short key for the other tables and the search index
    id TEXT NOT NULL UNIQUE,
    type TEXT NOT NULL,
    family TEXT NOT NULL,
    form_id TEXT,
    form_version TEXT,
    state TEXT NOT NULL,                    -- as the ICS has it; 'draft' before it has it
    chapter TEXT NOT NULL,
    subjects TEXT NOT NULL,                 -- JSON array of person ids
    title TEXT NOT NULL,
    occurred_on TEXT,
    sort_on TEXT NOT NULL,                  -- occurred_on, or else the day of the last change
    base_version INTEGER,                   -- what the local edit rests on; NULL: the ICS never had it
    head_version INTEGER,
    pinned INTEGER NOT NULL DEFAULT 0,      -- 1: there is local work, and the base stands still until it is done
    local_hash TEXT,                        -- of the local content; NULL: no local text
    edited_from TEXT,                       -- since the last sealing
    edited_to TEXT,
    edited_by TEXT,
    released_at TEXT,                       -- NULL: not to be sent
    sign_off_hash TEXT,
    settles TEXT NOT NULL DEFAULT '[]',     -- JSON array
    here TEXT NOT NULL DEFAULT 'in-step',
    conflicts INTEGER NOT NULL DEFAULT 0,
    problem TEXT,
    signing INTEGER NOT NULL DEFAULT 0,
    changed_at TEXT NOT NULL DEFAULT '',    -- of the local edit, or of the head
    changed_by TEXT
) STRICT;

CREATE INDEX record_by_family ON record (family, type, sort_on DESC, changed_at DESC);
CREATE INDEX record_by_change ON record (changed_at DESC);
CREATE INDEX record_by_type ON record (type) WHERE type <> 'form';
CREATE INDEX record_at_work ON record (changed_at DESC) WHERE here <> 'in-step' OR conflicts > 0;
CREATE INDEX record_released ON record (released_at) WHERE released_at IS NOT NULL;

CREATE TABLE subject (
    person TEXT NOT NULL,
    record INTEGER NOT NULL REFERENCES record (num) ON DELETE CASCADE,
    PRIMARY KEY (person, record)
) STRICT, WITHOUT ROWID;

CREATE INDEX subject_by_record ON subject (record);

-- side 'head': as the ICS has it. side 'base': only while pinned and not the same as the head. side 'local': typed here.
-- sides 'seen' and 'stood': only while typing that crossed with a run waits for its merge; see domain.changes.Crossing.
CREATE TABLE body (
    record INTEGER NOT NULL REFERENCES record (num) ON DELETE CASCADE,
    side TEXT NOT NULL CHECK (side IN ('base', 'head', 'local', 'seen', 'stood')),
    envelope BLOB,                          -- JSON: what a Head says beside its content; NULL for what was typed or seen here
    content BLOB NOT NULL,                  -- JSON
    PRIMARY KEY (record, side)
) STRICT;

CREATE TABLE op (
    num INTEGER PRIMARY KEY,                -- the order of sealing
    id TEXT NOT NULL UNIQUE,
    record INTEGER NOT NULL REFERENCES record (num),
    kind TEXT NOT NULL,
    after TEXT,                             -- an op of the same record that goes first
    status TEXT NOT NULL CHECK (status IN ('sealed', 'parked', 'aside')),
    sealed BLOB NOT NULL,                   -- what the ICS receives; never changed
    content BLOB,                           -- JSON: what the record says once accepted
    state TEXT,
    local_hash TEXT,                        -- of the local content it was sealed from
    edited_from TEXT NOT NULL,
    edited_to TEXT NOT NULL,
    sign_off_hash TEXT,
    settles TEXT NOT NULL DEFAULT '[]',
    problem TEXT,                           -- code, when parked
    problem_path TEXT,
    created_at TEXT NOT NULL
) STRICT;

CREATE INDEX op_by_record ON op (record);

-- Clashes that are on their way to the ICS: both texts are kept here until it says that it has them.
CREATE TABLE proposal (
    record INTEGER NOT NULL REFERENCES record (num) ON DELETE CASCADE,
    path TEXT NOT NULL,
    clash BLOB NOT NULL,                    -- JSON
    op TEXT,
    PRIMARY KEY (record, path)
) STRICT;

CREATE TABLE conflict (
    id TEXT PRIMARY KEY,
    record TEXT NOT NULL,                   -- the record's id: a conflict may come before its record
    state TEXT NOT NULL,
    detail BLOB NOT NULL                    -- JSON
) STRICT;

CREATE INDEX conflict_by_record ON conflict (record);

CREATE TABLE notice (
    num INTEGER PRIMARY KEY,
    record INTEGER NOT NULL REFERENCES record (num) ON DELETE CASCADE,
    kind TEXT NOT NULL,
    paths TEXT NOT NULL,                    -- JSON array
    at TEXT NOT NULL
) STRICT;

CREATE TABLE ack_ledger (
    op TEXT PRIMARY KEY,
    record TEXT NOT NULL,
    version INTEGER NOT NULL,
    hash TEXT NOT NULL,
    acked_at TEXT NOT NULL,
    content BLOB                            -- what was accepted; NULL: the head says the same
) STRICT;

CREATE INDEX ack_by_record ON ack_ledger (record);

CREATE TABLE feed_state (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    epoch TEXT,
    cursor TEXT
) STRICT;

CREATE TABLE scope (
    family TEXT PRIMARY KEY,
    listed INTEGER NOT NULL                 -- 0: the ICS lists it no longer
) STRICT, WITHOUT ROWID;

CREATE TABLE worker (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    role TEXT NOT NULL,
    agency TEXT NOT NULL,
    chapter TEXT NOT NULL,
    is_manager INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE form (
    id TEXT NOT NULL,
    version TEXT NOT NULL,
    json BLOB NOT NULL,
    PRIMARY KEY (id, version)
) STRICT;

CREATE TABLE audit (
    seq INTEGER PRIMARY KEY,
    at TEXT NOT NULL,
    by TEXT NOT NULL,
    what TEXT NOT NULL,
    record TEXT,
    facts TEXT NOT NULL,                    -- JSON object
    hash TEXT NOT NULL
) STRICT;

CREATE INDEX audit_by_record ON audit (record, seq);

CREATE TRIGGER audit_never_changes BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END;
CREATE TRIGGER audit_never_shrinks BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END;

CREATE TABLE sync_run (
    num INTEGER PRIMARY KEY,
    started TEXT NOT NULL,
    ended TEXT NOT NULL,
    outcome TEXT NOT NULL,
    sent INTEGER NOT NULL,
    received INTEGER NOT NULL,
    combined INTEGER NOT NULL,
    conflicts INTEGER NOT NULL,
    parked INTEGER NOT NULL,
    complete_pull INTEGER NOT NULL
) STRICT;

CREATE INDEX sync_run_complete ON sync_run (ended) WHERE complete_pull = 1;

CREATE TABLE setting (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- The words only, not the text: contentless. detail=column is the cheapest index that still knows titles from bodies;
-- it cannot count words (bm25 answers 0), so what is found is ordered by title and date.
CREATE VIRTUAL TABLE search USING fts5 (
    title, narrative,
    content = '', contentless_delete = 1, detail = column,
    tokenize = 'unicode61 remove_diacritics 2'
);
