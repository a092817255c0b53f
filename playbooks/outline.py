"""What every playbook answers: its sections, declared once and found in the text by their headings."""

from __future__ import annotations

from dataclasses import dataclass, field

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from playbooks import sections


@dataclass(frozen=True)
class Part:
    """A section: the heading that begins it in the text, and what belongs below."""

    key: str
    heading: str | Promise
    hint: str | Promise


OUTLINE: tuple[Part, ...] = (
    Part(
        "benefit",
        _("What this does for you"),
        _("What a chapter gets out of it, in two or three sentences."),
    ),
    Part(
        "time",
        _("Time and people"),
        _("How long it takes the first time and afterwards, and how many people."),
    ),
    Part(
        "first-step",
        _("First small step"),
        _("Something that can be done today, in ten minutes, by one person."),
    ),
    Part("steps", _("Steps"), _("1. The first step.\n2. The next one.\n3. How to know that it is done.")),
    Part("examples", _("Examples from chapters"), _("Who tried it, what they did and what came of it.")),
    Part(
        "words",
        _("Words and images to adapt"),
        _("Sentences to borrow, and what a good picture shows."),
    ),
    Part("dos", _("Do and don't"), _("- Do …\n- Don't …")),
    Part(
        "access",
        _("Accessibility and consent"),
        _("Alt text, captions, plain words; whom to ask before showing their face."),
    ),
    Part(
        "measure",
        _("What to measure and by when"),
        _("One figure to look at, and the day to look at it."),
    ),
    Part("help", _("What the central team does for you"), _("What we do on request, and whom to ask.")),
)

PARTS: tuple[tuple[str | Promise, str | Promise], ...] = tuple((part.heading, part.hint) for part in OUTLINE)


@dataclass(frozen=True)
class Written:
    """A text by its sections: `opening` before the first heading, `more` under headings of its own."""

    opening: str = ""
    texts: dict[str, str] = field(default_factory=dict)
    more: str = ""


def starting_text() -> str:
    """Markdown with a heading for each part and a line that says what belongs there."""
    return "\n\n".join(f"## {heading}\n\n{hint}" for heading, hint in PARTS) + "\n"


def untouched(body: str) -> list[str]:
    """The headings under which a text still says what belongs there instead of something of its own."""
    lines = {line.strip() for line in body.splitlines()}
    return [str(heading) for heading, hint in PARTS if lines >= set(str(hint).splitlines())]


def written_only(body: str) -> str:
    """The text without the sections that are empty or only say what belongs there."""
    keys, hints = _keys(), {part.key: str(part.hint).strip() for part in OUTLINE}
    kept = [
        part.text
        for part in sections.of(body.replace("\r\n", "\n"))
        if (key := keys.get(_plain(part.heading))) is None
        or part.text.partition("\n")[2].strip() not in {"", hints[key]}
    ]
    return "".join(kept)


def missing(body: str) -> list[str]:
    """The headings that a text lacks, or has with nothing below."""
    texts = split(body).texts
    return [str(part.heading) for part in OUTLINE if not texts.get(part.key, "").strip()]


def begun_with(*, benefit: str, first_step: str = "") -> str:
    """The starting text with what somebody already wrote under the headings where it belongs."""
    written = {PARTS[0][0]: benefit, PARTS[2][0]: first_step}
    return "\n\n".join(f"## {heading}\n\n{written.get(heading) or hint}" for heading, hint in PARTS) + "\n"


def split(body: str) -> Written:
    """The text by its sections. A heading counts in the reader's language and in English."""
    keys = _keys()
    texts: dict[str, str] = {}
    opening, more = "", []
    for section in sections.of(body.replace("\r\n", "\n")):
        key = keys.get(_plain(section.heading))
        if not section.heading and not section.text.startswith("## "):
            opening = section.text.strip("\n")
        elif key is None or key in texts:
            more.append(section.text.strip("\n"))
        else:
            texts[key] = section.text.partition("\n")[2].strip("\n")
    return Written(opening, texts, "\n\n".join(more))


def places(body: str, key: str) -> set[int]:
    """Where in the text the sections of that part stand, as `sections.of` counts them."""
    keys = _keys()
    return {at for at, part in enumerate(sections.of(body)) if keys.get(_plain(part.heading)) == key}


def join(written: Written) -> str:
    """The text of these sections in the order of the outline; empty ones leave no heading."""
    parts = [written.opening.strip("\n")]
    for part in OUTLINE:
        text = written.texts.get(part.key, "").strip("\n")
        if text.strip():
            parts.append(f"## {part.heading}\n\n{text}")
    parts.append(written.more.strip("\n"))
    return "\n\n".join(part for part in parts if part.strip()) + "\n"


def keeps(body: str) -> bool:
    """Whether a text read by its sections and put together again says the same in the same order."""
    return _lines(join(split(body))) == _lines(body)


def _lines(text: str) -> list[str]:
    return [line.rstrip() for line in text.splitlines() if line.strip()]


def _keys() -> dict[str, str]:
    found = {_plain(str(part.heading)): part.key for part in OUTLINE}
    with override("en"):
        return found | {_plain(str(part.heading)): part.key for part in OUTLINE}


def _plain(heading: str) -> str:
    return " ".join(heading.replace("’", "'").casefold().split())
