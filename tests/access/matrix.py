"""The whole matrix: the rows of every app, by address."""

from __future__ import annotations

from tests.access import (
    rows_chapters,
    rows_entries,
    rows_hub,
    rows_office_hours,
    rows_playbooks,
    rows_posts,
    rows_questions,
    rows_suggestions,
)
from tests.access.table import GET, POST, Row

MATRICES = [
    rows_hub.MATRIX,
    rows_chapters.MATRIX,
    rows_playbooks.MATRIX,
    rows_posts.MATRIX,
    rows_questions.MATRIX,
    rows_office_hours.MATRIX,
    rows_suggestions.MATRIX,
    rows_entries.MATRIX,
]

ROWS: list[tuple[str, Row]] = [pair for matrix in MATRICES for pair in matrix.rows()]

BY_NAME: dict[str, list[tuple[str, Row]]] = {}
for _kind, _row in ROWS:
    BY_NAME.setdefault(_row.name, []).append((_kind, _row))

FILES = {
    "chapters": "tests/access/rows_chapters.py",
    "playbooks": "tests/access/rows_playbooks.py",
    "posts": "tests/access/rows_posts.py",
}


def missing(addresses: list[tuple[str, str, str]]) -> list[str]:
    """A sentence for each address (name, path, module of its view) that the matrix does not know."""
    known = {(row.name, row.method) for _kind, row in ROWS}
    found = []
    for name, path, module in addresses:
        file = FILES.get(module.partition(".")[0], "tests/access/rows_hub.py")
        lacking = [method for method in (GET, POST) if (name, method) not in known]
        if lacking:
            found.append(
                f"{name} (/{path}) has no row for {' and '.join(lacking)}: say in {file} what it answers to "
                "each role."
            )
    return found


def stale(addresses: list[tuple[str, str, str]]) -> list[str]:
    """Names in the matrix that no address has any more."""
    return sorted(set(BY_NAME) - {name for name, _path, _module in addresses})
