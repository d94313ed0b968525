"""A process that types until it is killed, saying each word only once it is kept. Run by test_killed.py."""

from __future__ import annotations

import sys
from pathlib import Path

from tests.support.stored import HandClock, Template, begin, keep


def main(folder: str, key: str) -> None:
    store = Template(Path(folder), bytes.fromhex(key)).open(Path(folder), HandClock())
    record = begin(store, note="0")
    number = 0
    while True:
        number += 1
        keep(store, record, note=str(number))
        print(number, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
