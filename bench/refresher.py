"""A process of its own that refreshes after some changes, and prints its peak of memory in MB.

python -m bench.refresher DATABASE PEOPLE, within a bench.
"""

from __future__ import annotations

import sys
from random import Random

import django

django.setup()

from bench import changes, database  # noqa: E402  after the settings
from bench.growth import CHANGED, settle  # noqa: E402
from bench.memory import peak  # noqa: E402
from segments.refresh import refresh  # noqa: E402

_TURNS = 5


def main() -> None:
    """Refresh, with something to do each time."""
    name, people = sys.argv[1], int(sys.argv[2])
    database.use(name)
    settle()
    random = Random(3)
    for _turn in range(_TURNS):
        changes.happen(random.sample(range(1, people + 1), min(CHANGED, people)))
        refresh()
    print(peak())


if __name__ == "__main__":
    main()
