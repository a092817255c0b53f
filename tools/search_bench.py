"""How long `playbooks.search.find` takes over 5,000 playbooks and 50,000 questions: `make bench-search`.

The texts are made of a made-up vocabulary in which few words are frequent and most are rare, as in real ones.
The same queries are put to a plain scan that compares every row with LIKE '%word%', in the same run, on
PostgreSQL and on SQLite. The scan knows no ranking and finds nothing misspelt; it is what there would be
without an index.
"""

from __future__ import annotations

import argparse
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import reduce
from itertools import accumulate, product
from operator import and_, or_
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SEED = 20
VOCABULARY = 20_000
ROUNDS = 12  # queries of each sort
BATCH = 1000

Words = list[str]


def main() -> int:
    options = _options()
    if options.database:
        return _measure(options)
    sys.path.insert(0, str(ROOT))
    from tests.support import servers
    from tools.bench.machine import POSTGRES, inherited

    with tempfile.TemporaryDirectory(prefix="hub-search-bench-") as folder:
        addresses = {"SQLite": f"sqlite:///{folder}/hub.sqlite3"}
        try:
            postgres = servers.Postgres.start(Path(folder) / "postgres", **POSTGRES)
        except servers.NotToBeHad as reason:
            print(f"without PostgreSQL: {reason}")
            postgres = None
        else:
            addresses = {"PostgreSQL": postgres.url, **addresses}
        try:
            for engine, address in addresses.items():
                print(f"\n{engine}", flush=True)
                env = inherited() | {"DATABASE_URL": address, "HUB_DATA": folder, "HUB_DEBUG": "1"}
                command = [sys.executable, __file__, "--database", engine, *_passed_on(options)]
                subprocess.run(command, cwd=ROOT, env=env, check=True)
        finally:
            if postgres is not None:
                postgres.stop()
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--playbooks", type=int, default=5000)
    parser.add_argument("--questions", type=int, default=50_000)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--database", default="", help=argparse.SUPPRESS)  # set for the process of one engine
    return parser.parse_args()


def _passed_on(options: argparse.Namespace) -> list[str]:
    return [f"--{name}={getattr(options, name)}" for name in ("playbooks", "questions", "rounds")]


# ---- in a process of its own, which has one database


def _measure(options: argparse.Namespace) -> int:
    os.environ["DJANGO_SETTINGS_MODULE"] = "hubsite.settings"
    sys.path.insert(0, str(ROOT))
    import django

    django.setup()
    from django.conf import settings
    from django.core.management import call_command

    settings.DEBUG = False  # or every query would be kept
    call_command("migrate", verbosity=0)
    chance = random.Random(SEED)  # noqa: S311 - the same made-up texts each time
    words = vocabulary(chance)
    began = time.perf_counter()
    _fill(chance, words, {"playbook": options.playbooks, "question": options.questions})
    print(f"{options.playbooks:,} playbooks and {options.questions:,} questions, written in "
          f"{time.perf_counter() - began:.1f} s", flush=True)  # fmt: skip
    print(f"{'':32}{'find':>10}{'LIKE':>10}{'LIKE/find':>11}{'queries':>9}{'with hits':>11}")
    for name, queries in sorts(chance, words, options.rounds).items():
        _line(name, queries)
    return 0


def vocabulary(chance: random.Random) -> Words:
    """Made-up words, the frequent ones first."""
    begins = [
        "b",
        "br",
        "c",
        "d",
        "f",
        "fl",
        "g",
        "h",
        "k",
        "l",
        "m",
        "n",
        "p",
        "pl",
        "r",
        "s",
        "st",
        "t",
        "v",
    ]
    ends = ["a", "e", "i", "o", "u", "ai", "en", "or", "is", "al", "er", "um"]
    syllables = ["".join(pair) for pair in product(begins, ends)]
    found: dict[str, None] = {}
    while len(found) < VOCABULARY:
        found["".join(chance.choices(syllables, k=chance.choice((2, 3, 3, 4))))] = None
    return list(found)


