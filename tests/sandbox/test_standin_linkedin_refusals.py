"""What the stand-in of LinkedIn refuses, each as LinkedIn documents it."""

from urllib.parse import quote

import pytest

from tests.support.calls_linkedin import (
    MEMBER,
    MP4,
    ORGANIZATION,
    ask,
    begin_image,
    begin_video,
    finish_video,
    image,
    post,
    put_to,
    urn,
)
from tests.support.standins import jpeg, open_account


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
