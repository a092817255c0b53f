"""Looking changes nothing, changing wants a form of ours, and no answer leads away from this hub."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urljoin, urlsplit

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from posts import connecting
from tests.access import matrix
from tests.access.asking import NOBODY, tell
from tests.access.stage import at_lisbon
from tests.access.table import GET, POST
from tests.access.urlconf import walk
from tests.support.cast import PASSWORD

pytestmark = pytest.mark.django_db

# Who is let in to each kind of page.
SOMEBODY = {"chapter": "lucia", "central": "cleo", "hub": "cleo", "signed_in": "lucia", "public": NOBODY}

EXCUSED = {"notice_stop"}  # a signed token stands for the form's proof
TAKES_POST = sorted(
    {row.name for _kind, row in matrix.ROWS if row.method == POST and not row.is_closed} - EXCUSED
)
TAKES_GET = sorted({row.name for _kind, row in matrix.ROWS if row.method == GET and not row.is_closed})

# What a GET keeps in the session, and why.
KEPT_BY_LOOKING = {
    "chapter_home": "the chapter one looked at last, for the next visit",
    "invitation": "which invitation was opened, for the sign-up that follows",
    "connection_link": "which link was opened, for the pages that follow",
    "connected": "a sentence about what came of it, for the page that it leads to",
    "post_edit": "why it cannot be changed now, for the page that it leads to",
}
# What a GET writes, and why.
WRITTEN_BY_LOOKING = {"connected": "platforms send people back by GET; the state is theirs and works once"}


def rows_of(name, method):
    return [(kind, row) for kind, row in matrix.BY_NAME[name] if row.method == method and not row.is_closed]


# ---- looking


@pytest.mark.parametrize("name", TAKES_GET)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_looking_writes_nothing_but_what_is_said_here(stage, asker, name, method):
    wrong = []
    for kind, row in rows_of(name, GET):
        for who in {SOMEBODY[kind], "ana" if kind == "chapter" else SOMEBODY[kind]}:
            path = at_lisbon(stage, kind, row, who)
            answer = asker.ask(who, method, path)
            if answer.wrote:
                wrong.append(f"{method} {path} as {who} writes {sorted(answer.wrote)}")
            if answer.kept_in_session and name not in KEPT_BY_LOOKING:
                wrong.append(f"{method} {path} as {who} keeps something in the session")
    tell(wrong)


def begun(stage):
    """A connection that Lucia began: the address to which the platform sends her back."""
    party = connecting.Party(stage.cast.lisbon, person=stage.cast.lucia)
    address = connecting.begin(party=party, platform="sandbox")
    return {"state": parse_qs(urlsplit(address).query)["state"][0]}


def test_coming_back_from_a_platform_is_the_one_get_that_writes(stage, asker):
    state = begun(stage)["state"]
    assert set(WRITTEN_BY_LOOKING) == {"connected"}
    assert asker.ask("lucia", GET, f"/connected/?state={state}&code=abc").wrote == {"posts_connectionattempt"}


@pytest.mark.parametrize("who", ["eduardo", "paulo", "cleo", "ada"])
def test_nobody_else_can_come_back_in_her_place(stage, asker, who):
    state = begun(stage)["state"]
    answer = asker.ask(who, GET, f"/connected/?state={state}&code=abc")
    assert (answer.location, answer.wrote) == ("/", set())


def test_coming_back_without_a_code_ends_what_was_begun_and_no_more(stage, asker):
    state = begun(stage)["state"]
    wrote = asker.ask("lucia", GET, f"/connected/?state={state}&error=access_denied").wrote
    assert wrote == {"posts_connectionattempt"}


# ---- forms of ours


@pytest.mark.parametrize("name", TAKES_POST)
def test_a_post_without_our_forms_proof_is_refused(stage, asker, name):
    for kind, row in rows_of(name, POST):
        who = SOMEBODY[kind]
        path = at_lisbon(stage, kind, row, who)
        for headers in ({}, {"HX-Request": "true"}, {"X-CSRFToken": "x" * 32}):
            answer = asker.ask(who, POST, path, {"csrfmiddlewaretoken": "y" * 32}, csrf=True, **headers)
            assert answer.status == 403, path
            assert "This form was too old" in answer.text
            assert not answer.wrote, path
    assert asker.changed() == {}


LIBRARY_POSTS = sorted(
    {
        a.path
        for a in walk()
        if not a.is_ours and "^" not in a.path and "(?P" not in a.path and "<path:content" not in a.path
    }
)


def test_the_libraries_forms_want_their_proof_too(asker):
    wrong = []
    for path in LIBRARY_POSTS:
        example = "/" + path.replace("<path:object_id>", "1").replace("<int:pk>", "1")
        answer = asker.ask("ada", POST, example, {"action": "erase"}, csrf=True)
        if answer.status != 403 or answer.wrote:
            wrong.append(f"POST {example}: {answer.status} {sorted(answer.wrote)}")
    tell(wrong)


@pytest.fixture
def page_of_lucia(stage, asker):
    """A browser of Lucia's that checks as real ones are checked, and the proof in a form it was shown."""
    client = Client(enforce_csrf_checks=True)
    client.cookies["hub_session"] = stage.cookies["lucia"]
    page = client.get("/me/").text
    return client, re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)[1]


