"""What `dev.py` is made of. It runs before anything is installed: the standard library alone."""
