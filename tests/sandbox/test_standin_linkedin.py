"""The stand-in of LinkedIn, asked as an app asks the real one."""

import re
import time
from urllib.parse import quote, urlsplit

import pytest
import requests

from sandbox.standins import little
from tests.support.standins import RETURN, Visitor, jpeg, open_account, returned

VERSION = "202609"
MEMBER = "openid profile email w_member_social"
ORGANIZATION = "r_organization_social w_organization_social rw_organization_admin r_organization_followers"
MP4 = b"\x00\x00\x00\x18ftypmp42" + b"\x00" * 5_000_000
DISTRIBUTION = {"feedDistribution": "MAIN_FEED", "targetEntities": [], "thirdPartyDistributionChannels": []}
REST = {"LinkedIn-Version": VERSION, "X-Restli-Protocol-Version": "2.0.0"}


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


def urn(who):
    return f"urn:li:{'organization' if '-org@' in who.handle else 'person'}:{who.id}"


def ask(who, method, path, *, headers=None, **options):
    given = {name: value for name, value in (REST | (headers or {})).items() if value is not None}
    return who.call(method, f"/rest/{path}", headers=given, **options)


def post(who, text="Hello", **more):
    call = more.pop("headers", None)
    body = {
        "author": urn(who),
        "commentary": text,
        "visibility": "PUBLIC",
        "distribution": DISTRIBUTION,
        "lifecycleState": "PUBLISHED",
        "isReshareDisabledByAuthor": False,
    }
    body = {name: value for name, value in (body | more).items() if value is not None}
    return ask(who, "POST", "posts", json=body, headers=call)


def put_to(who, address, data, *, token=None):
    """What the hub's client does with an address it is given: the stand-in of that host."""
    parts = urlsplit(address)
    assert (parts.scheme, parts.netloc) == ("https", "www.linkedin.com")
    headers = {"Content-Type": "application/octet-stream"}
    path = f"{parts.path}?{parts.query}"
    return who.call("PUT", path, host=parts.netloc, token=token, form=data, headers=headers)


def begin_image(who, owner=None):
    body = {"initializeUploadRequest": {"owner": owner or urn(who)}}
    return ask(who, "POST", "images?action=initializeUpload", json=body)


def image(who, data=None):
    value = begin_image(who).json()["value"]
    assert put_to(who, value["uploadUrl"], data or jpeg()).status_code == 201
    return value["image"]


def state(who, media):
    answer = ask(who, "GET", f"{media.split(':')[2]}s/{quote(media, safe='')}")
    return answer.json().get("status", answer.json())


def wait_for(who, media, wanted="AVAILABLE"):
    deadline = time.monotonic() + 5
    while (told := state(who, media)) == "PROCESSING" and time.monotonic() < deadline:
        time.sleep(0.2)
    assert told == wanted
    return media


def begin_video(who, size=None):
    wanted = {
        "owner": urn(who),
        "fileSizeBytes": size or len(MP4),
        "uploadCaptions": False,
        "uploadThumbnail": False,
    }
    return ask(who, "POST", "videos?action=initializeUpload", json={"initializeUploadRequest": wanted})


def finish_video(who, value, tags):
    wanted = {"video": value["video"], "uploadToken": value["uploadToken"], "uploadedPartIds": tags}
    return ask(who, "POST", "videos?action=finalizeUpload", json={"finalizeUploadRequest": wanted})


def video(who):
    value = begin_video(who).json()["value"]
    tags = []
    for part in value["uploadInstructions"]:
        data = MP4[part["firstByte"] : part["lastByte"] + 1]
        tags.append(put_to(who, part["uploadUrl"], data, token="").headers["ETag"])
    assert finish_video(who, value, tags).status_code == 200
    return value["video"]


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


# each refused call: what is asked, status, and the code that the answer has


def with_scopes(scopes, call):
    def run(me, page, other):
        me.token = page.token = me.issue(scopes.split())
        return call(me, page)

    return run


def expired(who):
    def run(me, page, other):
        asked = {"me": me, "page": page}[who]
        asked.server.admin("POST", "/tokens/expire", json={"account": asked.handle})
        return post(asked)

    return run


def quota(me, page, other):
    page.trait(daily_quota=1)
    post(page, "One")
    return post(page, "Two")


