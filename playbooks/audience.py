"""For which chapters a suggestion is, and why one of them sees it, in a sentence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from django.utils.translation import get_language_info, ngettext
from django.utils.translation import gettext as _

from playbooks import platforms


@dataclass(frozen=True)
class Standing:
    """What is known of a chapter where it is asked whether something is for it. `regions` are its own region
    and those that one is part of; `platforms` are those of its connected accounts."""

    name: str
    regions: frozenset[int] = frozenset()
    platforms: frozenset[str] = frozenset()
    members: int = 0
    accounts: int = 0
    language: str = ""


@dataclass(frozen=True)
class Audience:
    """For whom something is; whatever is empty asks nothing. `regions` are names by id."""

    regions: Mapping[int, str] = field(default_factory=dict)
    platforms: tuple[str, ...] = ()
    language: str = ""
    min_members: int | None = None
    max_members: int | None = None
    min_accounts: int | None = None
    max_accounts: int | None = None


@dataclass(frozen=True)
class Fit:
    """Whether it is for the chapter. `why` says what of the chapter makes it so; empty where it is not."""

    fits: bool
    why: str = ""


def fit(audience: Audience, standing: Standing) -> Fit:
    """Whether something with `audience` is for the chapter with this `standing`."""
    reasons: list[str] = []
    shared_regions = [pk for pk in audience.regions if pk in standing.regions]
    if audience.regions:
        if not shared_regions:
            return Fit(False)
        reasons.append(_("is in %(region)s") % {"region": audience.regions[shared_regions[0]]})
    if not platforms.is_any(audience.platforms):
        shared = [key for key in audience.platforms if key in standing.platforms]
        if not shared:
            return Fit(False)
        names = _(" and ").join(platforms.name(key) for key in shared[:2])
        reasons.append(_("is on %(platforms)s") % {"platforms": names})
    if audience.language:
        if root_of(audience.language) != root_of(standing.language):
            return Fit(False)
        reasons.append(_("writes in the language of it"))
    if audience.min_members is not None or audience.max_members is not None:
        if not _within(standing.members, audience.min_members, audience.max_members):
            return Fit(False)
        members = ngettext("has %(n)d member here", "has %(n)d members here", standing.members)
        reasons.append(members % {"n": standing.members})
    if audience.min_accounts is not None or audience.max_accounts is not None:
        if not _within(standing.accounts, audience.min_accounts, audience.max_accounts):
            return Fit(False)
        accounts = ngettext("has %(n)d account", "has %(n)d accounts", standing.accounts)
        reasons.append(accounts % {"n": standing.accounts})
    return Fit(True, _sentence(standing.name, reasons))


def _sentence(name: str, reasons: list[str]) -> str:
    if not reasons:
        return _("It is offered to every chapter.")
    if len(reasons) == 1:
        return _("You see it because %(chapter)s %(reason)s.") % {"chapter": name, "reason": reasons[0]}
    listed = _("%(some)s and %(last)s") % {"some": ", ".join(reasons[:-1]), "last": reasons[-1]}
    return _("You see it because %(chapter)s %(reason)s.") % {"chapter": name, "reason": listed}


def _within(number: int, least: int | None, most: int | None) -> bool:
    return (least is None or number >= least) and (most is None or number <= most)


def root_of(language: str) -> str:
    """The language without its country: “pt” of “pt-BR”."""
    return language.casefold().replace("_", "-").partition("-")[0]


def language_name(code: str) -> str:
    """A language as the reader calls it; its code where nobody knows it."""
    try:
        return get_language_info(code)["name_translated"]
    except KeyError:
        return code
