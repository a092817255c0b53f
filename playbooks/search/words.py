"""The words of a query, and what misspelt ones may have meant."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches

from django.db import connection
from django.db.models import Q

from playbooks.models import SearchWord

MAX_WORDS = 8  # of a query: more would only cost time
LONGEST = 40
SHORTEST_MISSPELT = 4  # letters: what is shorter is taken as it is typed
LIKELY = 3  # words that a misspelt one may have meant
ALIKE = 0.72  # of difflib's ratio
SIMILAR = 0.3  # of pg_trgm's similarity

_WORD = re.compile(r"\w+")


@dataclass(frozen=True)
class Term:
    """One word as it was typed; `likely` are known words it may have meant, where it is not itself known."""

    typed: str
    likely: tuple[str, ...] = ()

    @property
    def spellings(self) -> tuple[str, ...]:
        return (self.typed, *self.likely)


@dataclass(frozen=True)
class Within:
    """Where to look: only these kinds, this topic, this platform (empty for any); one language first."""

    kinds: tuple[str, ...] = ()
    topic: str = ""
    platform: str = ""
    language: str = ""


def split(text: str) -> list[str]:
    """The words of a text in lower case, in their order."""
    return [word[:LONGEST] for word in _WORD.findall(text.lower())]


def terms(query: str) -> list[Term]:
    """The words of a query, each once. Two queries, or one where every word is known."""
    words = list(dict.fromkeys(split(query)))[:MAX_WORDS]
    if not words:
        return []
    unknown = [word for word in words if len(word) >= SHORTEST_MISSPELT and word.isalpha()]
    unknown = _not_known(unknown) if unknown else []
    likely = _likely(unknown) if unknown else {}
    return [Term(word, likely.get(word, ())) for word in words]


def _not_known(words: list[str]) -> list[str]:
    """Those with which no known word begins."""
    begins = Q()
    for word in words:
        begins |= Q(word__startswith=word)
    # one known word for each would do; a short beginning has many, so only their first letters are compared
    known = set(SearchWord.objects.filter(begins).order_by("word").values_list("word", flat=True)[:2000])
    return [word for word in words if not any(one.startswith(word) for one in known)]


def _likely(words: list[str]) -> dict[str, tuple[str, ...]]:
    if connection.vendor == "postgresql" and has_trigrams():
        return _by_trigrams(words)
    near = Q()
    for word in words:
        near |= Q(word__startswith=word[0])
    known = list(SearchWord.objects.filter(near).values_list("word", flat=True)[:20_000])
    return {word: tuple(get_close_matches(word, known, LIKELY, ALIKE)) for word in words}


def _by_trigrams(words: Iterable[str]) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT asked.word, near.word
            FROM unnest(%s::text[]) AS asked(word)
            CROSS JOIN LATERAL (
                SELECT known.word FROM playbooks_searchword known
                WHERE known.word %% asked.word
                ORDER BY similarity(known.word, asked.word)
                         - abs(length(known.word) - length(asked.word)) * 0.02 DESC, known.word
                LIMIT %s
            ) AS near
            """,
            [list(words), LIKELY],
        )
        for asked, near in cursor.fetchall():
            found[asked] = (*found.get(asked, ()), near)
    return found


def has_trigrams() -> bool:
    """Whether this database has pg_trgm. Asked once a process and database."""
    name = str(connection.settings_dict["NAME"])
    if name not in _trigrams:
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_extension WHERE extname = 'pg_trgm'")
            _trigrams[name] = cursor.fetchone()[0] > 0
    return _trigrams[name]


_trigrams: dict[str, bool] = {}
