"""Which playbooks suit a chapter, each with a sentence why: pure functions of what it has lived through."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, ngettext_lazy

from playbooks import platforms
from playbooks.models import Playbook

MOST = 3
NEW = timedelta(days=45)  # how long a playbook counts as new
FEW = 3  # people: with so many, everything hangs on one or two


@dataclass(frozen=True)
class Facts:
    """A chapter's last month. `refused` and `changes` count posts by what they were refused for, or by what
    reviewers asked to have changed: pictures, length, place, consent, credit, access, other."""

    platforms: frozenset[str] = frozenset()
    has_published: bool = True
    refused: Mapping[str, int] = field(default_factory=dict)
    changes: Mapping[str, int] = field(default_factory=dict)
    broken_accounts: int = 0
    late: int = 0  # posts that were held because their time had passed
    planned: int = 1  # posts with a time still to come


@dataclass(frozen=True)
class People:
    """How many are in the chapter, and how many of them lead it."""

    members: int = 4
    leads: int = 2


@dataclass(frozen=True)
class Reason:
    """Why a playbook on the first of `topics` that is taught would help, in a sentence."""

    weight: int
    topics: tuple[str, ...]
    why: str


@dataclass(frozen=True)
class Pick:
    """A playbook and why it is shown."""

    playbook: Playbook
    why: str


# ---- reasons


def reasons(facts: Facts, people: People) -> list[Reason]:
    """Everything in a chapter's last month that a playbook may help with, the weightiest first."""
    found = [
        *_refusals(facts.refused),
        *_changes(facts.changes),
        *_standing(facts, people),
    ]
    return sorted(found, key=lambda reason: -reason.weight)


REFUSED_FOR: dict[str, tuple[tuple[str, ...], str]] = {
    "pictures": (
        ("photos", "accessibility"),
        ngettext_lazy(
            "%(n)d post was refused for its pictures this month.",
            "%(n)d posts were refused for their pictures this month.",
            "n",
        ),
    ),
    "length": (
        ("writing",),
        ngettext_lazy(
            "%(n)d post was refused for its length this month.",
            "%(n)d posts were refused for their length this month.",
            "n",
        ),
    ),
    "access": (
        ("accounts",),
        ngettext_lazy(
            "%(n)d post could not go out this month because an account let nobody in.",
            "%(n)d posts could not go out this month because an account let nobody in.",
            "n",
        ),
    ),
}
CHANGED_FOR: dict[str, tuple[tuple[str, ...], str]] = {
    "pictures": (
        ("accessibility", "photos"),
        ngettext_lazy(
            "Reviewers asked for other pictures or descriptions in %(n)d post this month.",
            "Reviewers asked for other pictures or descriptions in %(n)d posts this month.",
            "n",
        ),
    ),
    "consent": (
        ("consent", "photos"),
        ngettext_lazy(
            "Reviewers asked about people's consent in %(n)d post this month.",
            "Reviewers asked about people's consent in %(n)d posts this month.",
            "n",
        ),
    ),
    "place": (
        ("events",),
        ngettext_lazy(
            "Reviewers missed the time or the place in %(n)d post this month.",
            "Reviewers missed the time or the place in %(n)d posts this month.",
            "n",
        ),
    ),
    "credit": (
        ("partners", "funding"),
        ngettext_lazy(
            "Reviewers asked to name or thank somebody in %(n)d post this month.",
            "Reviewers asked to name or thank somebody in %(n)d posts this month.",
            "n",
        ),
    ),
    "length": (
        ("writing",),
        ngettext_lazy(
            "Reviewers asked for fewer words in %(n)d post this month.",
            "Reviewers asked for fewer words in %(n)d posts this month.",
            "n",
        ),
    ),
}


def _refusals(counts: Mapping[str, int]) -> Iterable[Reason]:
    return _counted(counts, REFUSED_FOR, weight=100)


def _changes(counts: Mapping[str, int]) -> Iterable[Reason]:
    return _counted(counts, CHANGED_FOR, weight=60)


