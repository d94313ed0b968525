-- When the ICS takes a text as it was sent, the text stays where it lies and only changes its side. What the ICS said
-- beside it stands here: written into the same row, it would have the whole row, words and all, written anew. The row
-- says so with an envelope of one zero byte, which together with 'head' is as long as 'local' without one.
CREATE TABLE beside (
    record INTEGER PRIMARY KEY REFERENCES record (num) ON DELETE CASCADE,
    envelope BLOB NOT NULL                  -- JSON, as body.envelope
) STRICT;
