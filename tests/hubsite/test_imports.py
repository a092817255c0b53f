"""Imports between the apps run one way."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MAY_IMPORT = {
    "chapters": {"chapters", "hubsite.lib"},
    "playbooks": {"playbooks", "chapters", "hubsite.lib"},
    "posts": {"posts", "playbooks", "chapters", "hubsite.lib"},
    "hubsite/lib": {"hubsite.lib"},
    "sandbox": {"sandbox"},
}
OURS = {"chapters", "playbooks", "posts", "hubsite", "sandbox"}


def imported(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            names.add(node.module)
            names.update(f"{node.module}.{alias.name}" for alias in node.names)
    return {name for name in names if name.partition(".")[0] in OURS}


@pytest.mark.parametrize("folder", MAY_IMPORT)
def test_imports_run_one_way(folder):
    allowed = MAY_IMPORT[folder]
    wrong = {
        f"{path.relative_to(ROOT)} imports {name}"
        for path in (ROOT / folder).rglob("*.py")
        for name in imported(path)
        if not any(
            name == base or name.startswith(f"{base}.") or base.startswith(f"{name}.") for base in allowed
        )
    }

    assert not wrong, "\n".join(sorted(wrong))


def test_adapters_know_neither_django_nor_the_database():
    wrong = [
        str(path.relative_to(ROOT))
        for path in (ROOT / "posts/platforms").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Import | ast.ImportFrom)
        and any(
            name.startswith(("django", "posts.models"))
            for name in [getattr(node, "module", None) or "", *[alias.name for alias in node.names]]
        )
    ]

    assert wrong == []


@pytest.mark.parametrize(
    ("pattern", "folder"),
    [(".status = Status", "posts/publishing"), ("post.status = ", "posts/workflow.py")],
)
def test_statuses_have_one_writer(pattern, folder):
    writers = {
        str(path.relative_to(ROOT))
        for app in ("posts", "hubsite", "chapters", "playbooks")
        for path in (ROOT / app).rglob("*.py")
        if pattern in path.read_text()
    }

    assert writers, f"nobody writes {pattern!r} any more: mend this test"
    assert all(writer.startswith(folder) for writer in writers), writers
