"""Many workers, bad lines and dying laptops in one process, from one seed: ``python -m tests.simulation``.

`story` tells of words, `files` of files, `devices` of laptops that are stopped and emptied; `exhaustive` goes
through every story of two laptops and one record. `watch` says what must hold, `bugs` what it must catch.
"""
