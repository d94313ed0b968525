"""Form definitions, drafts and checks. Knows the domain; knows no file, clock, store or Qt."""
