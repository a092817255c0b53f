"""Break the hub in every way of the fault plan and ask afterwards whether each post went out once.

`make faults`, or `python -m tests.faults [--engine postgresql|sqlite] [--rows 1,4,19] [--quick]`.
Ends with `N faults, L lost, D duplicated, S stuck`; the exit code is 0 only on zeros and no failed row.
"""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
import tempfile
from argparse import ArgumentParser, Namespace
from dataclasses import asdict
from pathlib import Path

from tests.faults.registry import Row, rows
from tests.faults.session import Outcome, Session, last_line

ENGINES = ("postgresql", "sqlite")
KEPT = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "PYTHONPATH", "VIRTUAL_ENV", "FAULTS_SEED")


def main() -> int:
    options = _options()
    engines = [options.engine] if options.engine else list(ENGINES)
    if options.report:
        return _run_engine(engines[0], options)
    outcomes: list[Outcome] = []
    for engine in engines:
        outcomes += _in_a_process_of_its_own(engine)
    print(last_line(outcomes))
    failed = [outcome for outcome in outcomes if outcome.state == "FAILED"]
    bad = sum(outcome.lost + outcome.duplicated + outcome.stuck for outcome in outcomes)
    if failed:
        print(f"{len(failed)} failed: {', '.join(sorted({outcome.label for outcome in failed}))}")
    return int(bool(failed or bad or not outcomes))


def _options() -> Namespace:
    parser = ArgumentParser(prog="python -m tests.faults", description=__doc__.splitlines()[0])
    parser.add_argument("--engine", choices=ENGINES, help="one engine only")
    parser.add_argument("--rows", default="", help="numbers of the plan's rows, as in 1,4,19-22")
    parser.add_argument("--quick", action="store_true", help="the short selection")
    parser.add_argument("--posts", type=int, default=2000, help="posts of row 3")
    parser.add_argument("--noise", type=int, default=20_000, help="posts of row 33's noisy chapter")
    parser.add_argument("--pairs", type=int, default=300, help="pairs of crashes of row 2")
    parser.add_argument("--every-step", action="store_true", help="row 1: before each of several reads too")
    parser.add_argument("--count", action="store_true", help="row 1: count the steps and kill nobody")
    parser.add_argument("--seed", type=int, default=20_260, help="of what is drawn by chance")
    parser.add_argument("--keep", action="store_true", help="leave databases, logs and folders")
    parser.add_argument("--verbose", action="store_true", help="with a failed row, what its processes said")
    parser.add_argument("--report", help="write the outcomes there as JSON")
    return parser.parse_args()


def _in_a_process_of_its_own(engine: str) -> list[Outcome]:
    """Settings are read once a process, so each engine has one."""
    with tempfile.NamedTemporaryFile(suffix=".json") as report:
        command = [sys.executable, "-m", "tests.faults", *sys.argv[1:]]
        command += ["--engine", engine, "--report", report.name]
        ended = subprocess.run(command, env=_clean_environment(), check=False)
        told = Path(report.name).read_text()
    if not told:
        return [Outcome("0", engine, "FAILED", f"the run ended with {ended.returncode}", 0.0)]
    return [Outcome(**each) for each in json.loads(told)]


def _clean_environment() -> dict[str, str]:
    """Nothing that a developer or a suite has exported must change what is tested."""
    return {name: value for name, value in os.environ.items() if name in KEPT}


def _run_engine(engine: str, options: Namespace) -> int:
    session = Session(engine, options)
    outcomes: list[Outcome] = []
    try:
        _set_up_django(session)
        for row in _chosen(engine, options):
            outcomes.append(session.run(row))
            print(_line(outcomes[-1], engine), flush=True)
    finally:
        session.close()
    Path(options.report).write_text(json.dumps([asdict(outcome) for outcome in outcomes]))
    return 0


def _set_up_django(session: Session) -> None:
    from tests.faults.environment import variables

    os.environ.update(
        variables(session.folder, session.template_url, key=base64.b64encode(b"f" * 32).decode())
    )
    import django
    import pytest  # noqa: F401 - settings.TESTING: pages without a manifest of static files

    django.setup()
    from django.conf import settings

    from hubsite.lib import broker

    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    session.until_close.enter_context(broker.quiet())  # rows send their wake-ups themselves
    session.prepare()


def _chosen(engine: str, options: Namespace) -> list[Row]:
    wanted = _numbers(options.rows)
    return [
        row for row in rows()
        if engine in row.engines and (not wanted or row.number in wanted) and (row.quick or not options.quick)
    ]  # fmt: skip


def _numbers(text: str) -> set[int]:
    found: set[int] = set()
    for piece in filter(None, text.split(",")):
        first, _, last = piece.partition("-")
        found.update(range(int(first), int(last or first) + 1))
    return found


def _line(outcome: Outcome, engine: str) -> str:
    return (
        f"{outcome.label:>3}  {outcome.name:<44} {engine:<10} {outcome.seconds:6.1f} s  "
        f"{outcome.state}{': ' if outcome.state != 'ok' else ', '}{outcome.told}"
    )


if __name__ == "__main__":
    sys.exit(main())
