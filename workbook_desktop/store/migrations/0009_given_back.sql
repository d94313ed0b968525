-- What a restored ICS may get back. `envelope`: what it said beside the content of a version that was taken from here.
ALTER TABLE ack_ledger ADD COLUMN envelope BLOB;

-- The ICS's own word that a record was erased: by it, it erases again what a backup brought back.
ALTER TABLE erased ADD COLUMN family TEXT NOT NULL DEFAULT '';
ALTER TABLE erased ADD COLUMN job TEXT NOT NULL DEFAULT '';
