-- What this laptop may hold: sums to compare with the ICS's, families that arrive page by page, and what has to leave.

-- 'arriving': gained, and read whole before it is shown; `page` says where to read on. `listed` stays 0 until then.
ALTER TABLE scope ADD COLUMN state TEXT NOT NULL DEFAULT 'held';
ALTER TABLE scope ADD COLUMN page TEXT;

-- What a family's records add up to; `fresh` 0: a record of it has changed since. See domain.digests.
CREATE TABLE scope_sum (
    family TEXT PRIMARY KEY,
    count INTEGER NOT NULL,
    sum TEXT NOT NULL,
    fresh INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

INSERT INTO scope_sum (family, count, sum, fresh) SELECT DISTINCT family, 0, '', 0 FROM record;

CREATE TRIGGER sum_of_a_new_record AFTER INSERT ON record
BEGIN
    INSERT INTO scope_sum (family, count, sum, fresh) VALUES (NEW.family, 0, '', 0)
        ON CONFLICT (family) DO UPDATE SET fresh = 0;
END;

CREATE TRIGGER sum_of_a_changed_record AFTER UPDATE OF head_version, family ON record
BEGIN
    INSERT INTO scope_sum (family, count, sum, fresh) VALUES (NEW.family, 0, '', 0)
        ON CONFLICT (family) DO UPDATE SET fresh = 0;
    UPDATE scope_sum SET fresh = 0 WHERE family = OLD.family;
END;

CREATE TRIGGER sum_of_a_gone_record AFTER DELETE ON record
BEGIN UPDATE scope_sum SET fresh = 0 WHERE family = OLD.family; END;

-- A leaving under way: written before the first row goes, so that whatever cuts it short, it is taken up again.
CREATE TABLE purge_job (
    job TEXT PRIMARY KEY,
    num INTEGER NOT NULL,                   -- the order in which they came
    kind TEXT NOT NULL,
    family TEXT NOT NULL,
    record TEXT,                            -- NULL: the whole family
    reason TEXT NOT NULL,
    immediate INTEGER NOT NULL,
    deadline TEXT,
    state TEXT NOT NULL CHECK (state IN ('begun', 'purging', 'purged')),
    records INTEGER NOT NULL DEFAULT 0,     -- what the receipt will say
    conflicts INTEGER NOT NULL DEFAULT 0,
    handed_in INTEGER NOT NULL DEFAULT 0,
    digest TEXT NOT NULL DEFAULT ''
) STRICT, WITHOUT ROWID;

CREATE INDEX purge_job_of_family ON purge_job (family);

-- Work of what leaves, sealed for a person at the office. It stays until the ICS says that it has it.
CREATE TABLE late_op (
    num INTEGER PRIMARY KEY,
    op TEXT NOT NULL UNIQUE,
    job TEXT NOT NULL,
    record TEXT NOT NULL,
    sealed BLOB NOT NULL,
    kept INTEGER NOT NULL DEFAULT 0,        -- 1: the ICS has it; it goes with its record
    problem TEXT                            -- why the ICS did not keep it, when it was last asked
) STRICT;

CREATE INDEX late_op_of_job ON late_op (job);

-- Ids that never come back.
CREATE TABLE erased (
    record TEXT PRIMARY KEY
) STRICT, WITHOUT ROWID;
