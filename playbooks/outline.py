"""The text a new playbook starts with, so that each one answers what a volunteer asks."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

PARTS: tuple[tuple[str | Promise, str | Promise], ...] = (
    (_("What this does for you"), _("What a chapter gets out of it, in two or three sentences.")),
    (_("Time and people"), _("How long it takes the first time and afterwards, and how many people.")),
    (_("First small step"), _("Something that can be done today, in ten minutes, by one person.")),
    (_("Steps"), _("1. The first step.\n2. The next one.\n3. How to know that it is done.")),
    (_("Examples from chapters"), _("Who tried it, what they did and what came of it.")),
    (_("Words and images to adapt"), _("Sentences to borrow, and what a good picture shows.")),
    (_("Do and don't"), _("- Do …\n- Don't …")),
    (
        _("Accessibility and consent"),
        _("Alt text, captions, plain words; whom to ask before showing their face."),
    ),
    (_("What to measure and by when"), _("One figure to look at, and the day to look at it.")),
    (_("What the central team does for you"), _("What we do on request, and whom to ask.")),
)


def starting_text() -> str:
    """Markdown with a heading for each part and a line that says what belongs there."""
    return "\n\n".join(f"## {heading}\n\n{hint}" for heading, hint in PARTS) + "\n"


def untouched(body: str) -> list[str]:
    """The headings under which a text still says what belongs there instead of something of its own."""
    lines = {line.strip() for line in body.splitlines()}
    return [str(heading) for heading, hint in PARTS if lines >= set(str(hint).splitlines())]


def begun_with(*, benefit: str, first_step: str = "") -> str:
    """The starting text with what somebody already wrote under the headings where it belongs."""
    written = {PARTS[0][0]: benefit, PARTS[2][0]: first_step}
    return "\n\n".join(f"## {heading}\n\n{written.get(heading) or hint}" for heading, hint in PARTS) + "\n"
