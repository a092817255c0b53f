"""`make run`: the whole hub on this machine, as four processes that start and end together.

python -m hubsite.launcher          production settings, on loopback
python -m hubsite.launcher dev      DEBUG, and everything reloads when code changes
python -m hubsite.launcher reset    forget everything that was kept
"""

from __future__ import annotations

import http.client
import os
import shutil
import signal
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from hubsite import own_data
from hubsite.own_data import CannotStart
from hubsite.printed_mail import PrintedMail
from hubsite.processes import POLL, Child, Family

ROOT = Path(__file__).resolve().parent.parent
PYTHON = sys.executable
CELERY = [PYTHON, "-m", "celery", "-A", "hubsite", "--quiet"]
WORKER_GRACE = 40.0  # a send in progress has 30 s; ending it sooner would leave the outcome in doubt
READY_WITHIN = 90.0
MAIL_EVERY = 0.5  # seconds between two looks for new mail
RELOADED = ("worker", "scheduler")  # by us; the development server watches its own code


@dataclass(frozen=True)
class Plan:
    """What to start, and where."""

    data: Path
    port: int
    sandbox_port: int
    dev: bool
    demo: bool
    environ: Mapping[str, str]

    @classmethod
    def read(cls, environ: Mapping[str, str], *, dev: bool) -> Plan:
        """From PORT, SANDBOX_PORT, HUB_DATA and HUB_DEMO. Raises CannotStart."""
        port, sandbox_port = _port(environ, "PORT", 8000), _port(environ, "SANDBOX_PORT", 8100)
        if port == sandbox_port:
            raise CannotStart(f"PORT and SANDBOX_PORT are both {port}; give them different numbers.")
        data = Path(environ.get("HUB_DATA") or ROOT / ".data").resolve()
        demo = environ.get("HUB_DEMO", "1").lower() not in {"0", "no", "false"}
        return cls(data=data, port=port, sandbox_port=sandbox_port, dev=dev, demo=demo, environ=environ)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def sandbox_url(self) -> str:
        return f"http://127.0.0.1:{self.sandbox_port}"

    def env(self) -> dict[str, str]:
        """The environment of every process of this hub."""
        hub_url = self.environ.get("HUB_URL") or self.url
        practice = self.environ.get("HUB_PRACTICE") or "1"  # every platform, and no call leaves this machine
        kept = own_data.keep_env(
            self.data,
            HUB_URL=hub_url,
            SANDBOX_URL=self.sandbox_url,
            HUB_ALLOW_LOOPBACK="1",
            HUB_PRACTICE=practice,
        )
        return {
            "EMAIL_FILE_PATH": str(self.data / "mail"),
            "LOG_FORMAT": "plain" if self.dev else "json",
            **kept,
            **self.environ,
            "HUB_DATA": str(self.data),
            "HUB_DEBUG": "1" if self.dev else "0",
            "HUB_URL": hub_url,
            "SANDBOX_URL": self.sandbox_url,
            "HUB_ALLOW_LOOPBACK": "1",
            "HUB_PRACTICE": practice,
            "PYTHONUNBUFFERED": "1",
        }


def _port(environ: Mapping[str, str], name: str, default: int) -> int:
    text = environ.get(name) or str(default)
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= 65535:
        raise CannotStart(f"{name} is {text}, which is not a port; choose a number from 1 to 65535.")
    return int(text)


class Stopped(Exception):
    """Somebody asked us to end."""


