"""The stand-in of Facebook Pages: signing in, publishing and reading back."""

import json

import pytest
import requests

from tests.support.meta import (
    FACEBOOK_SCOPES,
    allow,
    attached,
    exchange,
    facebook_account,
    feed,
    photo,
    redeem,
)
from tests.support.standins import MP4, Visitor, jpeg, numbers, open_account, returned, says

V = "/v26.0"
SCOPES = FACEBOOK_SCOPES


@pytest.fixture
def person(server):
    return facebook_account(server)


@pytest.fixture
def page(server, shelf, person):
    return facebook_account(server, shelf, owner=person)


@pytest.fixture
def other(server, shelf, person):
    return facebook_account(server, shelf, owner=person)


def test_person_signs_in_and_picks_pages(person, page, other):
    code = allow(person, scope=",".join(SCOPES), untick=(f"pick-{other.id}", "scope-read_insights"))
    short = redeem(person, code).json()
    assert 0 < short["expires_in"] <= 3600
    assert says(redeem(person, code)) == (400, 100, 36009)
    longer = exchange(person, short["access_token"]).json()
    assert longer["expires_in"] > 59 * 86400
    person.token = longer["access_token"]
    fields = "id,name,username,access_token,tasks,picture"
    pages = person.get(f"{V}/me/accounts", fields=fields, limit=100).json()["data"]
    assert [one["id"] for one in pages] == [page.id]
    assert "CREATE_CONTENT" in pages[0]["tasks"]
    permissions = {
        one["permission"]: one["status"] for one in person.get(f"{V}/me/permissions").json()["data"]
    }
    assert permissions["read_insights"] == "declined"
    assert permissions["pages_manage_posts"] == "granted"
    told = person.call(
        "GET",
        f"{V}/debug_token",
        token="practice|practice",
        params={"input_token": pages[0]["access_token"]},
    ).json()["data"]
    assert (told["is_valid"], told["type"], told["expires_at"]) == (True, "PAGE", 0)
    assert told["profile_id"] == page.id
    again = person.get(f"{V}/me/accounts", fields="access_token").json()["data"]
    assert again[0]["access_token"] == pages[0]["access_token"]
    page.token = pages[0]["access_token"]
    assert feed(page).status_code == 200


def test_many_pages_are_listed_in_parts(person, page, other):
    first = person.get(f"{V}/me/accounts", fields="id", limit=1).json()
    after = first["paging"]["cursors"]["after"]
    rest = person.get(f"{V}/me/accounts", fields="id", limit=1, after=after).json()
    assert {first["data"][0]["id"], rest["data"][0]["id"]} == {page.id, other.id}
    assert "next" in first["paging"]
    assert "next" not in rest["paging"]


def test_page_token_of_a_short_sign_in_ends_with_it(person, page):
    person.token = redeem(person, allow(person, scope=",".join(SCOPES))).json()["access_token"]
    (given,) = person.get(f"{V}/me/accounts", fields="access_token").json()["data"]
    told = person.call(
        "GET", f"{V}/debug_token", token="practice|practice", params={"input_token": given["access_token"]}
    ).json()["data"]
    assert told["expires_at"] > 0


def test_cancelling_leads_back_with_a_denial(person):
    visitor = Visitor(person.server, f"www.facebook.com{V}/dialog/oauth")
    visitor.open(scope=",".join(SCOPES), response_type=None)
    answer = visitor.send(cancel="yes")
    assert returned(answer)["error"] == "access_denied"
    assert answer.headers["Location"].endswith("#_=_")


def test_person_and_pages_are_made_on_the_way(server):
    visitor = Visitor(server, f"www.facebook.com{V}/dialog/oauth")
    visitor.open(scope=",".join(SCOPES), response_type=None)
    answer = visitor.send(
        create="yes",
        new_name="Maya",
        new_handle=f"maya-{next(numbers)}",
        new_page="North",
        new_page_2="South",
    )
    caller = open_account(server, "facebook", f"asks-{next(numbers)}", host="graph.facebook.com")
    caller.token = redeem(caller, returned(answer)["code"]).json()["access_token"]
    pages = caller.get(f"{V}/me/accounts", fields="name").json()["data"]
    assert {one["name"] for one in pages} == {"North", "South"}


def test_taking_access_away_ends_every_token(person, page):
    person.token = redeem(person, allow(person, scope=",".join(SCOPES))).json()["access_token"]
    (given,) = person.get(f"{V}/me/accounts", fields="access_token").json()["data"]
    assert person.delete(f"{V}/me/permissions").json() == {"success": True}
    page.token = given["access_token"]
    assert says(feed(page)) == (400, 190, 458)
    assert says(person.get(f"{V}/me")) == (400, 190, 458)


def test_post_with_a_link_is_published_and_read_back(page):
    answer = feed(page, link="https://example.org/a", fields="id,permalink_url").json()
    assert answer["id"].startswith(f"{page.id}_")
    number = answer["id"].partition("_")[2]
    assert answer["permalink_url"] == f"https://www.facebook.com/{page.id}/posts/{number}"
    (commit,) = page.commits()
    assert (commit["id"], commit["text"], commit["link"]) == (answer["id"], "Hello", "https://example.org/a")
    fields = "id,message,created_time,permalink_url,attachments{media_type,target},is_published"
    (listed,) = page.get(f"{V}/{page.id}/published_posts", fields=fields, limit=50).json()["data"]
    assert listed["attachments"]["data"] == [
        {"media_type": "link", "target": {"url": "https://example.org/a"}}
    ]
    assert listed["message"] == "Hello"


def test_address_of_a_post_leads_to_its_page_here(server, page):
    permalink = feed(page, "Look here", fields="permalink_url").json()["permalink_url"]
    shown = requests.get(server.url + "/as/" + permalink.partition("://")[2], timeout=10).text
    assert "Look here" in shown
    assert "Facebook" in shown


