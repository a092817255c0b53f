"""Search by comparing each row: for SQLite, where one hub on one's own machine has some hundred texts."""

from __future__ import annotations

from functools import reduce
from operator import add, and_, or_

from django.db.models import Case, F, FloatField, Q, Value, When

from playbooks.models import SearchText
from playbooks.search.words import Term, Within

WEIGHTS = {"title": 8.0, "topics": 4.0, "summary": 4.0, "body": 1.0}
LIKELY_LESS = 0.5  # what a misspelt word may have meant counts half
OWN_LANGUAGE = 0.5


def matching(terms: list[Term], within: Within, *, every: bool, limit: int) -> list[tuple[str, int, float]]:
    """Kind, key and rank of the best rows with every term, or with any. One query."""
    rows = SearchText.objects.filter(reduce(and_ if every else or_, [_anywhere(term) for term in terms]))
    if within.kinds:
        rows = rows.filter(kind__in=within.kinds)
    if within.topic:
        rows = rows.filter(topics__contains=within.topic)
    if within.platform:
        rows = rows.filter(Q(platforms="") | Q(platforms__contains=within.platform))
    parts = [_score(part, word, weight) for part, word, weight in _weighted(terms)]
    parts.append(Case(When(language=within.language, then=Value(OWN_LANGUAGE)), default=Value(0.0)))
    ranked = rows.annotate(rank=reduce(add, parts)).order_by("-rank", "kind", "-object_id")
    return list(ranked.values_list("kind", F("object_id"), "rank")[:limit])


def _anywhere(term: Term) -> Q:
    return reduce(or_, [Q(**{f"{part}__icontains": word}) for part in WEIGHTS for word in term.spellings])


def _weighted(terms: list[Term]) -> list[tuple[str, str, float]]:
    return [
        (part, word, weight if word == term.typed else weight * LIKELY_LESS)
        for term in terms
        for word in term.spellings
        for part, weight in WEIGHTS.items()
    ]


def _score(part: str, word: str, weight: float) -> Case:
    there = When(**{f"{part}__icontains": word}, then=Value(weight))
    return Case(there, default=Value(0.0), output_field=FloatField())
