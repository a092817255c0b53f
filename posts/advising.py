"""Advice for a post that is being written: rules that look at the sheet, and the playbooks they lead to.

The rules are pure. They never block anything, and each says in a sentence what it saw.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from chapters.models import User
from playbooks import library
from playbooks.models import AdviceAside, Playbook
from playbooks.picking import best_on

MOST = 3
LOOKED_AT = 120  # playbooks, the newest on what the rules named
HASHTAGS = 5  # beyond, they read like noise
FEW_WORDS = 6  # a link with fewer says nothing
MANY_WORDS = 160  # without a break nobody reads so many on a phone
SHOUTED = 4  # words in capitals in a row

_HASHTAG = re.compile(r"(?<!\w)#\w+")
_ADDRESS = re.compile(r"https?://\S+", re.IGNORECASE)
_DAY = re.compile(
    r"\b(?:(?:mon|tues|wednes|thurs|fri|satur|sun)day|tomorrow|tonight|this (?:morning|afternoon|evening)"
    r"|(?:montag|dienstag|mittwoch|donnerstag|freitag|samstag|sonntag|morgen|heute)"
    r"|(?:lunes|martes|miércoles|jueves|viernes|sábado|domingo|mañana)"
    r"|(?:segunda|terça|quarta|quinta|sexta|amanhã)"
    r"|(?:lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche|demain)"
    r"|\d{1,2}[:.]\d{2}|\d{1,2} ?(?:am|pm|uhr)"
    r"|\d{1,2}(?:st|nd|rd|th)? (?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)\w*)\b",
    re.IGNORECASE,
)
_NO_PLACE = r"(?!(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun|Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*\b)"
_PLACE = re.compile(
    r"\b(?:[Aa]t|[Ii]n|[Ii]m|[Aa]m|[Bb]ei|[Ee]n|[Nn]o|[Nn]a|[Àà]|[Cc]hez) "
    r"(?:the |our |el |la |le |der |dem )?"
    rf"{_NO_PLACE}[A-ZÀ-Þ]\w+"
    r"|\b(?:at|in|bei|en) (?:the|our|der|dem|la|el|le) \w+"
    r"|\b\d+ [A-Z]\w+ (?:[Ss]treet|[Rr]oad|[Ll]ane|[Ss]quare|[Aa]venue)\b|\w+(?:straße|strasse|gade|platz)\b"
    r"|\b(?:rua|calle|rue|praça|plaza) \w|\b(?:street|road|lane|square|hall|library|online|zoom)\b",
)
_PEOPLE = re.compile(
    r"\b(?:people|persons?|wom[ae]n|m[ae]n|child(?:ren)?|kids?|girls?|boys?|volunteers?|members?|crowd|group"
    r"|team|faces?|smil\w+|laugh\w+|couple|visitors?|somebody|someone|helpers?|neighbours?)\b",
    re.IGNORECASE,
)
_HELPERS = re.compile(
    r"\b(?:volunteers?|helpers?|helping hands?|join us|lend a hand|hands wanted)\b", re.IGNORECASE
)
_GIVERS = re.compile(
    r"\b(?:sponsors?|donors?|donations?|funders?|funded by|thanks to|grant)\b", re.IGNORECASE
)
_SHOUT = re.compile(rf"(?:\b[A-ZÀ-Þ]{{2,}}\b\W+){{{SHOUTED - 1}}}\b[A-ZÀ-Þ]{{2,}}\b")
_NO_LINKS = {"instagram": "Instagram", "tiktok": "TikTok"}  # an address in the text can't be pressed there


@dataclass(frozen=True)
class Sheet:
    """What is on the sheet: the common text, the link, a description per picture, the chosen platforms.

    `places` are the chapter's own words for where it is: its city, its meeting place.
    """

    text: str = ""
    link: str = ""
    descriptions: tuple[str, ...] = ()
    platforms: frozenset[str] = frozenset()
    places: tuple[str, ...] = ()

    @property
    def words(self) -> list[str]:
        """The words that are no address and no hashtag."""
        return _HASHTAG.sub(" ", _ADDRESS.sub(" ", self.text)).split()

    @property
    def has_address(self) -> bool:
        return bool(self.link or _ADDRESS.search(self.text))


@dataclass(frozen=True)
class Remark:
    """What a rule saw, and the topics that help, the best first."""

    topics: tuple[str, ...]
    why: str


@dataclass(frozen=True)
class Advice:
    """A playbook that may help with this post, and why."""

    playbook: Playbook
    why: str


Rule = Callable[[Sheet], Remark | None]


# ---- the rules, in the order in which they matter


def undescribed_picture(sheet: Sheet) -> Remark | None:
    bare = sum(not words.strip() for words in sheet.descriptions)
    if not bare:
        return None
    why = ngettext("%(n)d picture has no description.", "%(n)d pictures have no description.", bare)
    return Remark(("accessibility",), why % {"n": bare})


def day_without_place(sheet: Sheet) -> Remark | None:
    if not _DAY.search(sheet.text) or _PLACE.search(sheet.text) or sheet.has_address:
        return None
    folded = sheet.text.casefold()
    if any(place.casefold() in folded for place in sheet.places if place):
        return None
    return Remark(("events", "writing"), _("The text names a day or a time, but no place."))


def people_in_pictures(sheet: Sheet) -> Remark | None:
    if not any(_PEOPLE.search(words) for words in sheet.descriptions):
        return None
    return Remark(("consent", "photos"), _("A picture seems to show people: did everybody say yes?"))


def link_alone(sheet: Sheet) -> Remark | None:
    if not sheet.has_address or len(sheet.words) >= FEW_WORDS or sheet.descriptions:
        return None
    return Remark(("links", "writing"), _("There is a link and hardly a word about why to follow it."))


def many_hashtags(sheet: Sheet) -> Remark | None:
    n = len(_HASHTAG.findall(sheet.text))
    if n <= HASHTAGS:
        return None
    return Remark(("hashtags", "writing"), _("There are %(n)d hashtags; two or three are read.") % {"n": n})


def address_that_cannot_be_pressed(sheet: Sheet) -> Remark | None:
    there = [name for key, name in _NO_LINKS.items() if key in sheet.platforms]
    if not there or not sheet.has_address:
        return None
    why = _("An address in the text can't be pressed on %(platform)s.") % {"platform": there[0]}
    return Remark(("links", "writing"), why)


def shouting(sheet: Sheet) -> Remark | None:
    if not _SHOUT.search(sheet.text):
        return None
    why = _("Several words in capitals read like shouting, and screen readers may spell them.")
    return Remark(("accessibility", "writing"), why)


def wall_of_words(sheet: Sheet) -> Remark | None:
    longest = max((len(part.split()) for part in re.split(r"\n\s*\n", sheet.text)), default=0)
    if longest < MANY_WORDS:
        return None
    return Remark(("writing",), _("%(n)d words stand without a break.") % {"n": longest})


def call_for_helpers(sheet: Sheet) -> Remark | None:
    if not _HELPERS.search(sheet.text):
        return None
    return Remark(("volunteers",), _("It seems to look for helpers."))


def thanks_to_givers(sheet: Sheet) -> Remark | None:
    if not _GIVERS.search(sheet.text):
        return None
    return Remark(("funding", "partners"), _("It seems to thank somebody who gave."))


def no_picture(sheet: Sheet) -> Remark | None:
    if sheet.descriptions or len(sheet.words) < FEW_WORDS or not _DAY.search(sheet.text):
        return None
    return Remark(("photos", "events"), _("An invitation without a picture is easily scrolled past."))


RULES: tuple[Rule, ...] = (
    undescribed_picture, day_without_place, people_in_pictures, link_alone, many_hashtags,
    address_that_cannot_be_pressed, shouting, wall_of_words, call_for_helpers, thanks_to_givers, no_picture,
)  # fmt: skip


def remarks(sheet: Sheet) -> Iterator[Remark]:
    """What every rule saw."""
    for rule in RULES:
        if (remark := rule(sheet)) is not None:
            yield remark


# ---- the playbooks


def advice(sheet: Sheet, *, person: User) -> list[Advice]:
    """At most three playbooks for this sheet, none twice, none that `person` put aside. One query, or none
    where no rule saw anything."""
    seen = list(remarks(sheet))
    topics = {topic for remark in seen for topic in remark.topics}
    if not topics:
        return []
    aside = AdviceAside.objects.filter(person=person, playbook=OuterRef("pk"))
    offered = library.once_each(library.published(), person.language)
    there = library.on(offered.annotate(is_aside=Exists(aside)), topics)
    newest = list(there.defer("body", "current__body").order_by("-current__published_at", "-pk")[:LOOKED_AT])
    found: dict[int, Advice] = {}
    for remark in seen:
        best = best_on(remark.topics, newest, language=person.language, but=found)
        if best is not None and not best.is_aside:
            found[best.pk] = Advice(best, remark.why)
    return list(found.values())[:MOST]


def put_aside(*, playbook: Playbook, person: User) -> None:
    """`person` is no longer advised to read `playbook` while writing. A note of their own, in no history."""
    AdviceAside.objects.get_or_create(person=person, playbook=playbook)
