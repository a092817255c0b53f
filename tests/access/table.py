"""What the access matrix is made of: one `Row` says what an address answers to each role.

The rows themselves are data, written by hand: rows_hub.py, rows_chapters.py, rows_playbooks.py and
rows_posts.py. They do not look at chapters.permissions, so that a slip there shows here.

Nobody is let in by default: somebody who is not signed in is sent to sign-in (302), whoever is not of the
chapter gets 404. A row says what the chapter's own people get, in the order viewer, author, editor, lead.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

GET, POST = "GET", "POST"
ROLES = ("viewer", "author", "editor", "lead")

Codes = tuple[int, int, int, int]


@dataclass(frozen=True)
class Row:
    """What one method of one address answers.

    `of` fills the address: a word is a thing of the stage (tests/access/stage.py), anything else is taken as
    it is. `data` makes the valid form that a POST sends. A POST that is let in has to change something, or
    `changes` says that it does not. `why` tells apart two rows of one address.
    """

    name: str
    method: str
    codes: Codes
    of: Mapping[str, Any] = field(default_factory=dict)
    data: Callable[[Any], dict[str, Any]] | None = None
    query: str = ""
    changes: bool | tuple[str, ...] = True  # or the roles for whom it does
    ignores: tuple[str, ...] = ()  # parts of the address that this method does not look at
    at_central: bool = True  # whether the central team's own chapter is tried as well
    why: str = ""

    @property
    def is_closed(self) -> bool:
        """Whether the address does not take this method from anybody."""
        return set(self.codes) == {405}

    def changes_for(self, role: str) -> bool:
        return role in self.changes if isinstance(self.changes, tuple) else self.changes

    def code(self, role: str) -> int:
        return self.codes[ROLES.index(role)]


def row(name: str, method: str, viewer: int, author: int, editor: int, lead: int, **details: Any) -> Row:
    """One line of the matrix."""
    return Row(name, method, (viewer, author, editor, lead), **details)


def only_get(name: str, viewer: int, author: int, editor: int, lead: int, **details: Any) -> list[Row]:
    """A page that takes no POST."""
    return [
        row(name, GET, viewer, author, editor, lead, **details),
        row(name, POST, 405, 405, 405, 405, **details),
    ]


def only_post(name: str, viewer: int, author: int, editor: int, lead: int, **details: Any) -> list[Row]:
    """A button without a page."""
    of = details.get("of", {})
    return [
        row(name, POST, viewer, author, editor, lead, **details),
        row(name, GET, 405, 405, 405, 405, of=of, at_central=details.get("at_central", True)),
    ]


def verb(name: str, viewer: int, author: int, editor: int, lead: int, **details: Any) -> list[Row]:
    """A button whose address, opened by GET, leads to the page it is on, for those who have the right."""
    shown = [403 if code == 403 else 302 for code in (viewer, author, editor, lead)]
    of, at_central = details.get("of", {}), details.get("at_central", True)
    ignores = details.pop("get_ignores", ("delivery",))
    return [
        row(name, POST, viewer, author, editor, lead, **details),
        row(name, GET, *shown, of=of, ignores=ignores, at_central=at_central),
    ]


def everybody(name: str, method: str, code: int, **details: Any) -> Row:
    """An address that answers the same to whoever gets to it."""
    return Row(name, method, (code,) * 4, **details)


@dataclass(frozen=True)
class Matrix:
    """The rows of one app, by who may be there at all.

    `chapter` rows are pages below /c/<slug>/, `central` rows those of the central team, `hub` rows its pages
    about the hub that administrators have too, `signed_in` rows anybody's own pages, `public` rows for
    everybody.
    """

    file: str
    chapter: list[Row] = field(default_factory=list)
    central: list[Row] = field(default_factory=list)
    hub: list[Row] = field(default_factory=list)
    signed_in: list[Row] = field(default_factory=list)
    public: list[Row] = field(default_factory=list)

    def rows(self) -> list[tuple[str, Row]]:
        """Every row with its kind."""
        kinds = ("chapter", "central", "hub", "signed_in", "public")
        return [(kind, each) for kind in kinds for each in getattr(self, kind)]


def flat(*parts: Row | list[Row]) -> list[Row]:
    """Rows and lists of rows as one list."""
    return [each for part in parts for each in (part if isinstance(part, list) else [part])]
