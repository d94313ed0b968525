"""The encrypted local store; the client's only SQL. Start at `store.Store` and README.md."""
