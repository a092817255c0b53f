"""The stand-in of Instagram: signing in, publishing, reading back, and every refusal that is documented."""

import time

import pytest
import requests

from tests.support.standins import MP4, RETURN, Shelf, Visitor, jpeg, numbers, open_account, says

HOST = "graph.instagram.com"
V = "/v26.0"
SCOPES = (
    "instagram_business_basic",
    "instagram_business_content_publish",
    "instagram_business_manage_insights",
    "instagram_business_manage_comments",
)


@pytest.fixture(scope="module")
def shelf():
    made = Shelf()
    yield made
    made.close()


@pytest.fixture
def insta(server, shelf):
    made = open_account(server, "instagram", f"insta-{next(numbers)}", host=HOST)
    made.shelf = shelf
    made.picture = shelf.put(jpeg())
    return made


@pytest.fixture
def other(server):
    return open_account(server, "instagram", f"insta-{next(numbers)}", host=HOST)


def container(insta, **fields):
    answer = insta.post(f"{V}/{insta.id}/media", **({"image_url": insta.picture} | fields))
    assert answer.status_code == 200, answer.text
    return answer.json()["id"]


def item(insta, **fields):
    return container(insta, is_carousel_item="true", **fields)


def publish(insta, creation_id):
    return insta.post(f"{V}/{insta.id}/media_publish", creation_id=creation_id)


def status_of(insta, container_id):
    answer = insta.get(f"{V}/{container_id}", fields="status_code,status")
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_person_signs_in_and_the_token_is_made_to_last(server, insta):
    visitor = Visitor(server, "www.instagram.com/oauth/authorize")
    back = visitor.allow(insta, scope=",".join(SCOPES))
    assert back["state"] == "s1"
    form = {
        "client_id": "practice",
        "client_secret": "practice",
        "grant_type": "authorization_code",
        "redirect_uri": RETURN,
        "code": back["code"],
    }
    short = insta.call("POST", "/oauth/access_token", host="api.instagram.com", token="", form=form).json()
    assert short["user_id"] == insta.id
    assert set(short["permissions"]) == set(SCOPES)
    query = {
        "grant_type": "ig_exchange_token",
        "client_secret": "practice",
        "access_token": short["access_token"],
    }
    longer = insta.call("GET", "/access_token", token="", params=query).json()
    assert 59 * 86400 < longer["expires_in"] <= 60 * 86400
    insta.token = longer["access_token"]
    me = insta.get(f"{V}/me", fields="user_id,username,account_type").json()
    assert (me["user_id"], me["account_type"]) == (insta.id, "BUSINESS")
    assert me["id"] != insta.id
    again = insta.call("POST", "/oauth/access_token", host="api.instagram.com", token="", form=form)
    assert again.status_code == 400
    assert set(again.json()) == {"error_type", "code", "error_message"}


def test_token_of_a_day_is_renewed(insta):
    insta.trait(tokens_older_by=24 * 3600)
    query = {"grant_type": "ig_refresh_token", "access_token": insta.token}
    renewed = insta.call("GET", "/refresh_access_token", token="", params=query)
    assert renewed.status_code == 200
    insta.token = renewed.json()["access_token"]
    assert insta.get(f"{V}/me").status_code == 200


def test_picture_is_published_once_and_read_back(insta):
    made = container(insta, caption="A walk #river", alt_text="A river")
    assert status_of(insta, made)["status_code"] == "FINISHED"
    post_id = publish(insta, made).json()["id"]
    assert status_of(insta, made)["status_code"] == "PUBLISHED"
    assert publish(insta, made).status_code == 400
    (commit,) = insta.commits()
    assert (commit["id"], commit["text"]) == (post_id, "A walk #river")
    assert commit["media"][0]["alt"] == "A river"
    assert commit["facts"]["container"] == made
    told = insta.get(f"{V}/{post_id}", fields="permalink,shortcode,timestamp,caption,media_type").json()
    assert told["permalink"] == f"https://www.instagram.com/p/{told['shortcode']}/"
    assert told["media_type"] == "IMAGE"
    listed = insta.get(f"{V}/{insta.id}/media", fields="id,caption", limit=10).json()
    assert [(one["id"], one["caption"]) for one in listed["data"]] == [(post_id, "A walk #river")]
    usage = insta.get(f"{V}/{insta.id}/content_publishing_limit", fields="config,quota_usage").json()
    assert usage["data"][0] == {"config": {"quota_total": 50, "quota_duration": 86400}, "quota_usage": 1}


