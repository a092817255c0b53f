"""The stand-in of LinkedIn, asked as an app asks the real one."""

import re
import time
from urllib.parse import quote

import pytest
import requests

from sandbox.standins import little
from tests.support.calls_linkedin import MEMBER, ORGANIZATION, ask, image, post, state, urn, video, wait_for
from tests.support.standins import RETURN, Visitor, open_account, returned


@pytest.fixture
def me(server, account):
    """A member."""
    return open_account(server, "linkedin", account.handle, host="api.linkedin.com", kind="person")


@pytest.fixture
def page(server, me):
    """An organization that the member administers; its token is the member's."""
    name = me.handle.partition("@")[0] + "-org"
    return open_account(
        server, "linkedin", name, host="api.linkedin.com", kind="organization", owner=me.handle
    )


@pytest.fixture
def other(server, account):
    return open_account(server, "linkedin", f"{account.handle}-two", host="api.linkedin.com", kind="person")


# signing in


def trade(server, me, code, **form):
    asked = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": RETURN,
        "client_id": "practice",
        "client_secret": "practice",
    }
    given = {name: value for name, value in (asked | form).items() if value is not None}
    return me.call("POST", "/oauth/v2/accessToken", host="www.linkedin.com", token="", form=given)


def allow(server, me, scope=MEMBER, **more):
    return Visitor(server, "www.linkedin.com/oauth/v2/authorization").allow(me, scope=scope, **more)


def test_code_becomes_a_token_of_sixty_days_without_refresh(server, me):
    back = allow(server, me)
    assert back["state"] == "s1"
    body = trade(server, me, back["code"]).json()
    assert 5_183_000 < body["expires_in"] <= 5_184_000
    assert body["scope"] == MEMBER.replace(" ", ",")
    assert "refresh_token" not in body
    me.token = body["access_token"]
    info = me.get("/v2/userinfo").json()
    assert info["sub"] == me.id
    assert info["name"]
    assert post(me).status_code == 201


def test_member_cancels(server, me):
    visitor = Visitor(server, "www.linkedin.com/oauth/v2/authorization")
    visitor.open(scope=MEMBER)
    assert returned(visitor.send(cancel="yes"))["error"] == "user_cancelled_authorize"


def test_organizations_that_were_picked_are_listed(server, me, page):
    body = trade(server, me, allow(server, me, f"{MEMBER} {ORGANIZATION}")["code"]).json()
    me.token = page.token = body["access_token"]
    query = {"q": "roleAssignee", "role": "ADMINISTRATOR", "state": "APPROVED"}
    (found,) = ask(me, "GET", "organizationAcls", params=query).json()["elements"]
    assert (found["organization"], found["role"]) == (urn(page), "ADMINISTRATOR")
    told = ask(me, "GET", f"organizations/{page.id}").json()
    assert told["localizedName"]
    assert post(page).status_code == 201


def test_organizations_that_were_not_picked_are_out_of_reach(server, me, page):
    back = allow(server, me, f"{MEMBER} {ORGANIZATION}", untick=(f"pick-{page.id}",))
    page.token = trade(server, me, back["code"]).json()["access_token"]
    assert ask(page, "GET", "organizationAcls", params={"q": "roleAssignee"}).json()["elements"] == []
    assert post(page).status_code == 403


def test_revoked_token_says_so(server, me):
    form = {"client_id": "practice", "client_secret": "practice", "token": me.token}
    assert (
        me.call("POST", "/oauth/v2/revoke", host="www.linkedin.com", token="", form=form).status_code == 200
    )
    answer = post(me)
    assert (answer.status_code, answer.json()["code"]) == (401, "REVOKED_ACCESS_TOKEN")


def used(server, me):
    code = allow(server, me)["code"]
    trade(server, me, code)
    return trade(server, me, code)


