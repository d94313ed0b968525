"""The encrypted local store; the client's only SQL."""
