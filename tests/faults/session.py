"""One engine for the whole run: its servers, a migrated database to copy, and the rows in turn."""

from __future__ import annotations

import gc
import shutil
import tempfile
import time
import traceback
from argparse import Namespace
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from tests.faults.registry import NotHere, Row
from tests.faults.servers import Durable


@dataclass
class Outcome:
    """What one row came to on one engine."""

    label: str
    name: str
    state: str  # ok, FAILED or not here
    told: str
    seconds: float
    lost: int = 0
    duplicated: int = 0
    stuck: int = 0


class Session:
    """Servers and template of one engine. `prepare` comes after Django's setup."""

    def __init__(self, engine: str, options: Namespace) -> None:
        self.engine, self.options = engine, options
        self.folder = Path(tempfile.mkdtemp(prefix="hub-faults-"))
        self.folder.chmod(0o711)
        self.until_close = ExitStack()
        self.postgres: Durable | None = None
        if engine == "postgresql":
            self.postgres = Durable(self.folder / "postgres")
            self.postgres.sql('CREATE DATABASE "template"')
            self.template_url = self.postgres.url("template")
        else:
            self.template_url = f"sqlite:///{self.folder / 'template.sqlite3'}"

    def prepare(self) -> None:
        """Migrate the template and put the cast and the witnesses into it."""
        from django.core.management import call_command
        from django.db import connection

        from tests.faults import witness
        from tests.support import cast

        call_command("migrate", verbosity=0, interactive=False)
        call_command("createcachetable", verbosity=0)
        cast.build()
        witness.install()
        connection.close()
        gc.collect()
        gc.freeze()  # children share what is loaded by now

    def new_database(self, row: Row) -> str:
        """A copy of the template for one row; its address."""
        name = f"row_{row.label}"
        if self.postgres is not None:
            self.postgres.drop(name)
            return self.postgres.copy("template", name)
        for path in self.folder.glob("template.sqlite3*"):
            shutil.copy(path, self.folder / path.name.replace("template", name))
        return f"sqlite:///{self.folder / f'{name}.sqlite3'}"

    def forget_database(self, world) -> None:
        if self.postgres is not None and not self.options.keep:
            self.postgres.drop(f"row_{world.row.label}")

    def run(self, row: Row) -> Outcome:
        """Run one row in a world of its own, judge it, and clean up."""
        from tests.faults.world import World, time_limit

        begun = time.monotonic()
        state, told, world = "ok", "", None
        try:
            with time_limit(row.seconds):
                world = World(self, row, self.folder / f"row-{row.label}")
                told = row.run(world)
                if world.verdict is None:
                    raise AssertionError("the row never asked the oracle")
        except NotHere as reason:
            state, told = "not here", str(reason)
        except Exception as error:
            state, told = "FAILED", f"{type(error).__name__}: {error}"
            if not isinstance(error, AssertionError):
                told += "\n" + traceback.format_exc()
            if world is not None and self.options.verbose:
                told += "\n" + world.said()
        finally:
            if world is not None:
                with time_limit(60):
                    world.close()
        outcome = Outcome(row.label, row.name, state, told, time.monotonic() - begun)
        counts = world.verdict if world is not None else None
        if counts is not None:
            outcome.lost, outcome.duplicated, outcome.stuck = counts.lost, counts.duplicated, counts.stuck
        return outcome

    def close(self) -> None:
        self.until_close.close()
        if self.postgres is not None:
            self.postgres.stop("immediate")
        if not self.options.keep:
            shutil.rmtree(self.folder, ignore_errors=True)


def last_line(outcomes: list[Outcome]) -> str:
    """`38 faults, 0 lost, 0 duplicated, 0 stuck`, and what failed or could not run."""
    rows = {outcome.label.rstrip("abcdefgh") for outcome in outcomes if outcome.state != "not here"}
    sums = Counter()
    for outcome in outcomes:
        sums.update(lost=outcome.lost, duplicated=outcome.duplicated, stuck=outcome.stuck)
    return f"{len(rows)} faults, {sums['lost']} lost, {sums['duplicated']} duplicated, {sums['stuck']} stuck"
