"""Publishing at the stand-ins of Facebook Pages and Instagram, step by step."""

from __future__ import annotations

import json

from tests.support.standins import RETURN, Visitor, jpeg, numbers, open_account

V = "/v26.0"
INSTAGRAM_SCOPES = (
    "instagram_business_basic",
    "instagram_business_content_publish",
    "instagram_business_manage_insights",
    "instagram_business_manage_comments",
)
FACEBOOK_SCOPES = ("pages_show_list", "pages_manage_posts", "pages_read_engagement", "read_insights")


def instagram_account(server, shelf):
    made = open_account(server, "instagram", f"insta-{next(numbers)}", host="graph.instagram.com")
    made.shelf, made.picture = shelf, shelf.put(jpeg())
    return made


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


def facebook_account(server, shelf=None, *, owner=None):
    """A person, or a Page of `owner`."""
    kind, whose = ("page", owner.handle) if owner else ("person", "")
    name = f"{kind}-{next(numbers)}"
    made = open_account(server, "facebook", name, host="graph.facebook.com", kind=kind, owner=whose)
    if shelf:
        made.shelf, made.picture = shelf, shelf.put(jpeg())
    return made


def feed(page, message="Hello", **fields):
    return page.post(f"{V}/{page.id}/feed", message=message, **fields)


def photo(page, **fields):
    return page.post(f"{V}/{page.id}/photos", **({"url": page.picture, "published": "false"} | fields))


def attached(*ids):
    return json.dumps([{"media_fbid": photo_id} for photo_id in ids])


def redeem(page, code, **change):
    query = {
        "client_id": "practice",
        "client_secret": "practice",
        "redirect_uri": RETURN,
        "code": code,
    } | change
    return page.call("GET", f"{V}/oauth/access_token", token="", params=query)


def exchange(page, token):
    query = {
        "grant_type": "fb_exchange_token",
        "client_id": "practice",
        "client_secret": "practice",
        "fb_exchange_token": token,
    }
    return page.call("GET", f"{V}/oauth/access_token", token="", params=query)


def allow(person, *, untick=(), **query):
    visitor = Visitor(person.server, f"www.facebook.com{V}/dialog/oauth")
    back = visitor.allow(person, untick=untick, response_type=None, **query)
    return back["code"]
