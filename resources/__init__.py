"""Data, no code: forms, rules, messages, icons, the practice family."""
