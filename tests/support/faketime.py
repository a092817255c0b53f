"""Another clock for one process: libfaketime, preloaded; a test moves it while the process runs."""

from __future__ import annotations

from pathlib import Path

from tests.support.pieces import missing


class FakeClock:
    """The wall clock of processes started with `environment()`; their monotonic clocks stay true."""

    def __init__(self, folder: Path, offset: str = "+0") -> None:
        self.library = _library()
        self.file = folder / "faketime"
        self.set(offset)

    def set(self, offset: str) -> None:
        """From now on they read so far from the true time: "+3600", "-5"."""
        fresh = self.file.with_suffix(".new")
        fresh.write_text(f"{offset}\n")
        fresh.replace(self.file)

    def environment(self) -> dict[str, str]:
        return {
            "LD_PRELOAD": str(self.library),
            "FAKETIME_TIMESTAMP_FILE": str(self.file),
            "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        }


def _library() -> Path:
    found = sorted(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))
    if not found:
        missing("libfaketime was not found; `apt-get install libfaketime` brings it")
    return found[0]
