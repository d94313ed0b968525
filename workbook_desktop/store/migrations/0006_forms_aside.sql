-- Forms that arrived and that nobody this laptop trusts has signed: kept, and not used. A key that comes later
-- may still vouch for one.
CREATE TABLE form_aside (
    hash TEXT PRIMARY KEY,      -- SHA-256 of what came
    num INTEGER NOT NULL,       -- the order in which they came
    id TEXT NOT NULL,           -- as it says; '' if it does not
    version TEXT NOT NULL,
    body BLOB NOT NULL,
    why TEXT NOT NULL           -- in plain words; holds nothing of the form
) STRICT, WITHOUT ROWID;
