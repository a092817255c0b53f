"""Servers for the adapter tests. Nothing here touches Django or its database."""

from __future__ import annotations

import io
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import hypothesis
import PIL.Image
import pytest
import requests

from posts.platforms.base import Adapter, Content, Credentials, Image, ReadBack
from posts.platforms.bluesky import BlueskyAdapter
from posts.platforms.egress import Egress
from posts.platforms.http import Http
from posts.platforms.mastodon import MastodonAdapter
from posts.platforms.registry import PlatformConfig
from posts.platforms.sandbox import SandboxAdapter
from tests.support import servers
from tests.support.pds.server import Account, Internet, Pds
from tests.support.proxy import Proxy

ADMIN_KEY = "adapter-tests"
# Examples run as long as they need: the machine may be busy.
hypothesis.settings.register_profile("patient", deadline=None)
hypothesis.settings.load_profile("patient")

LISTED = r"/api/v1/accounts/[^/]+/statuses\?"
LIMITS = {"text_max": 500, "url_length": 23}


def _answers(url: str) -> Callable[[], bool]:
    def ask() -> bool:
        try:
            return requests.get(url, timeout=1).status_code < 500
        except requests.RequestException:
            return False

    return ask


@pytest.fixture(scope="session")
def start_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., None]]:
    """Starts a server program of these tests and waits until `url` answers; ends it with the session."""
    running: list[subprocess.Popen] = []

    def start(arguments: list[str], *, url: str, what: str, **options: Any) -> None:
        log = tmp_path_factory.mktemp("server") / "log"
        with log.open("wb") as out:
            process = subprocess.Popen(
                arguments,
                stdout=out,
                stderr=subprocess.STDOUT,
                preexec_fn=servers.dies_with_us(9),
                **options,
            )
        running.append(process)
        servers.wait_for(_answers(url), process, what, log)

    yield start
    for process in running:
        process.terminate()
    for process in running:
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:  # snac waits for its idle connections
            process.kill()
            process.wait(10)


@pytest.fixture(scope="session")
def sandbox_front() -> Iterator[Proxy]:
    with Proxy() as proxy:
        yield proxy


@pytest.fixture(scope="session")
def mastodon_front() -> Iterator[Proxy]:
    with Proxy() as proxy:
        yield proxy


@pytest.fixture(scope="session")
def sandbox_server(start_server, sandbox_front: Proxy, tmp_path_factory) -> Proxy:
    """The practice network as a process of its own, behind a proxy that can break things."""
    port = servers.free_port()
    data = tmp_path_factory.mktemp("sandbox")
    arguments = [sys.executable, "-m", "sandbox", "--port", str(port), "--data", str(data), "--no-fsync"]
    arguments += ["--admin-key", ADMIN_KEY, "--public-url", sandbox_front.url]
    url = f"http://127.0.0.1:{port}/"
    start_server(
        arguments, url=url, what="the practice network", cwd=Path(__file__).parents[3], close_fds=True
    )
    sandbox_front.target = ("127.0.0.1", port)
    return sandbox_front


@pytest.fixture(scope="session")
def mastodon_server(start_server, mastodon_front: Proxy, tmp_path_factory) -> Proxy:
    """mastodon_mock, a stateful mock of Mastodon's API by others, behind the same kind of proxy."""
    port = servers.free_port()
    program = Path(sys.executable).with_name("mastodon_mock")
    arguments = [str(program), "serve", "--in-memory", "--port", str(port), "--domain", mastodon_front.host]
    folder = tmp_path_factory.mktemp("mastodon")
    start_server(arguments, url=f"http://127.0.0.1:{port}/api/v2/instance", what="mastodon_mock", cwd=folder)
    mastodon_front.target = ("127.0.0.1", port)
    return mastodon_front


@dataclass
class Rig:
    """One adapter with a real server behind a proxy, seen from outside by `posts`."""

    adapter: Adapter
    server: Proxy
    credentials: Credentials
    posts: Callable[[], list[dict[str, Any]]]  # newest first: text, images as alt texts
    publish_path: str
    media_path: str
    list_path: str

    def publish(self, content: Content, *, key: str, deadline: float = 5, staged: dict | None = None):
        staged = self.adapter.stage(content, self.credentials, staged=staged or {}, deadline=deadline)
        return self.adapter.publish(content, self.credentials, staged=staged, key=key, deadline=deadline)

    def look(
        self,
        content: Content,
        *,
        key: str = "",
        staged: dict | None = None,
        since: timedelta = timedelta(minutes=-1),
        deadline: float = 5,
        credentials: Credentials | None = None,
    ) -> ReadBack:
        """Read the account back; `since` counts from now."""
        credentials = credentials or self.credentials
        moment = datetime.now(UTC) + since
        return self.adapter.read_back(
            content, credentials, staged=staged or {}, key=key, since=moment, deadline=deadline
        )


@pytest.fixture
def sandbox_rig(sandbox_server: Proxy) -> Iterator[Rig]:
    sandbox_server.clear()
    account = requests.post(
        f"{sandbox_server.url}/admin/accounts",
        headers={"Authorization": f"Bearer {ADMIN_KEY}"},
        json={"handle": "contract", "name": "Contract"},
        timeout=5,
    ).json()
    headers = {"Authorization": f"Bearer {account['token']}"}
    target = "http://{}:{}".format(*sandbox_server.target)

    def posts() -> list[dict[str, Any]]:
        found = requests.get(f"{target}/api/posts", headers=headers, timeout=5).json()["posts"]
        return [{"text": one["text"], "alts": [item["alt"] for item in one["media"]]} for one in found]

    http = Http(Egress(allow_loopback=True, origin=sandbox_server.url))
    credentials = Credentials("", account["id"], {"access_token": account["token"]}, LIMITS)
    adapter = SandboxAdapter(http, base_url=sandbox_server.url)
    sandbox_server.clear()
    yield Rig(adapter, sandbox_server, credentials, posts, "/api/posts$", "/api/media$", r"/api/posts\?")
    sandbox_server.clear()
    http.close()


