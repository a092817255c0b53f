"""How many chapters something is for: a number and never a list, since facts of a few would name them.

Playbooks know nothing of accounts: the app that has them hands in what chapters are when the hub starts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from django.db.models import QuerySet

from chapters.models import Chapter
from playbooks.audience import Audience, Standing, fit, language_name, root_of


@dataclass(frozen=True)
class Reach:
    """`part` of the `whole` chapters of the federation."""

    part: int
    whole: int


Lookup = Callable[[Sequence[Chapter]], Mapping[int, Standing]]

_lookups: list[Lookup] = []


def measure_by(lookup: Lookup) -> None:
    """Have `lookup` say what chapters are, by their keys, in a number of queries that does not grow."""
    if lookup not in _lookups:
        _lookups.append(lookup)


def of(audience: Audience, *, sender: int | None = None) -> Reach | None:
    """How many chapters fit `audience`; `sender` is the key of the one it came from, which is not offered it.

    None where no app says what chapters are. One query beside those of the lookup.
    """
    if not _lookups:
        return None
    chapters = [chapter for chapter in _chapters() if chapter.pk != sender]
    standings = _lookups[0](chapters)
    return Reach(sum(fit(audience, standings[each.pk]).fits for each in chapters), len(chapters))


def languages(now: str = "") -> list[tuple[str, str]]:
    """The languages that chapters write in, by name; `now`, chosen before, among them in any case."""
    codes = {root_of(code) for code in _chapters().order_by().values_list("language", flat=True).distinct()}
    codes |= {root_of(now)} if now else set()
    return sorted(((code, language_name(code)) for code in codes if code), key=lambda each: each[1])


def _chapters() -> QuerySet[Chapter]:
    return Chapter.objects.filter(kind=Chapter.Kind.CHAPTER).exclude(state=Chapter.State.LEFT)