def test_our_own_form_is_taken(page_of_lucia):
    client, proof = page_of_lucia
    assert client.post("/theme/", {"theme": "dark", "csrfmiddlewaretoken": proof}).status_code == 302


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://testserver.evil.example"])
def test_another_sites_form_is_not(page_of_lucia, origin):
    client, proof = page_of_lucia
    form = {"theme": "dark", "csrfmiddlewaretoken": proof}
    assert client.post("/theme/", form, headers={"Origin": origin}).status_code == 403


# ---- staying here

HOSTILE = [
    "https://evil.example/",
    "http://evil.example",
    "HTTPS://EVIL.EXAMPLE/",
    "//evil.example/",
    "///evil.example/",
    "////evil.example/",
    "/\\evil.example/",
    "\\\\evil.example/",
    "\\/evil.example",
    "/\t/evil.example/",
    "\t//evil.example/",
    " //evil.example/",
    "/\n/evil.example",
    "\x00//evil.example",
    "\x08//evil.example",
    "http:evil.example",
    "http:/evil.example",
    "http:///evil.example/",
    "https:\\\\evil.example",
    "https://testserver@evil.example/",
    "https://testserver:80@evil.example/",
    "https://evil.example#@testserver/",
    "https://evil.example\\.testserver/",
    "//testserver.evil.example/",
    "//evil%E3%80%82example/",
    "//evil。example/",
    "http://[::1]/",
    "http://[evil",
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "ftp://testserver/",
    "./\r\nLocation: https://evil.example/",
    "/%0d%0aLocation:%20https://evil.example/",
]


def leaves(location: str) -> bool:
    """Whether a browser that is told to go to `location` would leave the hub."""
    seen = re.sub(r"[\t\r\n]", "", location.strip("".join(map(chr, range(33))))).replace("\\", "/")
    # browsers take any number of slashes, also none, for the two before a host
    seen = re.sub(r"^(https?:)/*", r"\1//", re.sub(r"^/{2,}", "//", seen), flags=re.IGNORECASE)
    try:
        goes_to = urlsplit(urljoin("http://testserver/me/", seen))
    except ValueError:
        return True
    return (goes_to.scheme, goes_to.netloc) not in {("http", "testserver"), ("https", "testserver")}


def test_the_browser_of_this_test_knows_what_leaves():
    stay = {each for each in HOSTILE if not leaves(each)}
    assert stay == {each for each in HOSTILE if "Location:" in each}  # harmless but for what they smuggle in
    assert not any(
        leaves(each) for each in ("/", "/me/", "?a=b", "../x", "me", "http://testserver/c/lisbon/")
    )


def stays(answer, sent):
    return not (300 <= answer.status_code < 400 and leaves(answer["Location"])), f"{sent!r}: {answer.headers}"


@pytest.mark.parametrize("hostile", HOSTILE)
def test_no_way_back_leads_away(stage, asker, hostile):
    """The pages that read where to go next."""
    cache.clear()  # sign-in is limited by address
    signed_in, nobody = Client(), Client()
    signed_in.cookies["hub_session"] = stage.cookies["lucia"]
    credentials = {"login": "vera@example.org", "password": PASSWORD, "next": hostile}
    answers = [
        signed_in.post("/theme/", {"theme": "dark", "next": hostile}),
        signed_in.get("/account/login/", {"next": hostile}),
        signed_in.get("/account/signup/", {"next": hostile}),
        signed_in.get("/account/reauthenticate/", {"next": hostile}),
        signed_in.post("/account/reauthenticate/", {"password": PASSWORD, "next": hostile}),
        nobody.post("/account/login/", credentials),
        nobody.post("/account/logout/", {"next": hostile}),
        nobody.get("/admin/login/", {"next": hostile}),
        nobody.get("/account/login/", {"next": hostile}),
    ]
    for answer in answers:
        stayed, why = stays(answer, hostile)
        assert stayed, why
        assert answer.status_code < 500
    for link in re.findall(r'(?:href|action|src)="([^"]*)"', answers[-1].text):
        assert not leaves(link), link


def test_signing_in_goes_on_to_a_page_of_ours(stage, asker):
    cache.clear()
    answer = Client().post(
        "/account/login/", {"login": "vera@example.org", "password": PASSWORD, "next": "/me/"}
    )
    assert answer["Location"] == "/me/"


@pytest.mark.parametrize("hostile", HOSTILE)
def test_no_notice_leads_away(stage, asker, hostile):
    notice = stage.notices["lucia"]
    type(notice).objects.filter(pk=notice.pk).update(path=hostile.replace("\x00", ""))
    answer = asker.ask("lucia", POST, reverse("notice_open", args=[notice.pk]))
    assert answer.status == 302
    assert not leaves(answer.location), hostile


@pytest.mark.parametrize("name", sorted(matrix.BY_NAME))
def test_no_address_listens_to_a_hostile_next(stage, asker, name):
    hostile = "//evil.example/"
    for kind, row in matrix.BY_NAME[name]:
        who = SOMEBODY[kind]
        path = at_lisbon(stage, kind, row, who)
        query = f"{'&' if '?' in path else '?'}next={hostile}&back={hostile}&return={hostile}&url={hostile}"
        answer = asker.ask(
            who, row.method, path + query, {"next": hostile} if row.method == POST else None,
            Referer="https://evil.example/", **{"X-Forwarded-Host": "evil.example"},
        )  # fmt: skip
        assert not leaves(answer.location), path
        assert "evil.example/" not in re.sub(r'value="[^"]*"', "", answer.text).replace("?next=", ""), path
