"""Finding playbooks and questions: every word counts, a misspelt one finds what it meant.

One table of texts, written here alone. PostgreSQL searches it by full text and looks for misspelt words by
trigrams; SQLite compares each row, which does for a hub of one's own.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import reduce
from operator import or_

from django.db import connection, transaction
from django.db.models import Q

from playbooks.models import SearchText, SearchWord
from playbooks.search import alike, plain, postgresql
from playbooks.search.words import MAX_WORDS, Within, split, terms

PLAYBOOK, QUESTION = "playbook", "question"

_MARKDOWN = re.compile(r"[#*_`>\[\]()|]+")
CANDIDATES = 30  # texts that are compared with a sentence
_BODY_MAX = 60_000  # characters: PostgreSQL refuses a document of more than a megabyte


@dataclass(frozen=True)
class Hit:
    """One thing found; `rank` compares hits of one search only."""

    kind: str
    pk: int
    rank: float


@dataclass(frozen=True)
class Found:
    """The best hits first. `meant` gives the misspelt words with what was looked for besides."""

    hits: list[Hit]
    meant: dict[str, str]

    def of(self, kind: str) -> list[int]:
        """The keys of one kind, best first."""
        return [hit.pk for hit in self.hits if hit.kind == kind]


@transaction.atomic
def put(
    kind: str,
    pk: int,
    *,
    title: str,
    summary: str = "",
    body: str = "",
    topics: Iterable[str] = (),
    platforms: Iterable[str] = (),
    language: str = "en",
) -> None:
    """Let `pk` be found by these words, instead of any it had."""
    SearchText.objects.update_or_create(
        kind=kind,
        object_id=pk,
        defaults={
            "title": title[:200],
            "summary": summary,
            "body": _MARKDOWN.sub(" ", body)[:_BODY_MAX],
            "topics": _barred(topics),
            "platforms": _barred(platforms),
            "language": language,
        },
    )
    known = {word for word in split(f"{title} {summary} {' '.join(topics)}") if len(word) > 2}
    SearchWord.objects.bulk_create([SearchWord(word=word) for word in sorted(known)], ignore_conflicts=True)


def remove(kind: str, pk: int) -> None:
    """Let `pk` no longer be found."""
    SearchText.objects.filter(kind=kind, object_id=pk).delete()


def bodies(keys: Iterable[int], *, kind: str = PLAYBOOK) -> dict[int, str]:
    """The plain text of things that are found, by key, for showing where a word stands in it. One query."""
    return dict(
        SearchText.objects.filter(kind=kind, object_id__in=list(keys)).values_list("object_id", "body")
    )


def find(
    query: str,
    *,
    kinds: Iterable[str] = (),
    topic: str = "",
    platform: str = "",
    language: str = "",
    limit: int = 20,
) -> Found:
    """What has all words of `query`, or where nothing has, some: titles before summaries before texts, the
    reader's language first. At most four queries, whatever the size.
    """
    asked = terms(query)
    if not asked:
        return Found([], {})
    engine = postgresql if connection.vendor == "postgresql" else plain
    within = Within(tuple(kinds), _bar(topic), _bar(platform), language)
    rows = engine.matching(asked, within, every=True, limit=limit)
    if not rows and len(asked) > 1:
        rows = engine.matching(asked, within, every=False, limit=limit)
    meant = {term.typed: term.likely[0] for term in asked if term.likely}
    return Found([Hit(*row) for row in rows], meant)


def about_the_same(sentence: str, *, language: str = "") -> list[Hit]:
    """What is about the same as `sentence`, best first, and nothing that falls below a floor. At most five
    queries, whatever the size.
    """
    telling = alike.telling(terms(sentence))
    if not telling:
        return []
    engine = postgresql if connection.vendor == "postgresql" else plain
    begun = [alike.beginning(term) for term in telling]
    rows = engine.matching(begun, Within(language=language), every=False, limit=CANDIDATES)
    order = {(kind, pk): at for at, (kind, pk, _rank) in enumerate(rows)}
    candidates = reduce(or_, (Q(kind=kind, object_id=pk) for kind, pk in order), Q(pk=None))
    words = alike.weighed(telling)
    hits = [
        Hit(text.kind, text.object_id, alike.likeness(words, text))
        for text in SearchText.objects.filter(candidates)
    ]
    found = [hit for hit in hits if hit.rank >= alike.FLOOR]
    return sorted(found, key=lambda hit: (-hit.rank, order[hit.kind, hit.pk]))


def _bar(word: str) -> str:
    return f"|{word}|" if word else ""


def _barred(words: Iterable[str]) -> str:
    words = [word for word in words if word != "any"]
    return f"|{'|'.join(words)}|" if words else ""


__all__ = [
    "MAX_WORDS",
    "PLAYBOOK",
    "QUESTION",
    "Found",
    "Hit",
    "about_the_same",
    "bodies",
    "find",
    "put",
    "remove",
]
