"""Connecting LinkedIn accounts and reading them, against scripted answers. No Django, no database."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from posts.platforms.base import (
    AppKeys,
    AuthExpired,
    ConfigError,
    Content,
    Count,
    Credentials,
    InvalidContent,
    Listing,
    Outcome,
    PermissionMissing,
    QuotaExhausted,
    RateLimited,
    Transient,
)
from posts.platforms.linkedin import LinkedInAdapter
from posts.platforms.linkedin_signin import SCOPES
from posts.publishing import matching
from tests.posts.platforms.central import BACK, CANARY, VERIFIER, failure, script, standing_in
from tests.support.proxy import Proxy, Reply, not_json

TOKEN = "POST www.linkedin.com/oauth/v2/accessToken$"
USERINFO = "GET api.linkedin.com/v2/userinfo$"
ACLS = r"GET api.linkedin.com/rest/organizationAcls\?"
NAMES = "GET api.linkedin.com/rest/organizations/"
LIST = r"GET api.linkedin.com/rest/posts\?"
ORGANIZATION = "urn:li:organization:77"
SINCE = datetime(2026, 11, 25, 10, 0, 0, 400_000, UTC)
MS = round(SINCE.timestamp()) * 1000
TOKENS = {"access_token": CANARY}
ABOUT = {
    "kind": "organization",
    "reads": True,
    "counts": True,
    "name": "Chapter",
    "handle": "Chapter",
    "url": "",
}
CREDENTIALS = Credentials("", ORGANIZATION, TOKENS, ABOUT)
MEMBER = Credentials("", "urn:li:person:abc", TOKENS, {"kind": "member", "reads": False})


@pytest.fixture
def adapter(lone: Proxy):
    http = standing_in(lone)
    yield LinkedInAdapter(http, app=AppKeys("practice", f"{CANARY}-secret"), version="202609")
    http.close()


def grant(*scopes: str, joint: str = ",", **more) -> Reply:
    told = {"access_token": f"{CANARY}-a", "expires_in": 5_184_000, "scope": joint.join(scopes or SCOPES)}
    return Reply.of(200, {**told, **more})


def roles(*numbers: int, field: str = "organization", count: int = 0) -> Reply:
    entries = [{field: f"urn:li:organization:{number}", "state": "APPROVED"} for number in numbers]
    return Reply.of(200, {"elements": entries + [{"odd": 1}] * count})


def behave_well(server: Proxy) -> None:
    """A member who administers one organization and writes for another."""
    server.on("GET", r".*organizationAcls.*role=ADMINISTRATOR", roles(77))
    server.on("GET", r".*organizationAcls.*role=CONTENT_ADMIN", roles(77, 78, field="organizationTarget"))
    server.on(
        "GET", r".*organizations/77$", Reply.of(200, {"localizedName": "Chapter", "vanityName": "chap-ter"})
    )
    script(
        server,
        {
            TOKEN: grant(),
            USERINFO: Reply.of(200, {"sub": "ab-C_1", "name": "Anna Lee"}),
            ACLS: Reply.of(400, {"status": 400}),
            NAMES: Reply.of(403, {"status": 403}),
        },
    )


def exchange(adapter: LinkedInAdapter):
    code = f"{CANARY}-code"
    return adapter.exchange("", None, code=code, redirect_uri=BACK, code_verifier=VERIFIER, deadline=5)


# ---- signing in


def test_the_person_is_sent_to_linkedin(adapter, lone):
    url = adapter.authorize_url("", None, redirect_uri=BACK, state="s1", code_verifier=VERIFIER)
    assert url.startswith(f"{lone.url}/as/www.linkedin.com/oauth/v2/authorization?")
    query = parse_qs(urlsplit(url).query)
    assert query == {
        "response_type": ["code"],
        "client_id": ["practice"],
        "redirect_uri": [BACK],
        "scope": [" ".join(SCOPES)],
        "state": ["s1"],
    }


def test_an_app_without_organizations_asks_for_none(lone):
    own = LinkedInAdapter(
        standing_in(lone), app=AppKeys("a", "b"), version="202609", scopes="openid profile w_member_social"
    )
    url = own.authorize_url("", None, redirect_uri=BACK, state="s", code_verifier=VERIFIER)
    assert parse_qs(urlsplit(url).query)["scope"] == ["openid profile w_member_social"]


def test_a_member_and_the_organizations_can_be_chosen(adapter, lone):
    behave_well(lone)
    member, first, second = exchange(adapter)
    assert member.profile.external_id == "urn:li:person:ab-C_1"
    assert (member.profile.display_name, member.profile.kind) == ("Anna Lee", "member")
    assert adapter.listing(member.capabilities) is Listing.NONE
    assert first.profile.external_id == ORGANIZATION
    assert (first.profile.display_name, first.profile.kind) == ("Chapter", "organization")
    assert first.profile.url == "https://www.linkedin.com/company/chap-ter/"
    assert adapter.listing(first.capabilities) is Listing.COMPLETE
    assert (first.capabilities["role"], first.capabilities["counts"]) == ("ADMINISTRATOR", True)
    assert (second.profile.external_id, second.profile.display_name) == (
        "urn:li:organization:78",
        "Organization 78",
    )
    assert (second.capabilities["role"], second.capabilities["counts"]) == ("CONTENT_ADMIN", False)
    for connection in (member, first, second):
        assert connection.tokens == {"access_token": f"{CANARY}-a"}
        assert connection.expires_in == connection.ends_in == 5_184_000
    form = parse_qs(lone.seen("POST", ".*")[0].body.decode())
    assert form == {
        "grant_type": ["authorization_code"],
        "code": [f"{CANARY}-code"],
        "redirect_uri": [BACK],
        "client_id": ["practice"],
        "client_secret": [f"{CANARY}-secret"],
    }
    assert all(one.headers["LinkedIn-Version"] == "202609" for one in lone.seen("GET", ".*/rest/"))


@pytest.mark.parametrize("joint", [",", " "])
def test_where_only_the_member_was_granted_only_the_member_is_offered(adapter, lone, joint):
    lone.on("POST", ".*accessToken$", grant("openid", "profile", "w_member_social", joint=joint))
    behave_well(lone)
    (member,) = exchange(adapter)
    assert member.profile.kind == "member"
    assert not lone.seen("GET", ".*organizationAcls")


def test_an_app_for_organizations_alone_offers_them_alone(adapter, lone):
    lone.on("POST", ".*accessToken$", grant("w_organization_social", "rw_organization_admin"))
    behave_well(lone)
    assert [one.profile.external_id for one in exchange(adapter)] == [ORGANIZATION, "urn:li:organization:78"]
    assert adapter.listing(exchange(adapter)[0].capabilities) is Listing.NONE


def test_a_right_to_post_without_a_right_to_list_offers_the_member(adapter, lone):
    lone.on("POST", ".*accessToken$", grant("openid", "w_member_social", "w_organization_social"))
    lone.on("GET", ".*organizationAcls", Reply.of(403, {"status": 403}))
    behave_well(lone)
    (member,) = exchange(adapter)
    assert member.profile.kind == "member"


def test_many_organizations_are_read_page_by_page(adapter, lone):
    lone.on("GET", r".*organizationAcls.*role=ADMINISTRATOR.*start=0", roles(1, 2, count=98))
    lone.on("GET", r".*organizationAcls.*role=ADMINISTRATOR.*start=100", roles(3))
    lone.on("GET", r".*organizationAcls", roles())
    behave_well(lone)
    assert [one.profile.external_id[-1] for one in exchange(adapter)[1:]] == ["1", "2", "3"]


@pytest.mark.parametrize("scopes", [("openid",), ("openid", "profile", "r_organization_social")])
def test_an_account_that_may_not_post_is_not_connected(adapter, lone, scopes):
    lone.on("POST", ".*accessToken$", grant(*scopes))
    behave_well(lone)
    assert isinstance(failure(lambda: exchange(adapter)), PermissionMissing)


def test_a_person_without_an_organization_is_told_so(adapter, lone):
    lone.on("POST", ".*accessToken$", grant("w_organization_social"))
    lone.on("GET", ".*organizationAcls", roles())
    behave_well(lone)
    assert isinstance(failure(lambda: exchange(adapter)), InvalidContent)


@pytest.mark.parametrize(
    ("place", "reply", "kind"),
    [
        (".*userinfo", Reply.of(401), AuthExpired),
        (".*userinfo", Reply.of(500), Transient),
        (".*userinfo", Reply.of(200, {"name": "Anna"}), Transient),
        (".*userinfo", Reply.of(200, {"sub": "a:b"}), Transient),
        (".*organizationAcls", Reply.of(403), PermissionMissing),
        (".*organizationAcls", Reply.of(426), ConfigError),
        (".*organizationAcls", Reply.of(400, {"code": "VERSION_MISSING"}), ConfigError),
        (".*organizationAcls", Reply.of(500), Transient),
        (".*organizations/", Reply.of(429), RateLimited),
    ],
)
def test_what_refused_questions_about_the_account_mean(adapter, lone, place, reply, kind):
    lone.on("GET", place, reply)
    behave_well(lone)
    assert type(failure(lambda: exchange(adapter))) is kind


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (Reply.of(400, {"error": "invalid_grant"}), AuthExpired),
        (Reply.of(400, {"error": "invalid_request", "error_description": f"{CANARY}-code"}), AuthExpired),
        (Reply.of(401, {"error": "invalid_client"}), ConfigError),
        (Reply.of(401, {"error": "unauthorized_client"}), ConfigError),
        (Reply.of(401), ConfigError),
        (Reply.of(429), RateLimited),
        (Reply.of(400), Transient),
        (Reply.of(500), Transient),
        (Reply.of(200, {}), Transient),
        (Reply(200, {}, b"<html>"), Transient),
    ],
)
def test_why_linkedin_gives_no_tokens(adapter, lone, reply, kind):
    lone.on("POST", ".*accessToken$", reply)
    assert type(failure(lambda: exchange(adapter))) is kind
    credentials = Credentials("", ORGANIZATION, {**TOKENS, "refresh_token": f"{CANARY}-code"}, ABOUT)
    assert type(failure(lambda: adapter.refresh(credentials, None, deadline=5))) is kind


def test_an_approved_app_renews_until_the_refresh_token_ends(adapter, lone):
    more = {"refresh_token": f"{CANARY}-r", "refresh_token_expires_in": 31_536_000}
    lone.on("POST", ".*accessToken$", grant(**more))
    behave_well(lone)
    connection = exchange(adapter)[1]
    assert connection.tokens["refresh_token"] == f"{CANARY}-r"
    assert (connection.expires_in, connection.ends_in) == (5_184_000, 31_536_000)
    lone.clear()
    lone.on("POST", ".*accessToken$", grant(refresh_token_expires_in=1000))
    credentials = Credentials("", ORGANIZATION, connection.tokens, connection.capabilities)
    renewed = adapter.refresh(credentials, None, deadline=5)
    assert renewed.profile == connection.profile
    assert renewed.capabilities == connection.capabilities
    assert renewed.tokens == {"access_token": f"{CANARY}-a", "refresh_token": f"{CANARY}-r"}
    assert renewed.ends_in == 1000
    assert len(lone.requests) == 1


def test_without_a_refresh_token_nothing_is_renewed(adapter, lone):
    assert adapter.refresh(CREDENTIALS, None, deadline=5) is None
    assert not lone.requests


def test_access_is_given_back(adapter, lone):
    script(lone, {"POST www.linkedin.com/oauth/v2/revoke$": Reply.of(200)})
    adapter.revoke(CREDENTIALS, None, deadline=5)
    form = parse_qs(lone.requests[0].body.decode())
    assert form == {"token": [CANARY], "client_id": ["practice"], "client_secret": [f"{CANARY}-secret"]}


# ---- looks


def look(adapter: LinkedInAdapter):
    return adapter.read_back(Content("x"), CREDENTIALS, staged={}, key="k", since=SINCE, deadline=5)


def post(number: int, text: str = "hello", at: int = MS, **more) -> dict:
    return {
        "id": f"urn:li:share:{number}",
        "commentary": text,
        "createdAt": at,
        "lastModifiedAt": at,
        "lifecycleState": "PUBLISHED",
        **more,
    }


def page(*posts: dict) -> Reply:
    return Reply.of(200, {"paging": {"start": 0, "count": 50}, "elements": list(posts)})


def test_an_organizations_posts_are_seen_as_they_were_typed(adapter, lone):
    script(
        lone,
        {LIST: page(post(2, r"Hello \(all\) {hashtag|\#|Climate}", MS + 5000), post(1, "old", MS - 9000))},
    )
    shown = look(adapter)
    assert shown.complete
    (seen,) = shown.posts
    assert seen.text == "Hello (all) #Climate"
    assert seen.external_id == "urn:li:share:2"
    assert seen.permalink == "https://www.linkedin.com/feed/update/urn:li:share:2"
    assert seen.created_at == SINCE.replace(microsecond=0) + timedelta(seconds=5)
    (asked,) = lone.requests
    query = parse_qs(urlsplit(asked.path).query)
    assert query["author"] == [ORGANIZATION]
    assert query["sortBy"] == ["LAST_MODIFIED"]
    assert "urn%3Ali%3Aorganization%3A77" in asked.path


@pytest.mark.parametrize(
    ("content", "media"),
    [
        ({}, 0),
        ({"article": {"source": "https://example.org/", "thumbnail": "urn:li:image:1"}}, 0),
        ({"media": {"id": "urn:li:image:1"}}, 1),
        ({"media": {"id": "urn:li:video:1"}}, 0),
        ({"multiImage": {"images": [{"id": "urn:li:image:1"}, {"id": "urn:li:image:2"}]}}, 2),
        (None, 0),
    ],
)
def test_the_images_of_a_post_are_counted(adapter, lone, content, media):
    script(lone, {LIST: page(post(2, content=content))})
    assert look(adapter).posts[0].media == media


def test_a_post_whose_answer_was_lost_is_found_again(adapter, lone, picture):
    """The server keeps what it gets in its own notation, but the answer is lost."""
    kept: list[dict] = []

    def keep(exchange) -> None:
        sent = exchange.seen.json
        text = re.sub(r"(?<!\\)#(\w+)", r"{hashtag|\\#|\1}", sent["commentary"])
        kept.append(post(7, text, MS + 4000, content=sent["content"]))
        exchange.hang_up()

    lone.on("POST", "/as/api.linkedin.com/rest/posts$", keep)
    images = (picture("a"), picture("b", alt="x"))
    content = Content("(All) of us @ a_b #Climate #1", link="https://example.org/a_(b)#c", images=images)
    staged = {"media": {uid: {"id": f"urn:li:image:{uid}", "ready": True} for uid in "ab"}}
    error = failure(lambda: adapter.publish(content, CREDENTIALS, staged=staged, key="k", deadline=5))
    assert error.outcome is Outcome.UNKNOWN
    script(lone, {LIST: page(*kept, post(6, "another"))})
    wanted = matching.Wanted("k", adapter.compose_text(content), 2, SINCE, SINCE + timedelta(seconds=30))
    found = matching.find(wanted, look(adapter).posts, bound=set())
    assert [one.external_id for one in found.sure] == ["urn:li:share:7"]


def test_drafts_do_not_count_and_do_not_matter(adapter, lone):
    script(
        lone, {LIST: page(post(3, lifecycleState="DRAFT"), post(2), post(1, lifecycleState="PUBLISH_FAILED"))}
    )
    shown = look(adapter)
    assert shown.complete
    assert [one.external_id for one in shown.posts] == ["urn:li:share:2"]


def test_pages_are_read_until_the_last_change_is_too_old(adapter, lone):
    lone.on("GET", r".*start=50", page(post(500, at=MS + 1), post(501, at=MS - 5000)))
    script(lone, {LIST: page(*(post(number, at=MS + 60_000 - number) for number in range(50)))})
    shown = look(adapter)
    assert shown.complete
    assert len(shown.posts) == 51
    assert len(lone.requests) == 2


def test_an_old_post_that_was_changed_lately_does_not_end_the_look(adapter, lone):
    changed = [post(900 + number, at=MS - 1, lastModifiedAt=MS + 60_000) for number in range(50)]
    lone.on("GET", r".*start=50", page(post(1, at=MS + 1)))
    script(lone, {LIST: page(*changed)})
    shown = look(adapter)
    assert [one.external_id for one in shown.posts] == ["urn:li:share:1"]


def test_a_post_that_cannot_be_read_makes_the_look_incomplete(adapter, lone):
    script(lone, {LIST: page(post(2), {"id": "urn:li:share:9", "commentary": "no time"}, post(1, text=None))})
    shown = look(adapter)
    assert not shown.complete
    assert [one.external_id for one in shown.posts] == ["urn:li:share:2"]


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (Reply.of(401), AuthExpired),
        (Reply.of(403, {"code": "ACCESS_DENIED"}), PermissionMissing),
        (Reply.of(426), ConfigError),
        (Reply.of(429), RateLimited),
        (Reply.of(429, {"message": "APPLICATION DAY limit reached"}), QuotaExhausted),
        (Reply.of(400, {"code": "INVALID_URN_ID"}), Transient),
        (Reply.of(404), Transient),
        (Reply.of(500), Transient),
        (Reply.of(200, {}), Transient),
        (not_json, Transient),
    ],
)
def test_what_a_refused_look_means(adapter, lone, reply, kind):
    script(lone, {LIST: reply})
    assert type(failure(lambda: look(adapter))) is kind


# ---- counts


def test_counts_of_an_organizations_posts(adapter, lone):
    told = {
        "impressionCount": 90, "uniqueImpressionsCount": 60, "clickCount": 5, "likeCount": 3,
        "commentCount": 2, "shareCount": 1, "engagement": 0.1,
    }  # fmt: skip
    share = {"share": "urn:li:share:1", "totalShareStatistics": told}
    other = {"ugcPost": "urn:li:ugcPost:2", "totalShareStatistics": {"likeCount": -1}}
    lone.on("GET", r".*shares=List\(", Reply.of(200, {"elements": [share]}))
    lone.on("GET", r".*ugcPosts=List\(", Reply.of(200, {"elements": [other]}))
    asked = ["urn:li:share:1", "urn:li:ugcPost:2", "urn:li:share:3"]
    assert adapter.post_counts(asked, CREDENTIALS, deadline=5) == {
        "urn:li:share:1": {
            Count.VIEWS: 90, Count.REACH: 60, Count.CLICKS: 5, Count.LIKES: 3, Count.REPLIES: 2,
            Count.SHARES: 1,
        },
        "urn:li:ugcPost:2": {Count.LIKES: 0},
    }  # fmt: skip
    first = lone.requests[0].path
    assert "shares=List(urn%3Ali%3Ashare%3A1,urn%3Ali%3Ashare%3A3)" in first
    assert parse_qs(urlsplit(first).query)["organizationalEntity"] == [ORGANIZATION]


def test_counts_of_the_organization(adapter, lone):
    script(lone, {"GET api.linkedin.com/rest/networkSizes/": Reply.of(200, {"firstDegreeSize": 321})})
    assert adapter.account_counts(CREDENTIALS, deadline=5) == {Count.FOLLOWERS: 321}
    path = lone.requests[0].path
    assert "/networkSizes/urn%3Ali%3Aorganization%3A77?" in path
    assert unquote(path).endswith("?edgeType=COMPANY_FOLLOWED_BY_MEMBER")


def test_a_member_has_no_counts_and_is_asked_for_none(adapter, lone):
    assert adapter.post_counts(["urn:li:share:1"], MEMBER, deadline=5) == {}
    assert adapter.account_counts(MEMBER, deadline=5) == {}
    assert not lone.requests
