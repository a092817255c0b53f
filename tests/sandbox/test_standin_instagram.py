"""The stand-in of Instagram: signing in, publishing and reading back."""

import time

import pytest
import requests

from tests.support.meta import INSTAGRAM_SCOPES, container, instagram_account, item, publish, status_of
from tests.support.standins import MP4, RETURN, Visitor, says

V = "/v26.0"
SCOPES = INSTAGRAM_SCOPES


@pytest.fixture
def insta(server, shelf):
    return instagram_account(server, shelf)


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
