"""The window around every screen: who is on it, how work stands, where to go, and how to hide it at once."""
