"""docker-compose.yml in use: each service's command and health check, as written there, on real servers.

There is no container engine in the suite. What a container would bring (users, volumes, the network between
services) is replaced by folders and ports of this machine, through the environment alone.
"""

from __future__ import annotations

import base64
import os
import re
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import yaml

from tests.support import compose, servers
from tests.support.pieces import missing

ROOT = compose.ROOT
NEEDED = {
    "SECRET_KEY": secrets.token_urlsafe(60),
    "HUB_ENCRYPTION_KEYS": "k1:" + base64.b64encode(b"0123456789abcdef" * 2).decode(),
    "HUB_URL": "https://hub.example.org",
    "ALLOWED_HOSTS": "hub.example.org",
    "POSTGRES_PASSWORD": "a-long-password-for-the-database",
    "REDIS_PASSWORD": "a-long-password-for-redis",
}
HUB = ("migrate", "web", "worker", "beat")


@pytest.mark.parametrize("name", NEEDED)
def test_file_refuses_a_missing_secret_by_name(name):
    with pytest.raises(compose.Unset, match=f"^{name}: "):
        compose.load({**NEEDED, name: ""})


def test_hub_starts_only_after_migrate_and_restarts_by_itself():
    services = compose.load(NEEDED)["services"]
    for name in ("web", "worker", "beat"):
        assert services[name]["depends_on"]["migrate"] == {"condition": "service_completed_successfully"}
        assert services[name]["restart"] == "unless-stopped"
        assert services[name]["healthcheck"]["test"]
    assert services["migrate"]["restart"] == "no"
    assert services["migrate"]["depends_on"]["db"] == {"condition": "service_healthy"}


def test_media_and_journal_outlive_their_containers():
    file = compose.load(NEEDED)
    mounted = {name: file["services"][name].get("volumes", []) for name in file["services"]}
    assert "media:/data/media" in mounted["web"]
    assert {"media:/data/media", "journal:/data/journal"} <= set(mounted["worker"])
    assert set(file["volumes"]) == {
        volume.split(":")[0] for volumes in mounted.values() for volume in volumes
    }


def test_no_secret_has_a_default_in_the_file():
    text = (ROOT / "docker-compose.yml").read_text()
    for name in ("SECRET_KEY", "HUB_ENCRYPTION_KEYS", "POSTGRES_PASSWORD", "REDIS_PASSWORD"):
        uses = re.findall(rf"\$\{{{name}(.)(.)", text)
        assert uses
        assert set(uses) == {(":", "?")}


def test_web_is_reached_through_a_proxy_of_the_same_machine_only():
    (port,) = compose.load(NEEDED)["services"]["web"]["ports"]
    assert port == "127.0.0.1:8000:8000"


def test_image_runs_as_nobody_special_with_static_files_inside():
    lines = (ROOT / "Dockerfile").read_text().splitlines()
    user = max(place for place, line in enumerate(lines) if line.startswith("USER "))
    static = next(place for place, line in enumerate(lines) if "collectstatic" in line)
    assert lines[user] == "USER hub"
    assert static < user
    assert not any(line.startswith(("COPY", "RUN", "ADD")) for line in lines[user:])


def test_image_contains_every_app_and_no_practice_network():
    from django.conf import settings

    copied = {
        line.split()[1] for line in (ROOT / "Dockerfile").read_text().splitlines() if line.startswith("COPY ")
    }
    own = {app.split(".")[0] for app in settings.INSTALLED_APPS if (ROOT / app.split(".")[0]).is_dir()}
    assert own <= copied
    assert "sandbox" not in copied
    ignored = (ROOT / ".dockerignore").read_text().split()
    assert {name for name in copied if (ROOT / name).exists()} <= {line.removeprefix("!") for line in ignored}


# ---- the services, running


