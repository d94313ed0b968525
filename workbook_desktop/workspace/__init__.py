"""What a worker can do: open a child, keep a draft, sign off, settle a conflict. Knows the store, no Qt."""
