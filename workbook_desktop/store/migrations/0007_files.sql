-- Files that answers name by their hash, in parts: chosen here and to be handed over, or fetched from the ICS. The
-- bytes never lie anywhere else.

CREATE TABLE file (
    hash TEXT NOT NULL,                     -- SHA-256, hex
    family TEXT NOT NULL,
    record TEXT,                            -- in which it was chosen here; NULL: it comes from the ICS
    size INTEGER NOT NULL,
    reached INTEGER NOT NULL,               -- bytes that are here
    state TEXT NOT NULL CHECK (state IN ('new', 'sent', 'refused', 'wanted', 'here')),
    PRIMARY KEY (hash, family)
) STRICT, WITHOUT ROWID;

CREATE INDEX file_at_work ON file (state) WHERE state IN ('new', 'wanted');

CREATE TABLE file_part (
    hash TEXT NOT NULL,
    family TEXT NOT NULL,
    at INTEGER NOT NULL,
    data BLOB NOT NULL,
    PRIMARY KEY (hash, family, at)
) STRICT;