class Running:
    """A service of the file, as a process of this machine."""

    def __init__(self, name: str, service: dict, env: dict[str, str], folder: Path, **identity) -> None:
        self.name, self.service, self.env, self.cwd = name, service, env, folder
        self.log = folder / f"{name}.log"
        with self.log.open("wb") as stream:
            self.process = subprocess.Popen(
                compose.words(service["command"]),
                env=env,
                cwd=folder if name in {"db", "redis"} else ROOT,
                stdin=subprocess.DEVNULL,
                stdout=stream,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=servers.dies_with_us(signal.SIGKILL),
                **identity,
            )

    def wait_until_healthy(self, seconds: float = 90) -> None:
        end = time.monotonic() + seconds
        while not self.healthy():
            assert self.process.poll() is None, f"{self.name} ended: {self.log.read_text()[-2000:]}"
            assert time.monotonic() < end, f"{self.name} is not healthy: {self.log.read_text()[-2000:]}"
            time.sleep(0.5)

    def healthy(self) -> bool:
        return compose.healthy(self.service, self.env, ROOT)

    def stop(self) -> int:
        """End it as a container is ended, with SIGTERM. Returns its exit code."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(50)
            finally:
                if self.process.poll() is None:
                    os.killpg(self.process.pid, signal.SIGKILL)
        return self.process.wait()


@pytest.fixture
def path_of_an_image(monkeypatch: pytest.MonkeyPatch) -> Path:
    """Put what the images have on PATH: python and the hub's own commands, PostgreSQL, Redis."""
    try:
        binaries, redis = servers.postgres_binaries(), Path(servers.redis_binary()).parent
    except servers.NotToBeHad as reason:
        missing(str(reason))
    folders = [Path(sys.executable).parent, binaries, redis]
    monkeypatch.setenv("PATH", os.pathsep.join([*map(str, folders), os.environ["PATH"]]))
    return binaries


@pytest.fixture
def running(tmp_path: Path, path_of_an_image: Path) -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


@pytest.mark.processes
@pytest.mark.xdist_group("compose")
def test_every_service_runs_and_is_healthy_as_written(tmp_path, path_of_an_image, running):
    db_port, redis_port, web_port = (servers.free_port() for _ in range(3))
    address = f"postgresql://hub:{NEEDED['POSTGRES_PASSWORD']}@127.0.0.1:{db_port}/hub"
    redis_url = f"redis://:{NEEDED['REDIS_PASSWORD']}@127.0.0.1:{redis_port}/0"
    services = compose.load(
        {**NEEDED, "DATABASE_URL": address, "REDIS_URL": redis_url, "REDIS_PORT": str(redis_port)}
    )["services"]

    def start(name: str, folder: Path, identity: dict | None = None, **substituted: str) -> Running:
        folder.mkdir(exist_ok=True)
        env = compose.environment(services[name], **substituted)
        service = Running(name, services[name], env, folder, **(identity or {}))
        running.callback(service.stop)
        return service

    cluster = servers.Cluster.prepare(
        tmp_path / "db",
        user="hub",
        password=services["db"]["environment"]["POSTGRES_PASSWORD"],
        database="hub",
    )
    db = start(
        "db", cluster.folder, cluster.identity, PATH=f"{cluster.binaries}{os.pathsep}{os.environ['PATH']}",
        PGDATA=str(cluster.data), PGPORT=str(db_port),
    )  # fmt: skip
    redis = start("redis", tmp_path / "redis")
    db.wait_until_healthy()
    redis.wait_until_healthy()

    hub = {"HUB_DATA": str(tmp_path / "data")}
    Path(hub["HUB_DATA"]).mkdir()
    static = tmp_path / "static"
    subprocess.run(
        [sys.executable, "manage.py", "collectstatic", "--noinput", "--verbosity", "0"],
        env=compose.environment(services["web"], STATIC_ROOT=str(static), **hub), cwd=ROOT, check=True,
    )  # fmt: skip
    hub["STATIC_ROOT"] = str(static)
    migrate = start("migrate", tmp_path / "migrate", **hub)
    assert migrate.process.wait(120) == 0, migrate.log.read_text()

    web = start("web", tmp_path / "web", GRANIAN_HOST="127.0.0.1", GRANIAN_PORT=str(web_port), **hub)
    worker = start("worker", tmp_path / "worker", **hub)
    assert not worker.healthy()
    beat = start("beat", tmp_path / "beat", **hub)
    for service in (web, worker, beat):
        service.wait_until_healthy()

    assert [service.stop() for service in (beat, worker, web)] == [0, 0, 0]
    assert not web.healthy()


def test_yaml_has_no_service_the_tests_do_not_run():
    assert set(yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]) == {"db", "redis", *HUB}
