"""A council's case system, as far as the contract goes: the other side of the wire."""