def waiting(me, page, other):
    media = begin_image(page).json()["value"]["image"]
    return post(page, "x", content={"media": {"id": media}})


def others_image(me, page, other):
    return post(me, "x", content={"media": {"id": image(page)}})


def content(**given):
    return lambda me, page, other: post(page, "x", content=given)


def acl(**query):
    return lambda me, page, other: ask(page, "GET", "organizationAcls", params=query)


def listing(**query):
    return lambda me, page, other: ask(
        page, "GET", "posts", params={"q": "author", "author": urn(page)} | query
    )


def members_posts(me, page, other):
    return ask(me, "GET", "posts", params={"q": "author", "author": urn(me)})


def parts_with_token(me, page, other):
    part = begin_video(page).json()["value"]["uploadInstructions"][0]
    return put_to(page, part["uploadUrl"], MP4[: part["lastByte"] + 1])


def short_part(me, page, other):
    part = begin_video(page).json()["value"]["uploadInstructions"][0]
    return put_to(page, part["uploadUrl"], MP4[:-1][:100], token="")


def parts_missing(me, page, other):
    return finish_video(page, begin_video(page).json()["value"], [])


def image_without_token(me, page, other):
    return put_to(page, begin_image(page).json()["value"]["uploadUrl"], jpeg(), token="")


def image_of_unnamed(me, page, other):
    media = quote("urn:li:image:D4D10AQnothing", safe="")
    return ask(page, "GET", f"images/{media}")


def plain_urn(me, page, other):
    return ask(page, "GET", "images/urn:li:image:D4D10AQnothing")


def long_comment(me, page, other):
    parent = post(page, "One").headers["x-restli-id"]
    body = {"actor": urn(page), "message": {"text": "x" * 1251}}
    return ask(page, "POST", f"socialActions/{quote(parent, safe='')}/comments", json=body)


def headers(**given):
    return lambda me, page, other: post(
        page, headers={name.replace("_", "-"): value for name, value in given.items()}
    )


