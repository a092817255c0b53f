"""The Mastodon adapter with snac 2.75, a real server that is not Mastodon: it ignores the key, has no
`/api/v2/instance` and validates next to nothing. What is certain there comes from reading back."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from posts.platforms.base import (
    Content,
    Count,
    Credentials,
    InvalidContent,
    NotFound,
    PlatformError,
    ReplyTo,
    UnknownOutcome,
)
from posts.platforms.egress import Egress
from posts.platforms.http import Http
from posts.platforms.mastodon import MastodonAdapter
from tests.support import proxy, servers
from tests.support.proxy import Proxy

pytestmark = pytest.mark.platforms

BINARY = Path(__file__).parents[3] / ".cache/snac/usr/bin/snac"
BACK = "http://127.0.0.1:8000/connected/"
VERIFIER = "a-verifier-that-is-long-enough-for-anybody-who-counts"
PASSWORD = re.compile(r"User password is (\S+)")


@dataclass(frozen=True)
class Snac:
    host: str
    password: str


@pytest.fixture(scope="module")
def snac(tmp_path_factory, start_server) -> Snac:
    if not BINARY.exists():
        pytest.skip("snac is not here; `make test-platforms` brings it")
    data, port = tmp_path_factory.mktemp("snac") / "data", servers.free_port()
    host = f"127.0.0.1:{port}"
    run([str(BINARY), "init", str(data)], f"127.0.0.1\n{port}\n{host}\n\n\n")
    settings = json.loads((data / "server.json").read_text()) | {"protocol": "http"}
    (data / "server.json").write_text(json.dumps(settings))
    said = run([str(BINARY), "adduser", str(data), "berta"], "berta\n")
    start_server([str(BINARY), "httpd", str(data)], url=f"http://{host}/berta", what="snac")
    return Snac(host, PASSWORD.search(said)[1])


def run(command: list[str], typed: str) -> str:
    done = subprocess.run(command, input=typed, capture_output=True, text=True, check=True, timeout=30)
    return done.stdout + done.stderr


@pytest.fixture
def adapter() -> MastodonAdapter:
    return MastodonAdapter(Http(Egress(allow_loopback=True)), poll_seconds=0.05)


@pytest.fixture
def connection(snac, adapter):
    """Connected as a person would: the server's own sign-in page, filled in."""
    app = adapter.register_app(snac.host, redirect_uri=BACK, deadline=5)
    url = adapter.authorize_url(snac.host, app, redirect_uri=BACK, state="state-1", code_verifier=VERIFIER)
    page = requests.get(url, timeout=5).text
    form = dict(re.findall(r'name="([^"]+)"[^>]* value="([^"]*)"', page))
    action = re.search(r'action="([^"]+)"', page)[1]
    typed = {"login": "berta", "passwd": snac.password}
    back = requests.post(action, data=form | typed, allow_redirects=False, timeout=5)
    query = parse_qs(urlsplit(back.headers["Location"]).query)
    assert query["state"] == ["state-1"]
    (found,) = adapter.exchange(
        snac.host, app, code=query["code"][0], redirect_uri=BACK, code_verifier=VERIFIER, deadline=5
    )
    return found


@pytest.fixture
def access(snac, connection) -> Credentials:
    return access_at(snac.host, connection)


def access_at(host: str, connection) -> Credentials:
    profile = connection.profile
    return Credentials(host, profile.external_id, connection.tokens, connection.capabilities)


@pytest.fixture
def between(snac) -> Iterator[Proxy]:
    with Proxy(("127.0.0.1", int(snac.host.partition(":")[2]))) as found:
        yield found


def texts(adapter, access, content) -> list[str]:
    since = datetime.now(UTC) - timedelta(minutes=5)
    shown = adapter.read_back(content, access, staged={}, key="", since=since, deadline=5)
    return [post.text for post in shown.posts if post.text == content.text]


def test_server_is_known_by_what_it_says_and_is_not_trusted_with_keys(connection):
    assert connection.profile.handle.startswith("@berta@")
    assert connection.capabilities["software"] == "snac"
    assert connection.capabilities["honours_key"] is False
    assert connection.capabilities["text_max"] > 500


def test_pictures_are_asked_for_as_jpeg_first(adapter, connection):
    assert adapter.limits(connection.capabilities).image_types[0] == "image/jpeg"


def test_post_with_link_and_hashtag_is_found_word_for_word(adapter, access):
    content = Content("Repair café on Saturday https://example.org/a?b=1 #repair", language="en")

    published = adapter.publish(content, access, staged={}, key="k-1", deadline=5)

    assert published.external_id
    assert published.permalink.startswith(f"http://{access.host}/berta/")
    assert texts(adapter, access, content) == [content.text]


def test_picture_arrives_with_its_description(adapter, access, picture):
    content = Content("With a picture", images=(picture("p-1", alt="A red square"),))

    staged = adapter.stage(content, access, staged={}, deadline=10)
    published = adapter.publish(content, access, staged=staged, key="k-2", deadline=5)

    url = f"http://{access.host}/api/v1/statuses/{published.external_id}"
    headers = {"Authorization": f"Bearer {access.tokens['access_token']}"}
    (attached,) = requests.get(url, headers=headers, timeout=5).json()["media_attachments"]
    assert attached["description"] == "A red square"


def test_repeated_key_makes_a_second_post_there(adapter, access):
    """Why nothing here relies on keys alone."""
    content = Content("Twice with one key")
    for _ in range(2):
        adapter.publish(content, access, staged={}, key="same", deadline=5)

    assert len(texts(adapter, access, content)) == 2


def test_lost_answer_is_a_doubt_that_reading_back_settles(adapter, access, between, connection):
    content = Content("The answer to this was lost")
    between.on("POST", "/api/v1/statuses$", proxy.commit_then_drop, times=1)
    through = access_at(between.host, connection)

    with pytest.raises(UnknownOutcome):
        adapter.publish(content, through, staged={}, key="k-3", deadline=5)

    assert texts(adapter, access, content) == [content.text]


def test_thread_hangs_together(adapter, access):
    first = adapter.publish(Content("Part one"), access, staged={}, key="k-4", deadline=5)
    content = Content("Part two", reply_to=ReplyTo(first, first))

    adapter.publish(content, access, staged={}, key="k-5", deadline=5)

    assert adapter.post_counts([first.external_id], access, deadline=5)[first.external_id][Count.REPLIES] == 1


def test_post_that_the_server_does_not_remove_is_not_called_removed(adapter, access):
    """snac answers 404 to a deletion and keeps the post."""
    published = adapter.publish(Content("Here to stay"), access, staged={}, key="k-6", deadline=5)

    with pytest.raises(PlatformError, match="Remove it there"):
        adapter.take_down(published.external_id, access, deadline=5)


def test_account_tells_its_counts(adapter, access):
    assert adapter.account_counts(access, deadline=5)[Count.FOLLOWERS] == 0


def test_bad_token_is_refused_access(adapter, access):
    refused = Credentials(access.host, access.external_id, {"access_token": "wrong"}, access.capabilities)

    with pytest.raises(PlatformError) as caught:
        adapter.publish(Content("x"), refused, staged={}, key="k-7", deadline=5)

    assert caught.value.outcome == "auth"
    assert not isinstance(caught.value, InvalidContent | NotFound)
