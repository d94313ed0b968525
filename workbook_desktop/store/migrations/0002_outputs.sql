-- What records give to other parts of the Workbook: worked out here from their bodies, never sent, never merged.
-- Nothing is written on the way of a pull: a record whose mark is not that of its present text is read anew when
-- its family is looked at. All of it may be deleted at any time.

CREATE TABLE derived_from (
    record INTEGER PRIMARY KEY REFERENCES record (num) ON DELETE CASCADE,
    mark TEXT NOT NULL,                     -- which text, at which form, read by which rules
    standing TEXT NOT NULL CHECK (standing IN ('signed', 'signing', 'shared', 'draft')),
    author TEXT,                            -- who began it
    at TEXT                                 -- when it was signed, or else changed
) STRICT;

CREATE TABLE given (
    record INTEGER NOT NULL REFERENCES derived_from (record) ON DELETE CASCADE,
    output TEXT NOT NULL,                   -- the line of the form's mapping table
    number INTEGER NOT NULL,
    row TEXT NOT NULL,                      -- id of the row that gives it, ''
    kind TEXT NOT NULL,
    family TEXT NOT NULL,
    happened_on TEXT,
    people TEXT NOT NULL,                   -- JSON array of person ids
    parts BLOB NOT NULL,                    -- JSON object
    PRIMARY KEY (record, output, number)
) STRICT, WITHOUT ROWID;

CREATE INDEX given_by_family ON given (family, kind, happened_on);

CREATE TABLE fact (
    record INTEGER NOT NULL REFERENCES derived_from (record) ON DELETE CASCADE,
    path TEXT NOT NULL,
    code TEXT NOT NULL,
    family TEXT NOT NULL,
    person TEXT,                            -- NULL: of the family
    value BLOB NOT NULL,                    -- JSON
    happened_on TEXT,
    said_by TEXT,
    said_at TEXT,
    PRIMARY KEY (record, path)
) STRICT, WITHOUT ROWID;

CREATE INDEX fact_by_family ON fact (family, code);

CREATE TABLE reading (
    record INTEGER NOT NULL REFERENCES derived_from (record) ON DELETE CASCADE,
    number INTEGER NOT NULL,
    family TEXT NOT NULL,
    detail BLOB NOT NULL,                   -- JSON: see store.derived
    PRIMARY KEY (record, number)
) STRICT, WITHOUT ROWID;

CREATE INDEX reading_by_family ON reading (family);