@pytest.fixture
def mastodon_rig(mastodon_server: Proxy) -> Iterator[Rig]:
    mastodon_server.clear()
    headers = {"Authorization": "Bearer mock_token"}
    target = "http://{}:{}".format(*mastodon_server.target)
    me = requests.get(f"{target}/api/v1/accounts/verify_credentials", headers=headers, timeout=5).json()

    def posts() -> list[dict[str, Any]]:
        url = f"{target}/api/v1/accounts/{me['id']}/statuses?limit=40"
        found = requests.get(url, headers=headers, timeout=5).json()
        alts = [[item["description"] for item in one["media_attachments"]] for one in found]
        source = [f"{target}/api/v1/statuses/{one['id']}/source" for one in found]
        texts = [requests.get(url, headers=headers, timeout=5).json()["text"] for url in source]
        return [{"text": text, "alts": alt} for text, alt in zip(texts, alts, strict=True)]

    http = Http(Egress(allow_loopback=True))
    credentials = Credentials(mastodon_server.host, me["id"], {"access_token": "mock_token"}, LIMITS)
    adapter = MastodonAdapter(http, poll_seconds=0.05)
    mastodon_server.clear()
    yield Rig(adapter, mastodon_server, credentials, posts, "/api/v1/statuses$", "/api/v2/media$", LISTED)
    mastodon_server.clear()
    http.close()


@pytest.fixture(scope="session")
def pds(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pds]:
    """Bluesky's own server; only for tests marked `platforms`."""
    server = Pds(tmp_path_factory.mktemp("pds"))
    yield server
    server.stop()


@pytest.fixture(scope="session")
def internet(pds: Pds) -> Iterator[Internet]:
    internet = Internet(pds)
    yield internet
    internet.close()


@pytest.fixture(scope="session")
def anna(pds: Pds) -> Account:
    return pds.account("anna")


@pytest.fixture(scope="session")
def bluesky(internet: Internet, anna: Account) -> Iterator[tuple[BlueskyAdapter, Credentials]]:
    """The adapter and Anna's account as the hub has it, connected once: sign-ins are limited."""
    http = Http(Egress(allow_loopback=True, origin=internet.front.url), stand_in=internet.url)
    adapter = BlueskyAdapter(http)
    host, connection = adapter.log_in(anna.handle, anna.app_password, deadline=10)
    yield adapter, Credentials(host, connection.profile.external_id, connection.tokens)
    http.close()


@pytest.fixture
def bluesky_rig(bluesky, internet: Internet, pds: Pds) -> Iterator[Rig]:
    adapter, credentials = bluesky

    def posts() -> list[dict[str, Any]]:
        values = [record["value"] for record in pds.records(credentials.external_id)]
        images = [value.get("embed", {}).get("images", []) for value in values]
        return [
            {"text": value["text"], "alts": [image["alt"] for image in shown]}
            for value, shown in zip(values, images, strict=True)
        ]

    internet.front.clear()
    repo = r".*/xrpc/com.atproto.repo"
    paths = (rf"{repo}.putRecord$", rf"{repo}.uploadBlob$", rf"{repo}.listRecords\?")
    yield Rig(adapter, internet.front, credentials, posts, *paths)
    internet.front.clear()
    internet.pages.clear()


@pytest.fixture
def scripted_bluesky(lone: Proxy) -> Iterator[BlueskyAdapter]:
    """The adapter with `lone` as every server of its network. No name leads anywhere: handles have no web
    server of their own."""

    def nobody(host: str, port: int) -> list[str]:
        raise OSError

    http = Http(Egress(allow_loopback=True), resolver=nobody)
    yield BlueskyAdapter(http, plc=f"{lone.url}/plc", entryway=lone.host, appview=lone.host)
    http.close()


@pytest.fixture(params=["sandbox", "mastodon"])
def rig(request: pytest.FixtureRequest) -> Rig:
    return request.getfixturevalue(f"{request.param}_rig")


@pytest.fixture
def lone() -> Iterator[Proxy]:
    """A server of its own that knows nothing but what a test tells it."""
    with Proxy() as proxy:
        yield proxy


@pytest.fixture
def client() -> Iterator[Http]:
    http = Http(Egress(allow_loopback=True))
    yield http
    http.close()


@pytest.fixture(scope="session")
def picture() -> Callable[..., Image]:
    """Makes images: `picture("uid", alt="...")`."""

    def make(uid: str, alt: str = "", colour: str = "teal", mime: str = "image/png") -> Image:
        buffer = io.BytesIO()
        PIL.Image.new("RGB", (32, 24), colour).save(buffer, mime.partition("/")[2].upper())
        data = buffer.getvalue()
        return Image(uid, mime, 32, 24, len(data), alt, lambda: data)

    return make


@pytest.fixture
def config() -> PlatformConfig:
    return PlatformConfig(allow_loopback=True, sandbox_url="http://127.0.0.1:9", app_name="Chapter Hub")