def _fill(chance: random.Random, words: Words, counts: dict[str, int]) -> None:
    from django.db import connection, transaction

    from playbooks import search
    from playbooks.models import SearchText, SearchWord

    weights = list(accumulate(1 / (rank + 5) for rank in range(len(words))))

    def some(count: int) -> str:
        return " ".join(chance.choices(words, cum_weights=weights, k=count))

    def rows() -> Iterator[SearchText]:
        for kind, count in counts.items():
            long = 400 if kind == search.PLAYBOOK else 60
            for pk in range(1, count + 1):
                yield SearchText(
                    kind=kind, object_id=pk, title=some(6)[:200], summary=some(18), body=some(long),
                    topics=f"|{words[pk % 40]}|",
                )  # fmt: skip

    batch: list[SearchText] = []
    for row in rows():
        batch.append(row)
        if len(batch) == BATCH:
            _keep(batch)
            batch.clear()
    _keep(batch)
    known = [SearchWord(word=word) for word in words]
    with transaction.atomic():
        SearchWord.objects.bulk_create(known, ignore_conflicts=True, batch_size=BATCH)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def _keep(batch: list) -> None:
    from playbooks.models import SearchText

    SearchText.objects.bulk_create(batch)


def sorts(chance: random.Random, words: Words, rounds: int) -> dict[str, Words]:
    """The sorts of queries with some of each."""
    frequent, middling, rare = words[:40], words[200:2000], words[5000:]

    def pick(of: Words) -> str:
        return chance.choice([word for word in of if len(word) >= 6])

    return {
        "one rare word": [pick(rare) for _ in range(rounds)],
        "one middling word": [pick(middling) for _ in range(rounds)],
        "one frequent word": [pick(frequent) for _ in range(rounds)],
        "two middling words": [f"{pick(middling)} {pick(middling)}" for _ in range(rounds)],
        "frequent and rare": [f"{pick(frequent)} {pick(rare)}" for _ in range(rounds)],
        "beginning of a word (4 letters)": [pick(middling)[:4] for _ in range(rounds)],
        "misspelt (letter left out)": [_left_out(chance, pick(middling)) for _ in range(rounds)],
        "misspelt (letters swapped)": [_swapped(chance, pick(middling)) for _ in range(rounds)],
        "a question of eight words": [
            " ".join([pick(frequent), pick(frequent), *(pick(middling) for _ in range(6))])
            for _ in range(rounds)
        ],
    }


def _left_out(chance: random.Random, word: str) -> str:
    at = chance.randrange(1, len(word))
    return word[:at] + word[at + 1 :]


def _swapped(chance: random.Random, word: str) -> str:
    at = chance.randrange(1, len(word) - 1)
    return word[:at] + word[at + 1] + word[at] + word[at + 2 :]


def _line(name: str, queries: Words) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from playbooks import search

    search.find(queries[0])  # what is asked once a process is asked now
    found = _median(search.find, queries)
    scanned = _median(_scan, queries)
    hits = sum(bool(search.find(query).hits) for query in queries)
    counts = []
    for query in queries[:10]:
        with CaptureQueriesContext(connection) as captured:
            search.find(query)
        counts.append(len(captured))
    print(
        f"{name:32}{found * 1000:>7.1f} ms{scanned * 1000:>7.1f} ms{scanned / found:>10.1f}x"
        f"{_span(counts):>9}{f'{hits} of {len(queries)}':>11}",
        flush=True,
    )


def _scan(query: str) -> list[tuple[str, int]]:
    """What there would be without search: every row is compared with every word."""
    from django.db.models import Q

    from playbooks.models import SearchText

    parts = ("title", "summary", "topics", "body")
    each = [reduce(or_, (Q(**{f"{part}__icontains": word}) for part in parts)) for word in query.split()]
    rows = SearchText.objects.filter(reduce(and_, each)).order_by("title", "pk")
    return list(rows.values_list("kind", "object_id")[:20])


def _median(act: Callable[[str], object], queries: Words) -> float:
    """Seconds that one query takes."""
    times = []
    for query in queries:
        began = time.perf_counter()
        act(query)
        times.append(time.perf_counter() - began)
    return statistics.median(times)


def _span(counts: list[int]) -> str:
    low, high = min(counts), max(counts)
    return str(low) if low == high else f"{low} to {high}"


if __name__ == "__main__":
    sys.exit(main())
