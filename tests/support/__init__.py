"""Builders, faults and stand-ins for what is not ours: the clock, the keyring, the network, a full disk."""
