"""Reading the demo's content files."""

from __future__ import annotations

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
    found = []
    for path in sorted((FOLDER / "playbooks").glob("*.md")):
        _, front, body = path.read_text().split("+++", 2)
        templates = tomllib.loads(path.with_suffix(".templates.toml").read_text())["templates"]
        found.append(PlaybookText(tomllib.loads(front), body.strip(), templates))
    return found


def address(local_part: str) -> str:
    """The email address of one of the demo's people."""
    return f"{local_part}@{federation()['federation']['email_domain']}"
