-- What was written late about a record that a colleague had signed meanwhile becomes a record of its own, which
-- names the signed one.

ALTER TABLE record ADD COLUMN amends TEXT;
