"""Many workers, bad lines and dying laptops in one process, from one seed: ``python -m tests.simulation``."""