ARTICLE = {"source": "https://example.org/", "title": "Example"}
DENIED, TOO_LONG = "ACCESS_DENIED", "FIELD_LENGTH_TOO_LONG"
REFUSALS = {
    # "Error handling", "Versioning", "Protocol version"
    "no token": (lambda me, page, _: ask(me, "GET", "posts", token=""), 401, "Empty oauth2"),
    "unknown token": (lambda me, page, _: ask(me, "GET", "posts", token="x"), 401, "INVALID_ACCESS_TOKEN"),
    "expired token": (expired("me"), 401, "EXPIRED_ACCESS_TOKEN"),
    "token ended for the organization": (expired("page"), 401, "EXPIRED_ACCESS_TOKEN"),
    "no version": (headers(LinkedIn_Version=None), 400, "VERSION_MISSING"),
    "ended version": (headers(LinkedIn_Version="202511"), 426, "NONEXISTENT_VERSION"),
    "version that is none": (headers(LinkedIn_Version="2026-09"), 426, "NONEXISTENT_VERSION"),
    "no protocol version": (headers(X_Restli_Protocol_Version=None), 400, "Protocol-Version"),
    "unknown path": (lambda me, page, _: ask(me, "GET", "nothing"), 404, "RESOURCE_NOT_FOUND"),
    "URN that is not encoded": (plain_urn, 400, "Syntax exception in path variables"),
    "not JSON": (lambda me, page, _: ask(me, "POST", "posts", form={"a": "b"}), 415, "UNSUPPORTED_MEDIA"),
    "quota used up": (quota, 429, "TOO_MANY_REQUESTS"),
    # "Posts API"
    "unknown field": (lambda me, page, _: post(me, foo=1), 422, "unrecognized field"),
    "no distribution": (lambda me, page, _: post(me, distribution=None), 422, "field is required"),
    "text of another type": (lambda me, page, _: post(me, 5), 422, "cannot be coerced"),
    "no text": (lambda me, page, _: post(me, " "), 422, "commentary"),
    "3001 characters": (lambda me, page, _: post(me, "x" * 3001), 400, "exceeded the maximum allowed"),
    "escapes count": (lambda me, page, _: post(me, r"\(" * 1501), 400, "exceeded the maximum allowed"),
    "visibility": (lambda me, page, _: post(me, visibility="FRIENDS"), 422, "enum symbol"),
    "organization to connections": (
        lambda me, page, _: post(page, visibility="CONNECTIONS"), 422, "enum symbol",
    ),
    "draft": (lambda me, page, _: post(me, lifecycleState="DRAFT"), 422, "lifecycleState"),
    "feed": (lambda me, page, _: post(me, distribution={"feedDistribution": "ALL"}), 422, "feedDistribution"),
    "as somebody else": (lambda me, _, other: post(me, author=urn(other)), 403, DENIED),
    "as somebody's organization": (lambda _, page, other: post(other, author=urn(page)), 403, DENIED),
    "member without scope": (with_scopes(ORGANIZATION, lambda me, page: post(me)), 403, DENIED),
    "organization without scope": (with_scopes(MEMBER, lambda me, page: post(page)), 403, DENIED),
    "two contents": (content(article=ARTICLE, media={"id": "urn:li:image:1"}), 422, "exactly one"),
    "article without title": (content(article={"source": "https://example.org/"}), 422, "field is required"),
    "article without address": (content(article=ARTICLE | {"source": "example.org"}), 400, "INVALID_URL"),
    "unknown picture": (content(media={"id": "urn:li:image:D4D10AQno"}), 400, "INVALID_URN_ID"),
    "picture of another owner": (others_image, 403, "owner"),
    "picture not uploaded": (waiting, 400, "MEDIA_ASSET_WAITING_UPLOAD"),
    "one of several": (content(multiImage={"images": [{"id": "urn:li:image:1"}]}), 400, "2 to 20 images"),
    "alt of 4087": (
        lambda me, page, _: post(page, "x", content={"media": {"id": image(page), "altText": "x" * 4087}}),
        400, TOO_LONG,
    ),
    "delete nothing": (lambda me, page, _: ask(me, "DELETE", "posts/urn%3Ali%3Ashare%3A1"), 404, "NOT_FOUND"),
    "delete another's": (
        lambda me, _, other: ask(other, "DELETE", f"posts/{quote(post(me).headers['x-restli-id'], safe='')}"),
        403, DENIED,
    ),
    "read a member's posts": (members_posts, 403, DENIED),
    "list without scope": (
        with_scopes("w_organization_social", lambda me, page: listing()(me, page, None)), 403, DENIED,
    ),
    "unknown finder": (listing(q="authors"), 400, "PARAM_INVALID"),
    # "Images API", "Videos API"
    "upload for another": (lambda me, _, other: begin_image(me, urn(other)), 403, DENIED),
    "upload without action": (lambda me, page, _: ask(me, "POST", "images", json={}), 400, "PARAM_INVALID"),
    "picture without token": (image_without_token, 401, "INVALID_ACCESS_TOKEN"),
    "picture nobody knows": (image_of_unnamed, 404, "NOT_FOUND"),
    "state for members": (
        with_scopes(MEMBER, lambda me, page: ask(me, "GET", "images/urn%3Ali%3Aimage%3Ax")), 403, DENIED,
    ),
    "upload nowhere": (
        lambda me, page, _: put_to(me, "https://www.linkedin.com/dms-uploads/sp/no/uploaded-media/0", b"x"),
        404, "NOT_FOUND",
    ),
    "small video": (lambda me, page, _: begin_video(page, 1000), 400, "INVALID_FILE_SIZE"),
    "video part with token": (parts_with_token, 400, "without the Authorization header"),
    "short video part": (short_part, 400, "bytes"),
    "video without its parts": (parts_missing, 400, "part ids"),
    # "Comments API", "Organization Access Control", OpenID Connect
    "comment of 1251": (long_comment, 400, TOO_LONG),
    "roles by another finder": (acl(q="organization"), 400, "PARAM_INVALID"),
    "roles without scope": (
        with_scopes("w_organization_social", lambda me, page: acl(q="roleAssignee")(me, page, None)),
        403, DENIED,
    ),
    "name without openid": (
        with_scopes("w_member_social", lambda me, page: me.get("/v2/userinfo")), 403, DENIED,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSALS)
def test_call_is_refused(me, page, other, name):
    run, status, says = REFUSALS[name]
    answer = run(me, page, other)
    assert answer.status_code == status, answer.text
    assert answer.json()["status"] == status
    assert answer.json()["message"]
    assert says in answer.text


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