def test_one_photo_is_published(page):
    answer = photo(page, published="true", message="A river", alt_text_custom="Water").json()
    assert set(answer) == {"id", "post_id"}
    (commit,) = page.commits()
    assert (commit["id"], commit["media"][0]["alt"]) == (answer["post_id"], "Water")


def test_photos_are_uploaded_hidden_and_attached_once(page):
    ids = [photo(page).json()["id"], photo(page).json()["id"]]
    assert page.commits() == []
    answer = feed(page, attached_media=attached(*ids))
    assert answer.status_code == 200, answer.text
    told = page.get(f"{V}/{answer.json()['id']}", fields="attachments{media_type,subattachments}").json()
    (album,) = told["attachments"]["data"]
    assert [part["target"]["id"] for part in album["subattachments"]["data"]] == ids
    assert says(feed(page, "Again", attached_media=attached(*ids))) == (400, 100, 1366051)
    spelled = {"attached_media[0]": json.dumps({"media_fbid": photo(page).json()["id"]})}
    assert feed(page, "Spelled out", **spelled).status_code == 200


def test_photo_can_be_sent_as_a_file(page):
    answer = page.call(
        "POST",
        f"{V}/{page.id}/photos",
        files={"source": ("a.jpg", jpeg(), "image/jpeg")},
        form={"published": "false"},
    )
    assert feed(page, attached_media=attached(answer.json()["id"])).status_code == 200


def test_video_is_published_in_one_call_and_in_pieces(page):
    one = page.post(f"{V}/{page.id}/videos", file_url=page.shelf.put(MP4, "video/mp4"), description="One")
    told = page.get(f"{V}/{one.json()['id']}", fields="status,post_id").json()
    assert told["status"]["video_status"] == "ready"
    for address in (one.json()["id"], f"{page.id}/videos/{one.json()['id']}/"):
        shown = requests.get(f"{page.server.url}/as/www.facebook.com/{address}", timeout=10)
        assert "One" in shown.text
    begun = page.post(f"{V}/{page.id}/videos", upload_phase="start", file_size=len(MP4)).json()
    for start, end in ((0, 100), (100, len(MP4))):
        sent = page.call(
            "POST",
            f"{V}/{page.id}/videos",
            host="graph-video.facebook.com",
            files={"video_file_chunk": ("a", MP4[start:end], "application/octet-stream")},
            form={
                "upload_phase": "transfer",
                "upload_session_id": begun["upload_session_id"],
                "start_offset": str(start),
            },
        )
        assert sent.json()["start_offset"] == str(end), sent.text
    done = page.post(
        f"{V}/{page.id}/videos",
        upload_phase="finish",
        upload_session_id=begun["upload_session_id"],
        description="Two",
    )
    assert done.json() == {"success": True}
    assert [commit["text"] for commit in page.commits()] == ["One", "Two"]


def test_reel_is_published_and_not_listed(page):
    begun = page.post(f"{V}/{page.id}/video_reels", upload_phase="start").json()
    path = begun["upload_url"].partition("rupload.facebook.com")[2]
    headers = {
        "Authorization": f"OAuth {page.token}",
        "offset": "0",
        "file_size": str(len(MP4)),
        "Content-Type": "application/octet-stream",
    }
    sent = page.call("POST", path, host="rupload.facebook.com", token="", headers=headers, form=MP4)
    assert sent.json() == {"success": True}, sent.text
    fields = {"upload_phase": "finish", "video_id": begun["video_id"], "video_state": "PUBLISHED"}
    assert page.post(f"{V}/{page.id}/video_reels", **fields).json()["success"]
    assert len(page.commits()) == 1
    assert page.get(f"{V}/{page.id}/published_posts").json()["data"] == []


def test_comment_edit_and_deletion(page):
    post_id = feed(page).json()["id"]
    comment = page.post(f"{V}/{post_id}/comments", message="The link: https://example.org")
    assert comment.status_code == 200
    assert page.post(f"{V}/{post_id}", message="Better").json() == {"success": True}
    assert page.get(f"{V}/{post_id}", fields="message").json()["message"] == "Better"
    assert [one["id"] for one in page.get(f"{V}/{page.id}/posts").json()["data"]] == [post_id]
    assert page.delete(f"{V}/{post_id}").json() == {"success": True}
    assert says(page.get(f"{V}/{post_id}")) == (400, 100, 33)


def test_figures_are_told(page):
    post_id = feed(page).json()["id"]
    metrics = "post_media_view,post_clicks,post_reactions_by_type_total"
    told = page.get(f"{V}/{post_id}/insights", metric=metrics).json()["data"]
    assert [one["name"] for one in told] == metrics.split(",")
    of_page = page.get(f"{V}/{page.id}/insights", metric="page_follows", period="day").json()["data"]
    assert of_page[0]["values"][0]["end_time"]
    both = page.get(f"{V}/", ids=f"{post_id},{page.id}", fields="id").json()
    assert set(both) == {post_id, page.id}
    counted = page.get(f"{V}/{post_id}", fields="shares,reactions.limit(0).summary(true)").json()
    assert "total_count" in counted["reactions"]["summary"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"client_id": "other"}, "Invalid app id"),
        ({"redirect_uri": "https://evil.example/"}, "not allowed"),
        ({"scope": "everything"}, "Invalid scopes"),
        ({"shoe": "1"}, "no field"),
        ({"response_type": "token"}, "response_type"),
    ],
)
def test_dialog_refuses_what_it_does_not_know(server, change, words):
    page = Visitor(server, f"www.facebook.com{V}/dialog/oauth").open(**change)
    assert page.status_code == 400
    assert words in page.text
