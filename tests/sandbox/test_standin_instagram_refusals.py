"""Every refusal that the stand-in of Instagram has from the platform's documentation."""

import pytest

from tests.support.meta import INSTAGRAM_SCOPES, container, instagram_account, item, publish
from tests.support.standins import jpeg, says

V = "/v26.0"
SCOPES = INSTAGRAM_SCOPES


@pytest.fixture
def insta(server, shelf):
    return instagram_account(server, shelf)


@pytest.fixture
def other(server, shelf):
    return instagram_account(server, shelf)


ERRORS = 'Instagram Platform, "Error Codes"'
MEDIA = 'Instagram Platform, "IG User Media"'
GRAPH = 'Graph API, "Handle errors"'
TOKENS = 'Instagram Platform, "Business Login"'


def _media(insta, **fields):
    return insta.post(f"{V}/{insta.id}/media", **fields)


def _carousel(insta, children, **more):
    return _media(insta, media_type="CAROUSEL", children=",".join(children), **more)


def _refresh(insta, **query):
    asked = {"grant_type": "ig_refresh_token", "access_token": insta.token} | query
    return insta.call("GET", "/refresh_access_token", token="", params=asked)


def _ended(insta):
    insta.server.admin("POST", "/tokens/expire", json={"account": insta.handle})
    return insta.get(f"{V}/me")


def _expired_container(insta):
    made = container(insta)
    insta.trait(container_lasts=0)
    return publish(insta, made)


def _quota_used(insta):
    insta.trait(daily_quota=1)
    publish(insta, container(insta))
    return publish(insta, container(insta))


