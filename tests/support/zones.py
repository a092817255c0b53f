"""Time-zone data of a test's own: a folder for PYTHONTZPATH in which countries change their clocks."""

from __future__ import annotations

import struct
from pathlib import Path


def write(folder: Path, *, version: str = "", **rules: str) -> Path:
    """Write a zone for each of `rules`: `Europe__Lisbon="WET0"`, a POSIX TZ rule that holds for ever.

    `version` is said in tzdata.zi, as a system's folder does.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for name, rule in rules.items():
        file = folder / name.replace("__", "/")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(compiled(rule))
    if version:
        (folder / "tzdata.zi").write_text(f"# version {version}\n# and the rules themselves\n")
    return folder


def compiled(rule: str) -> bytes:
    """A TZif file (RFC 9636) without transitions, whose footer alone says what the clocks do."""
    counts = struct.pack(">6I", 0, 0, 0, 0, 1, 4)  # one type of local time, four characters of its name
    header = b"TZif2" + b"\0" * 15 + counts
    block = struct.pack(">iBB", 0, 0, 0) + b"LMT\0"
    return (header + block) * 2 + f"\n{rule}\n".encode()
