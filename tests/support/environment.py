"""The world the suite runs in, made before Django reads its settings.

`pyproject.toml` loads this module as a plugin (`-p tests.support.environment`), which happens earlier than
any conftest. The first process of a run makes a folder and starts PostgreSQL once; the workers of
pytest-xdist find both in the environment they inherit. HUB_TEST_ENGINE=sqlite runs the suite on SQLite
instead, and TEST_DATABASE_URL names a PostgreSQL that is already there.
"""

from __future__ import annotations

import base64
import os
import shutil
import signal
import tempfile
from pathlib import Path

import pytest

from tests.support import servers

FOLDER = "HUB_TESTS_FOLDER"  # set by the first process for its workers
PREFIX = "hub-tests-"

# What a developer may have exported must not change what the tests see.
NOT_INHERITED = (
    "ALLOWED_HOSTS", "CSRF_TRUSTED_ORIGINS", "DATABASE_URL", "DEFAULT_FROM_EMAIL", "EMAIL_HOST",
    "EMAIL_HOST_PASSWORD", "EMAIL_HOST_USER", "EMAIL_PORT", "EMAIL_USE_TLS", "HUB_ALLOW_LOOPBACK",
    "HUB_BEHIND_PROXY", "HUB_DATA", "HUB_DEBUG", "HUB_DRAINS", "HUB_ENCRYPTION_KEYS",
    "HUB_LEASE_SECONDS", "HUB_NAME", "HUB_REDIRECT_TO_HTTPS", "HUB_SENDERS",
    "HUB_SEND_DEADLINE_SECONDS", "HUB_URL", "INVITATION_HOURS", "LOG_FORMAT", "LOG_LEVEL", "MEDIA_ROOT",
    "PORT", "REDIS_URL", "SANDBOX_ADMIN_KEY", "SANDBOX_PORT", "SANDBOX_URL", "SECRET_KEY",
    "STATIC_ROOT", "TZ",
)  # fmt: skip

# What this suite sets for itself and a process of its own must not see.
SET_BY_US = (FOLDER, "HUB_TESTS_NO_POSTGRES", "DJANGO_SETTINGS_MODULE", "DJANGO_ALLOW_ASYNC_UNSAFE")

_postgres: servers.Postgres | None = None
_owner = FOLDER not in os.environ
no_postgres = ""  # why the suite runs on SQLite although PostgreSQL was wanted


def wants_sqlite() -> bool:
    return os.environ.get("HUB_TEST_ENGINE", "postgresql") == "sqlite"


def folder() -> Path:
    """A folder of this process alone; gone when the run ends."""
    return Path(os.environ[FOLDER]) / os.environ.get("PYTEST_XDIST_WORKER", "main")


def prepare() -> None:
    """Set the variables the settings read. Runs once a process, at import."""
    if _owner:
        _remove_leftovers()
        os.environ[FOLDER] = tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-")
        for name in NOT_INHERITED:
            os.environ.pop(name, None)
        os.environ["DATABASE_URL"] = _database_url()
    (folder() / "static").mkdir(parents=True, exist_ok=True)
    os.environ["HUB_DATA"] = str(folder())
    os.environ["SECRET_KEY"] = "a-key-for-tests-which-is-long-and-has-many-different-characters-0123456789"
    os.environ["HUB_ENCRYPTION_KEYS"] = "test:" + base64.b64encode(b"k" * 32).decode()
    os.environ["HUB_ALLOW_LOOPBACK"] = "1"
    os.environ["SANDBOX_URL"] = "http://127.0.0.1:9"  # nobody listens there; the fixture `practice` does
    if wants_sqlite() or not os.environ["DATABASE_URL"]:
        os.environ["DATABASE_URL"] = f"sqlite:///{folder() / 'hub.sqlite3'}"


def _database_url() -> str:
    """The address of a running PostgreSQL, or nothing where the suite falls back to SQLite."""
    global _postgres, no_postgres
    if wants_sqlite():
        return ""
    if given := os.environ.get("TEST_DATABASE_URL"):
        return given
    try:
        _postgres = servers.Postgres.start(Path(os.environ[FOLDER]) / "postgres")
    except servers.NotToBeHad as reason:
        no_postgres = str(reason)
        os.environ["HUB_TESTS_NO_POSTGRES"] = no_postgres
        return ""
    return _postgres.url


def _remove_leftovers() -> None:
    """Folders of runs that were killed outright; their PostgreSQL ended with them."""
    for path in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        pid = path.name.removeprefix(PREFIX).partition("-")[0]
        if pid.isdigit() and not servers.alive(int(pid)):
            shutil.rmtree(path, ignore_errors=True)


def pytest_configure(config: pytest.Config) -> None:
    if _owner:
        # so that `kill` on the run tidies up as Ctrl-C does
        signal.signal(signal.SIGTERM, lambda *_: pytest.exit("ended by SIGTERM", returncode=143))


def pytest_report_header() -> str:
    if why := os.environ.get("HUB_TESTS_NO_POSTGRES"):
        return f"database: SQLite, because {why}"
    engine = os.environ["DATABASE_URL"].partition(":")[0]
    return f"database: {engine}" + (f" {_postgres.version}" if _postgres else "")


@pytest.hookimpl(trylast=True)
def pytest_unconfigure() -> None:
    if not _owner:
        return
    if _postgres is not None:
        _postgres.stop()
    shutil.rmtree(os.environ.pop(FOLDER, ""), ignore_errors=True)


prepare()