REFUSALS = [
    # what, the request, (status, code, subcode), what it rests on
    ("no token", lambda i, o: i.call("GET", f"{V}/me", token=""), (400, 104, None), GRAPH),
    ("unknown token", lambda i, o: i.call("GET", f"{V}/me", token="x"), (400, 190, None), GRAPH),
    ("expired token", lambda i, o: _ended(i), (400, 190, 463), GRAPH),
    ("unknown path", lambda i, o: i.get(f"{V}/{i.id}/nothing"), (400, 2500, None), GRAPH),
    ("unknown version", lambda i, o: i.get("/v3.0/me"), (400, 2635, None), GRAPH),
    ("unknown field", lambda i, o: i.get(f"{V}/me", fields="shoe_size"), (400, 100, None), GRAPH),
    ("unknown parameter", lambda i, o: _media(i, image_url=i.picture, shoe="1"), (400, 100, None), GRAPH),
    ("unknown object", lambda i, o: i.get(f"{V}/17900000000000000"), (400, 100, 33), GRAPH),
    (
        "another's account",
        lambda i, o: i.post(f"{V}/{o.id}/media", image_url=i.picture),
        (400, 100, 33),
        GRAPH,
    ),
    (
        "no permission to publish",
        lambda i, o: i.call(
            "POST", f"{V}/{i.id}/media", token=i.issue(SCOPES[:1]), form={"image_url": i.picture}
        ),
        (403, 10, None),
        TOKENS,
    ),
    (
        "no permission for figures",
        lambda i, o: i.call(
            "GET", f"{V}/me/insights", token=i.issue(SCOPES[:2]), params={"metric": "reach", "period": "day"}
        ),
        (403, 10, None),
        TOKENS,
    ),
    ("token too young to renew", lambda i, o: _refresh(i), (400, 100, None), TOKENS),
    ("wrong grant type", lambda i, o: _refresh(i, grant_type="refresh_token"), (400, 100, None), TOKENS),
    ("no media", lambda i, o: _media(i, caption="Words alone"), (400, 100, None), MEDIA),
    ("media type unknown", lambda i, o: _media(i, media_type="POEM"), (400, 100, 2207023), ERRORS),
    (
        "address not ASCII",
        lambda i, o: _media(i, image_url=i.picture + "/ä"),
        (400, 100, None),
        MEDIA,
    ),
    (
        "picture not there",
        lambda i, o: _media(i, image_url=i.shelf.address("/none")),
        (400, 9004, 2207052),
        ERRORS,
    ),
    (
        "picture elsewhere",
        lambda i, o: _media(i, image_url=i.shelf.put(b"", status=302, location=i.picture)),
        (400, 9004, 2207052),
        ERRORS,
    ),
    (
        "address of another machine",
        lambda i, o: _media(i, image_url="https://pictures.example/a.jpg"),
        (400, 9004, 2207052),
        ERRORS,
    ),
    (
        "PNG instead of JPEG",
        lambda i, o: _media(i, image_url=i.shelf.put(jpeg(kind="PNG"), "image/png")),
        (400, 36001, 2207005),
        ERRORS,
    ),
    (
        "no picture at all",
        lambda i, o: _media(i, image_url=i.shelf.put(b"hello")),
        (400, 36001, 2207005),
        ERRORS,
    ),
    (
        "picture too large",
        lambda i, o: _media(i, image_url=i.shelf.put(b"\xff" * (8 * 1024 * 1024 + 1))),
        (400, 36000, 2207004),
        ERRORS,
    ),
    (
        "picture too tall",
        lambda i, o: _media(i, image_url=i.shelf.put(jpeg(400, 600))),
        (400, 36003, 2207009),
        ERRORS,
    ),
    (
        "picture too wide",
        lambda i, o: _media(i, image_url=i.shelf.put(jpeg(800, 400))),
        (400, 36003, 2207009),
        ERRORS,
    ),
    (
        "caption too long",
        lambda i, o: _media(i, image_url=i.picture, caption="a" * 2201),
        (400, 36004, 2207010),
        ERRORS,
    ),
    (
        "too many hashtags",
        lambda i, o: _media(i, image_url=i.picture, caption=" ".join(f"#t{n}" for n in range(31))),
        (400, 100, 2207040),
        MEDIA,
    ),
    (
        "too many mentions",
        lambda i, o: _media(i, image_url=i.picture, caption=" ".join(f"@t{n}" for n in range(21))),
        (400, 100, 2207040),
        MEDIA,
    ),
    (
        "alt text too long",
        lambda i, o: _media(i, image_url=i.picture, alt_text="a" * 1001),
        (400, 100, None),
        MEDIA,
    ),
    ("carousel of one", lambda i, o: _carousel(i, [item(i)]), (400, 100, 2207028), ERRORS),
    (
        "carousel of eleven",
        lambda i, o: _carousel(i, [str(n) for n in range(11)]),
        (400, 100, 2207028),
        ERRORS,
    ),
    (
        "item is none of a carousel",
        lambda i, o: _carousel(i, [container(i), container(i)]),
        (400, 100, 2207028),
        ERRORS,
    ),
    ("item unknown", lambda i, o: _carousel(i, ["1", "2"]), (400, 24, 2207006), ERRORS),
    (
        "item with a caption",
        lambda i, o: _media(i, image_url=i.picture, is_carousel_item="true", caption="No"),
        (400, 100, 2207028),
        MEDIA,
    ),
    (
        "flag that is none",
        lambda i, o: _media(i, image_url=i.picture, is_carousel_item="maybe"),
        (400, 100, None),
        GRAPH,
    ),
    ("publish nothing", lambda i, o: i.post(f"{V}/{i.id}/media_publish"), (400, 100, None), MEDIA),
    (
        "publish an unknown container",
        lambda i, o: publish(i, "17900000000000000"),
        (400, 24, 2207008),
        ERRORS,
    ),
    ("publish another's container", lambda i, o: publish(o, container(i)), (400, 24, 2207006), ERRORS),
    ("publish an item", lambda i, o: publish(i, item(i)), (400, 100, None), MEDIA),
    ("publish an expired container", lambda i, o: _expired_container(i), (400, -2, 2207020), ERRORS),
    ("publish beyond the quota", lambda i, o: _quota_used(i), (400, 9, 2207042), ERRORS),
    (
        "figure that has ended",
        lambda i, o: i.get(f"{V}/{publish(i, container(i)).json()['id']}/insights", metric="impressions"),
        (400, 100, None),
        'Instagram Platform, "Media Insights"',
    ),
    (
        "delete",
        lambda i, o: i.delete(f"{V}/{publish(i, container(i)).json()['id']}"),
        (400, 2500, None),
        MEDIA,
    ),
]


@pytest.mark.parametrize(
    ("ask", "expected"), [row[1:3] for row in REFUSALS], ids=[row[0] for row in REFUSALS]
)
def test_documented_refusal(insta, other, ask, expected):
    before = len(insta.commits()) + len(other.commits())
    answer = ask(insta, other)
    assert says(answer) == expected, answer.text
    assert answer.json()["error"]["fbtrace_id"]
    assert len(insta.commits()) + len(other.commits()) - before <= 1


def test_refusal_by_rule_carries_the_platformsnumbers(server, insta):
    server.faults(insta.misbehaves("refuse", code=4, subcode=2207051, message="Spam", status=400))
    assert says(_media(insta, image_url=insta.picture)) == (400, 4, 2207051)