# "Authorization Code Flow (3-legged OAuth)"
TRADES = {
    "used code": (used, 400, "invalid_request"),
    "unknown code": (lambda server, me: trade(server, me, "x"), 400, "invalid_request"),
    "no code": (lambda server, me: trade(server, me, None), 400, "invalid_request"),
    "other return address": (
        lambda server, me: trade(server, me, allow(server, me)["code"], redirect_uri=RETURN + "x"),
        400,
        "invalid_request",
    ),
    "wrong secret": (lambda server, me: trade(server, me, "x", client_secret="x"), 401, "invalid_client"),
    "no secret": (lambda server, me: trade(server, me, "x", client_secret=None), 400, "invalid_request"),
    "refresh": (
        lambda server, me: trade(server, me, None, grant_type="refresh_token", refresh_token="x"),
        400,
        "invalid_grant",
    ),
}


@pytest.mark.parametrize("name", TRADES)
def test_trade_is_refused(server, me, name):
    run, status, error = TRADES[name]
    answer = run(server, me)
    assert (answer.status_code, answer.json()["error"]) == (status, error)


# posting


def test_post_is_named_in_a_header_and_has_no_body(me):
    answer = post(me, "Hello from practice")
    assert (answer.status_code, answer.content) == (201, b"")
    assert re.fullmatch(r"urn:li:share:\d+", answer.headers["x-restli-id"])
    (made,) = me.commits()
    assert (made["id"], made["text"]) == (answer.headers["x-restli-id"], "Hello from practice")


@pytest.mark.parametrize(
    ("commentary", "text"),
    [
        (r"Tea \(hot\) \#1 \@ home, a\\b", r"Tea (hot) #1 @ home, a\b"),
        ("A #tag and {hashtag|\\#|other}", "A #tag and #other"),
        ("With @[Our \\(own\\) page](urn:li:organization:1)", "With Our (own) page"),
        ("All is well (at first) here", "All is well "),
        ("Bold *text*", "Bold "),
        ("Half of an_underscore", "Half of an"),
        ("Snow ❄ and 家 – fine", "Snow ❄ and 家 – fine"),
    ],
)
def test_what_is_not_escaped_ends_the_post(me, commentary, text):
    assert little.read(commentary)[0] == text
    post(me, commentary)
    assert me.commits()[0]["text"] == text


def test_duplicate_names_the_original_even_when_it_is_deleted(me):
    first = post(me, "Same").headers["x-restli-id"]
    assert ask(me, "DELETE", f"posts/{quote(first, safe='')}").status_code == 204
    answer = post(me, "Same")
    (error,) = answer.json()["errorDetails"]["inputErrors"]
    assert (answer.status_code, error["code"]) == (422, "DUPLICATE_POST")
    assert error["description"] == f"Content is a duplicate of {first}"
    me.trait(duplicates_refused_for=0)
    assert post(me, "Same").status_code == 201


def test_deleting_again_succeeds(page):
    path = f"posts/{quote(post(page).headers['x-restli-id'], safe='')}"
    assert [ask(page, "DELETE", path).status_code for _ in range(2)] == [204, 204]
    assert ask(page, "GET", path).status_code == 404


def test_pictures_and_link_are_kept(page):
    one, two = wait_for(page, image(page)), wait_for(page, image(page))
    assert post(page, "One", content={"media": {"id": one, "altText": "Teal"}}).status_code == 201
    several = {"multiImage": {"images": [{"id": one, "altText": "A"}, {"id": two, "altText": "B"}]}}
    made = post(page, "Two", content=several)
    assert made.headers["x-restli-id"].startswith("urn:li:ugcPost:")
    article = {"source": "https://example.org/", "title": "Example", "description": "", "thumbnail": two}
    assert post(page, "Link", content={"article": article}).status_code == 201
    first, second, third = page.commits()
    assert [item["alt"] for item in first["media"] + second["media"]] == ["Teal", "A", "B"]
    assert third["link"] == "https://example.org/"