def test_address_of_a_post_leads_to_its_page_here(server, insta):
    post_id = publish(insta, container(insta, caption="Here it is")).json()["id"]
    permalink = insta.get(f"{V}/{post_id}", fields="permalink").json()["permalink"]
    page = requests.get(server.url + "/as/" + permalink.partition("://")[2], timeout=10)
    assert "Here it is" in page.text
    assert "Instagram" in page.text


def test_carousel_and_reel_are_published(insta):
    children = f"{item(insta)},{item(insta)}"
    parent = insta.post(f"{V}/{insta.id}/media", media_type="CAROUSEL", caption="Two", children=children)
    post_id = publish(insta, parent.json()["id"]).json()["id"]
    told = insta.get(f"{V}/{post_id}", fields="media_type,children").json()
    assert (told["media_type"], len(told["children"]["data"])) == ("CAROUSEL_ALBUM", 2)
    reel = insta.post(
        f"{V}/{insta.id}/media", media_type="REELS", video_url=insta.shelf.put(MP4, "video/mp4")
    )
    assert publish(insta, reel.json()["id"]).status_code == 200
    assert [len(commit["media"]) for commit in insta.commits()] == [2, 1]


def test_container_is_in_progress_until_its_time(insta):
    insta.trait(media_processing_for=0.6)
    made = container(insta)
    assert status_of(insta, made)["status_code"] == "IN_PROGRESS"
    assert says(publish(insta, made)) == (400, 9007, 2207027)
    time.sleep(0.7)
    assert status_of(insta, made)["status_code"] == "FINISHED"
    assert publish(insta, made).status_code == 200


def test_container_expires_and_a_published_one_does_not(insta):
    published, waiting = container(insta), container(insta)
    publish(insta, published)
    insta.trait(container_lasts=0)
    assert status_of(insta, waiting)["status_code"] == "EXPIRED"
    assert status_of(insta, published)["status_code"] == "PUBLISHED"
    assert len(insta.commits()) == 1


def test_video_that_cannot_be_fetched_is_an_error_of_its_container(insta):
    missing = insta.shelf.address("/none")
    made = insta.post(f"{V}/{insta.id}/media", media_type="REELS", video_url=missing).json()["id"]
    told = status_of(insta, made)
    assert told["status_code"] == "ERROR"
    assert "2207052" in told["status"]
    assert says(publish(insta, made)) == (400, 9004, 2207052)


def test_figures_are_told(insta):
    post_id = publish(insta, container(insta)).json()["id"]
    told = insta.get(f"{V}/{post_id}/insights", metric="views,reach,likes,saved").json()
    assert [one["name"] for one in told["data"]] == ["views", "reach", "likes", "saved"]
    assert told["data"][0]["values"][0]["value"] >= 0
    day = insta.get(f"{V}/{insta.id}/insights", metric="reach", period="day").json()
    assert day["data"][0]["values"][0]["end_time"]
    total = insta.get(
        f"{V}/{insta.id}/insights", metric="views", period="day", metric_type="total_value"
    ).json()
    assert "total_value" in total["data"][0]


def test_list_can_be_walked(insta):
    ids = [publish(insta, container(insta)).json()["id"] for _ in range(3)]
    first = insta.get(f"{V}/{insta.id}/media", limit=2).json()
    rest = insta.get(f"{V}/{insta.id}/media", limit=2, after=first["paging"]["cursors"]["after"]).json()
    assert [one["id"] for one in first["data"] + rest["data"]] == ids[::-1]
    assert "next" in first["paging"]
    assert "next" not in rest["paging"]


def test_captions_can_be_hidden(insta):
    post_id = publish(insta, container(insta, caption="Words")).json()["id"]
    insta.trait(show_captions=False)
    assert "caption" not in insta.get(f"{V}/{post_id}", fields="caption").json()


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