class Launcher:
    """One run of the hub, from the first line to the last."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.signals = 0
        self.env = plan.env()
        self.family = Family()
        self.mail = PrintedMail(plan.data / "mail")
        self.mail_due = 0.0
        self.serving: dict[str, Child] = {}
        self.forgiving = False

    def run(self) -> int:
        """Start everything, watch it, end it. Returns the exit code."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._asked_to_stop)
        try:
            self._start()
            self._say_ready()
            self._watch()
        except Stopped:
            print("\nEnding: the worker finishes what it is sending ...", flush=True)
        finally:
            self._end()
        print("Chapter Hub has ended; its data is kept.", flush=True)
        return 0

    def _asked_to_stop(self, *_: object) -> None:
        self.signals += 1  # only noted here: raising could lose a child that is just being started

    # ---- starting

    def _start(self) -> None:
        with _progress("Practice network"):
            self._serve_sandbox()
            self._until(lambda: _answers(self.plan.sandbox_port, "/"), "The practice network")
        # compressing takes a core a few seconds, and the database needs the other
        static = None if self.plan.dev else self._begin("collectstatic", "--noinput", "--verbosity", "0")
        with _progress("Settings and database"):
            self._manage("prepare")
        if self.plan.demo:
            with _progress("Demo federation"):
                self._manage("load_demo")
        if static:
            with _progress("Static files"):
                self._finish(static)
        with _progress("Web server, worker and scheduler"):
            self._serve_web()
            self._serve_worker()
            self._serve_beat()
            self._until(lambda: _answers(self.plan.port, "/healthz"), "The web server")
            self._manage("wait_ready", "--seconds", str(READY_WITHIN))

    def _serve_sandbox(self) -> None:
        command = [PYTHON, "-m", "sandbox", "--port", str(self.plan.sandbox_port)]
        command += ["--data", str(self.plan.data / "sandbox"), "--hub-origin", self.env["HUB_URL"]]
        self._serve("practice network", command)

    def _serve_web(self) -> None:
        if self.plan.dev:
            command = [PYTHON, "manage.py", "runserver", f"127.0.0.1:{self.plan.port}"]
        else:
            command = [PYTHON, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1"]
            command += ["--port", str(self.plan.port), "--workers", "2", "--blocking-threads", "4"]
            command += ["--respawn-failed-workers", "--no-ws", "hubsite.wsgi:application"]
        self._serve("web server", command)

    def _serve_worker(self) -> None:
        command = [*CELERY, "worker", "--pool", "threads", "--queues", "publish,default"]
        command += ["--without-gossip", "--without-mingle", "--without-heartbeat"]
        self._serve("worker", command, grace=WORKER_GRACE)

    def _serve_beat(self) -> None:
        self._serve("scheduler", [*CELERY, "beat", "--pidfile="])

    def _serve(self, name: str, command: list[str], *, grace: float = 10.0) -> None:
        log = None if self.plan.dev else own_data.fresh_log(self.plan.data, name)
        self.serving[name] = self.family.start(name, command, env=self.env, cwd=ROOT, log=log, grace=grace)

    def _manage(self, *arguments: str) -> None:
        """Run a management command to its end. Raises CannotStart with the last thing it said."""
        self._finish(self._begin(*arguments))

    def _begin(self, *arguments: str) -> Child:
        log = own_data.fresh_log(self.plan.data, arguments[0])
        command = [PYTHON, "manage.py", *arguments]
        return self.family.start(arguments[0], command, env=self.env, cwd=ROOT, log=log)

    def _finish(self, child: Child) -> None:
        while not child.ended:
            self._pause()
        self.family.stop([child])
        if child.process.returncode:
            said = child.reason().removeprefix("CommandError: ") or child.end()
            raise CannotStart(f"{said} (`manage.py {child.name}` failed; its log: {child.log})")

    def _until(self, done: Callable[[], bool], what: str) -> None:
        end = time.monotonic() + READY_WITHIN
        while not done():
            if time.monotonic() > end:
                raise CannotStart(f"{what} does not answer; the logs are in {self.plan.data / 'log'}.")
            self._pause()

    # ---- running

    def _pause(self) -> None:
        """Wait a moment. Raises Stopped when asked to end, CannotStart when a process has ended by itself."""
        time.sleep(POLL)
        if time.monotonic() >= self.mail_due:
            self.mail.print_new()
            self.mail_due = time.monotonic() + MAIL_EVERY
        if self.signals:
            raise Stopped
        dead = next((child for child in self.serving.values() if child.ended), None)
        if dead and self.forgiving and dead.name in RELOADED:
            return  # half-written code; the next change starts it again
        if dead:
            where = f"; its log: {dead.log}" if dead.log else ""
            because = f", saying: {dead.reason()}" if dead.reason() else ""
            raise CannotStart(f"The {dead.name} ended by itself ({dead.end()}){because}{where}")

    def _watch(self) -> None:
        self.forgiving = self.plan.dev
        code = _newest_code() if self.plan.dev else 0.0
        looked = time.monotonic()
        while True:
            self._pause()
            if self.plan.dev and time.monotonic() - looked > 1:
                looked, newest = time.monotonic(), _newest_code()
                if newest > code:
                    code = newest
                    self._reload()

    def _reload(self) -> None:
        """The web server reloads by itself; worker and scheduler are started anew."""
        print("Code has changed: worker and scheduler start anew.", flush=True)
        self.family.stop([self.serving.pop(name) for name in RELOADED])
        self._serve_worker()
        self._serve_beat()

    def _say_ready(self) -> None:
        rows = [
            ("The hub", self.plan.url, "write, review, schedule"),
            ("Practice network", self.plan.sandbox_url, "what chapters publish appears here"),
            ("Administration", f"{self.plan.url}/admin/", "every record"),
        ]
        print()
        for name, address, what in rows:
            print(f"  {name:18}{address:32}{what}")
        sign_ins = self.plan.data / "demo-sign-ins.txt"
        if sign_ins.is_file():
            print("\n" + "\n".join(f"  {line}".rstrip() for line in sign_ins.read_text().splitlines()))
        if said := own_data.next_post(self.plan.data, self.plan.sandbox_url):
            print(f"\n  {said}")
        print(f"\n  Mail is printed here and kept in {self.plan.data / 'mail'}.")
        if not self.plan.dev:
            print(f"  Logs: {self.plan.data / 'log'}")
        print("  Ctrl-C ends everything and keeps the data; `make reset` starts over.\n")
        print(f"Chapter Hub is ready: {self.plan.url}", flush=True)

    # ---- ending

    def _end(self) -> None:
        before = self.signals
        hurry = lambda: self.signals > before  # noqa: E731 - a second Ctrl-C
        # the practice network last: the worker may be talking to it
        network = self.serving.get("practice network")
        self.family.stop([child for child in self.family.children if child is not network], hurry=hurry)
        self.family.stop(hurry=hurry)
        self.family.close()


class _progress:
    """One line of progress: what is being done, and how long it took."""

    def __init__(self, what: str) -> None:
        self.what = what

    def __enter__(self) -> None:
        self.began = time.monotonic()
        print(f"  {self.what} ... ", end="", flush=True)

    def __exit__(self, kind: type | None, *_: object) -> None:
        print("no" if kind else f"{time.monotonic() - self.began:.1f} s", flush=True)


def _answers(port: int, path: str) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _newest_code() -> float:
    """When a Python file of the project was last changed."""
    newest = 0.0
    for app in ("hubsite", "chapters", "playbooks", "posts"):
        for path in (ROOT / app).rglob("*.py"):
            with suppress(FileNotFoundError):
                newest = max(newest, path.stat().st_mtime)
    return newest


def reset(plan: Plan) -> int:
    """Forget everything that was kept. Raises CannotStart when a hub runs on it."""
    if not plan.data.is_dir():
        print(f"Nothing to forget: {plan.data} does not exist.")
        return 0
    if any(plan.data.iterdir()) and not own_data.is_ours(plan.data):
        raise CannotStart(f"{plan.data} does not look like the data of a hub, so nothing was removed.")
    own_data.lock(plan.data)
    shutil.rmtree(plan.data)
    print(f"Removed {plan.data}; the next `make run` starts over.")
    if plan.environ.get("DATABASE_URL"):
        print("The database that DATABASE_URL names was not touched.")
    return 0


def main(arguments: list[str]) -> int:
    word = arguments[0] if arguments else "run"
    try:
        if word not in {"run", "dev", "reset"}:
            raise CannotStart(f"{word} is not one of run, dev, reset.")
        plan = Plan.read(os.environ, dev=word == "dev")
        if word == "reset":
            return reset(plan)
        print(f"Chapter Hub starts, with its data in {plan.data}", flush=True)
        own_data.lock(plan.data)
        own_data.check_port(plan.port, "PORT")
        own_data.check_port(plan.sandbox_port, "SANDBOX_PORT")
        return Launcher(plan).run()
    except CannotStart as reason:
        print(f"Chapter Hub does not run: {reason}", file=sys.stderr, flush=True)
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