def test_video_is_put_in_parts_and_processed(page):
    media = video(page)
    assert state(page, media) == "PROCESSING"
    early = post(page, "Film", content={"media": {"id": media, "title": "Film"}})
    assert early.json()["errorDetails"]["inputErrors"][0]["code"] == "MEDIA_ASSET_WAITING_UPLOAD"
    wait_for(page, media)
    made = post(page, "Film", content={"media": {"id": media, "title": "Film"}})
    assert made.headers["x-restli-id"].startswith("urn:li:ugcPost:")


def test_picture_that_is_none_fails_in_processing(page):
    media = image(page, b"not a picture")
    assert state(page, media) == "PROCESSING_FAILED"
    answer = post(page, "x", content={"media": {"id": media}})
    assert answer.json()["errorDetails"]["inputErrors"][0]["code"] == "MEDIA_ASSET_PROCESSING_FAILED"


def test_organization_lists_its_posts_as_they_were_written(page):
    made = [post(page, text).headers["x-restli-id"] for text in ("One", r"Two \(2\)", "Three")]
    query = {"q": "author", "author": urn(page), "count": 2, "sortBy": "LAST_MODIFIED"}
    first = ask(page, "GET", "posts", params=query).json()["elements"]
    assert [one["id"] for one in first] == made[:0:-1]
    assert first[1]["commentary"] == r"Two \(2\)"
    assert abs(first[0]["createdAt"] / 1000 - time.time()) < 10
    rest = ask(page, "GET", "posts", params=query | {"start": 2}).json()["elements"]
    assert [one["id"] for one in rest] == made[:1]


def test_comment_answers_ones_own_post_in_plain_text(page):
    parent = post(page, "Part one").headers["x-restli-id"]
    body = {"actor": urn(page), "object": parent, "message": {"text": "Part two (plain)"}}
    answer = ask(page, "POST", f"socialActions/{quote(parent, safe='')}/comments", json=body)
    assert answer.status_code == 201
    assert answer.json()["commentUrn"].startswith(f"urn:li:comment:({parent},")
    assert [one["text"] for one in page.commits()] == ["Part one", "Part two (plain)"]
    query = {"q": "author", "author": urn(page)}
    assert [one["id"] for one in ask(page, "GET", "posts", params=query).json()["elements"]] == [parent]


def test_figures_of_organization_and_member(me, page):
    made = post(page, "Figures").headers["x-restli-id"]
    query = f"q=organizationalEntity&organizationalEntity={quote(urn(page))}&shares=List({quote(made)})"
    elements = ask(page, "GET", f"organizationalEntityShareStatistics?{query}").json()["elements"]
    assert all("impressionCount" in one["totalShareStatistics"] for one in elements)
    size = ask(page, "GET", f"networkSizes/{quote(urn(page), safe='')}?edgeType=COMPANY_FOLLOWED_BY_MEMBER")
    assert size.json()["firstDegreeSize"] > 0
    own = post(me, "Mine").headers["x-restli-id"]
    query = {"q": "entity", "entity": f"(share:{own})", "queryType": "IMPRESSION", "aggregation": "TOTAL"}
    (figure,) = ask(me, "GET", "memberCreatorPostAnalytics", params=query).json()["elements"]
    assert figure["count"] >= 0


# the network's rules


def test_rules_of_the_organization_cover_its_calls(server, page):
    server.faults(page.misbehaves("accept_then_drop"))
    with pytest.raises(requests.ConnectionError):
        post(page, "Lost")
    answer = post(page, "Lost")
    assert page.commits()[0]["id"] in answer.text


def test_rules_apply_in_the_shape_of_the_platform(server, me):
    server.faults(me.misbehaves("rate_limit", match={"path": "/api/posts", "method": "POST"}))
    answer = post(me)
    assert (answer.status_code, answer.json()["code"]) == (429, "TOO_MANY_REQUESTS")
    assert "Retry-After" not in answer.headers
