-- What a worker has seen of each chapter of a family's workbook, on this laptop. Never sent. Unlike `looked`, it says
-- nothing of having opened a record: its line stood on the page.

CREATE TABLE seen (
    record INTEGER NOT NULL REFERENCES record (num) ON DELETE CASCADE,
    worker TEXT NOT NULL,
    version INTEGER NOT NULL,               -- as the office had it; 0: it did not have it yet
    PRIMARY KEY (record, worker)
) STRICT, WITHOUT ROWID;

CREATE TABLE chapter_look (
    family INTEGER NOT NULL REFERENCES record (num) ON DELETE CASCADE,  -- the family's own record
    worker TEXT NOT NULL,
    chapter TEXT NOT NULL,
    at TEXT NOT NULL,
    PRIMARY KEY (family, worker, chapter)
) STRICT, WITHOUT ROWID;
