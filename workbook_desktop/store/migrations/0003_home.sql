-- What the home page shows of every family at once, kept so that it need not be worked out while somebody waits.

-- Which version of a record a worker has opened here: what it asks to be read is then read, until it says something else.
CREATE TABLE looked (
    record INTEGER NOT NULL REFERENCES record (num) ON DELETE CASCADE,
    worker TEXT NOT NULL,
    version INTEGER NOT NULL,               -- as the office had it; 0: it did not have it yet
    at TEXT NOT NULL,
    PRIMARY KEY (record, worker)
) STRICT, WITHOUT ROWID;

-- The dates of a family, worked out from what happened. May be deleted at any time. A row without a stamp is of what
-- happened before: it is shown until it is worked out again, a moment later.
CREATE TABLE due (
    family TEXT PRIMARY KEY,
    stamp TEXT NOT NULL,                    -- the day, the rules and the workers it was worked out with
    detail BLOB NOT NULL                    -- JSON: see store.derived
) STRICT, WITHOUT ROWID;

CREATE TRIGGER due_when_something_happened AFTER INSERT ON given WHEN NEW.kind = 'happening'
BEGIN UPDATE due SET stamp = '' WHERE family = NEW.family; END;

CREATE TRIGGER due_when_something_goes AFTER DELETE ON given WHEN OLD.kind = 'happening'
BEGIN UPDATE due SET stamp = '' WHERE family = OLD.family; END;

CREATE TRIGGER due_when_superseded AFTER UPDATE OF state ON record WHEN NEW.state = 'superseded'
BEGIN UPDATE due SET stamp = '' WHERE family = NEW.family; END;