def _counted(
    counts: Mapping[str, int], table: Mapping[str, tuple[tuple[str, ...], str]], *, weight: int
) -> Iterable[Reason]:
    for what, (topics, words) in table.items():
        if n := counts.get(what, 0):
            yield Reason(weight + min(n, 30), topics, words % {"n": n})


def _standing(facts: Facts, people: People) -> Iterable[Reason]:
    if facts.platforms and not facts.has_published:
        yield Reason(90, ("getting-started",), _("Your accounts are connected and your first post is ahead."))
    if facts.broken_accounts:
        yield Reason(80, ("accounts",), _("An account of yours has to be connected again."))
    if facts.late:
        why = ngettext(
            "%(n)d post missed its time this month.", "%(n)d posts missed their time this month.", facts.late
        )
        yield Reason(50, ("planning",), why % {"n": facts.late})
    if people.leads == 1 and people.members > 1:
        yield Reason(30, ("accounts",), _("One person leads your chapter; somebody else should know how."))
    if people.members <= FEW:
        why = ngettext("You are %(n)d person.", "You are %(n)d people.", people.members)
        hint = _("This is how few hands do much.")
        yield Reason(25, ("planning", "volunteers"), f"{why % {'n': people.members}} {hint}")
    if facts.has_published and not facts.planned:
        yield Reason(40, ("planning",), _("Nothing is planned for the coming days."))


# ---- picking


def pick(
    facts: Facts,
    people: People,
    playbooks: Iterable[Playbook],
    *,
    language: str,
    now: datetime,
    left_out: frozenset[int] = frozenset(),
) -> list[Pick]:
    """At most three: what answers a reason, then what is new, then what is about the chapter's platforms.

    No playbook twice, none that is left out, and no reason twice.
    """
    there = [playbook for playbook in playbooks if playbook.pk not in left_out]
    found: dict[int, Pick] = {}

    def add(playbook: Playbook | None, why: str) -> None:
        if playbook is not None and len(found) < MOST:
            found[playbook.pk] = Pick(playbook, why)

    for reason in reasons(facts, people):
        add(best_on(reason.topics, there, language=language, but=found), reason.why)
    rest = sorted(
        (playbook for playbook in there if playbook.pk not in found),
        key=lambda playbook: (playbook.language == language, playbook.current.published_at, playbook.pk),
        reverse=True,
    )
    for playbook in rest:
        if said := _new(playbook, now) or _platform(playbook, facts.platforms):
            add(playbook, said)
    if not found and rest:
        add(rest[0], _("The central team published it last."))
    return list(found.values())


def best_on(
    topics: Collection[str], playbooks: Iterable[Playbook], *, language: str, but: Iterable[int] = ()
) -> Playbook | None:
    """The playbook that is most about the first of `topics` that any is about: in the reader's language
    first, then what is about more of them, then where the topic comes early and stands with few others."""
    left_out = set(but)
    there = [playbook for playbook in playbooks if playbook.pk not in left_out]
    for topic in topics:
        about = [playbook for playbook in there if topic in playbook.current.topics]
        if about:
            wanted = set(topics)
            return min(about, key=lambda playbook: _distance(playbook, topic, wanted, language))
    return None


def _distance(playbook: Playbook, topic: str, wanted: set[str], language: str) -> tuple[object, ...]:
    version = playbook.current
    return (
        playbook.language != language,
        -len(wanted & set(version.topics)),
        version.topics.index(topic),
        len(version.topics),
        -version.published_at.timestamp(),
        -playbook.pk,
    )


def _new(playbook: Playbook, now: datetime) -> str:
    version = playbook.current
    if now - version.published_at > NEW:
        return ""
    if version.number == 1:
        return _("New from the central team.")
    if version.change_note:
        return _("Changed by the central team: %(note)s") % {"note": version.change_note}
    return _("Changed by the central team.")


def _platform(playbook: Playbook, used: frozenset[str]) -> str:
    shared = sorted(used & set(playbook.current.platforms))
    if not shared:
        return ""
    names = ", ".join(platforms.name(key) for key in shared)
    return _("It is about %(platforms)s, which you use.") % {"platforms": names}
