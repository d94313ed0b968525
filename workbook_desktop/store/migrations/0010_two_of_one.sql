-- Two own texts of one answer may be on their way at once, each against another base: each is a clash of its own.
ALTER TABLE proposal RENAME TO proposal_before;

CREATE TABLE proposal (
    num INTEGER PRIMARY KEY,                -- the order in which the op proposes them
    record INTEGER NOT NULL REFERENCES record (num) ON DELETE CASCADE,
    path TEXT NOT NULL,
    clash BLOB NOT NULL,                    -- JSON
    op TEXT
) STRICT;

INSERT INTO proposal (record, path, clash, op)
SELECT record, path, clash, op FROM proposal_before ORDER BY record, path;

DROP TABLE proposal_before;

CREATE INDEX proposal_by_record ON proposal (record);
