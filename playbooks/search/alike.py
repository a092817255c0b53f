"""What is about the same as a sentence somebody writes: better no proposal than a wrong one.

A search shows the best there is; here a text has to reach a floor. The telling words of the sentence count,
each by how rarely titles and summaries have it, and most of them have to stand in a text: in its title,
topics or summary wholly, in its body by a part.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from playbooks.models import SearchText
from playbooks.search.function_words import FUNCTION_WORDS
from playbooks.search.words import Term, split

FLOOR = 0.6  # of the weight of all telling words
IN_BODY = 0.4  # how much a word counts that only the body has
LEAST = 0.1  # weight of a word that is everywhere
SAMPLE = 300  # newest texts by which the weight of words is judged
ENOUGH = 0.4  # weight that has to be found at all: “people” alone finds nothing
SHORTEST = 3  # letters of a telling word
COMMON = 4  # first letters that two forms of one word share,
SAME = 0.7  # and how much of the shorter: “describe” and “descriptions”
FEW = 8  # texts: with fewer there is nothing to judge the weight of words by


@dataclass(frozen=True)
class Word:
    """A telling word, in the spellings that count for it, and how much it says."""

    spellings: tuple[str, ...]
    weight: float = 1.0


def telling(terms: Iterable[Term]) -> list[Term]:
    """The words that say what a sentence is about; what a misspelt one may have meant is such a word too."""
    return [
        Term(term.typed, tuple(word for word in term.likely if _tells(word)))
        for term in terms
        if _tells(term.typed)
    ]


def beginning(term: Term) -> Term:
    """What all forms of a word begin with, to find texts that may have one: “transla” of “translate”."""
    return Term(term.typed[: max(COMMON, math.ceil(SAME * len(term.typed)))], term.likely)


def weighed(terms: Iterable[Term]) -> list[Word]:
    """The words with their weights, by how many of the newest texts have them up front. One query."""
    rows = SearchText.objects.order_by("-pk").values_list("title", "summary", "topics")[:SAMPLE]
    fronts = [set(split(" ".join(row).replace("|", " "))) for row in rows]
    return [Word(term.spellings, _weight(term.spellings, fronts)) for term in terms]


def likeness(words: Sequence[Word], text: SearchText) -> float:
    """How much of what `words` say is in `text`, from 0 to 1; 0 where that says little."""
    front = set(split(f"{text.title} {text.summary} {text.topics.replace('|', ' ')}"))
    body = set(split(text.body))
    found = sum(word.weight * _part(word.spellings, front, body) for word in words)
    return found / sum(word.weight for word in words) if found >= ENOUGH else 0.0


def _tells(word: str) -> bool:
    return len(word) >= SHORTEST and word not in FUNCTION_WORDS


def _part(spellings: Sequence[str], front: Collection[str], body: Collection[str]) -> float:
    if _is_among(spellings, front):
        return 1.0
    return IN_BODY if _is_among(spellings, body) else 0.0


def _weight(spellings: Sequence[str], fronts: Sequence[Collection[str]]) -> float:
    if len(fronts) < FEW:
        return 1.0
    having = sum(_is_among(spellings, front) for front in fronts)
    return max(LEAST, 1 - math.log(max(1, having)) / math.log(len(fronts)))


def _is_among(spellings: Sequence[str], words: Collection[str]) -> bool:
    return any(_are_forms_of_one(one, other) for one in spellings for other in words)


def _are_forms_of_one(one: str, other: str) -> bool:
    if one[:COMMON] != other[:COMMON]:
        return False
    shorter = min(len(one), len(other))
    needed = math.ceil(SAME * shorter)
    return one == other or (shorter >= COMMON and one[:needed] == other[:needed])
