"""Reading the demo's content files."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "content"


@dataclass(frozen=True)
class PlaybookText:
    """One playbook file: its front matter, its Markdown and its templates."""

    facts: dict[str, Any]
    body: str
    templates: list[dict[str, str]]

    def as_of(self, version: int) -> str:
        """The text as that version said it."""
        text = self.body
        for later in range(len(self.facts["versions"]), version, -1):
            for now, was in _changes_of(self.facts["slug"], later):
                text = text.replace(now, was)
        return re.sub(r"\n{3,}", "\n\n", text)


@cache
def federation() -> dict[str, Any]:
    """The central team, regions, chapters and people."""
    return tomllib.loads((FOLDER / "federation.toml").read_text())


@cache
def posts() -> dict[str, Any]:
    """What was written, and what will be."""
    return tomllib.loads((FOLDER / "posts.toml").read_text())


@cache
def read(name: str) -> dict[str, Any]:
    """Another content file, by its name without the ending."""
    return tomllib.loads((FOLDER / f"{name}.toml").read_text())


def playbooks() -> list[PlaybookText]:
    """Every playbook, in the order of the files."""
    return _texts(FOLDER / "playbooks")


@cache
def translations() -> list[PlaybookText]:
    """The playbooks in other languages; `of` is the slug of the original."""
    return _texts(FOLDER / "playbooks" / "translations")


def retired() -> list[PlaybookText]:
    """Playbooks that something better took the place of."""
    return _texts(FOLDER / "playbooks" / "retired")


def _texts(folder: Path) -> list[PlaybookText]:
    found = []
    for path in sorted(folder.glob("*.md")):
        _, front, body = path.read_text().split("+++", 2)
        templates = tomllib.loads(path.with_suffix(".templates.toml").read_text())["templates"]
        found.append(PlaybookText(tomllib.loads(front), body.strip(), templates))
    return found


def _changes_of(slug: str, version: int) -> list[tuple[str, str]]:
    """What that version of a playbook says now, and what the one before said in its place."""
    return [
        (change["now"].strip("\n"), change["was"].strip("\n"))
        for change in read("earlier")["changes"]
        if (change["of"], change["version"]) == (slug, version)
    ]


def address(local_part: str) -> str:
    """The email address of one of the demo's people."""
    return f"{local_part}@{federation()['federation']['email_domain']}"
