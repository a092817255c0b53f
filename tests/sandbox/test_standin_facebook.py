"""The stand-in of Facebook Pages: signing in, publishing, reading back, and every documented refusal."""

import json

import pytest
import requests

from tests.support.standins import MP4, RETURN, Shelf, Visitor, jpeg, numbers, open_account, returned, says

HOST = "graph.facebook.com"
V = "/v26.0"
SCOPES = ("pages_show_list", "pages_manage_posts", "pages_read_engagement", "read_insights")


@pytest.fixture(scope="module")
def shelf():
    made = Shelf()
    yield made
    made.close()


@pytest.fixture
def person(server):
    return open_account(server, "facebook", f"person-{next(numbers)}", host=HOST, kind="person")


@pytest.fixture
def page(server, person, shelf):
    number = next(numbers)
    made = open_account(server, "facebook", f"page-{number}", host=HOST, kind="page", owner=person.handle)
    made.shelf = shelf
    made.picture = shelf.put(jpeg())
    return made


@pytest.fixture
def other(server, person):
    return open_account(
        server, "facebook", f"page-{next(numbers)}", host=HOST, kind="page", owner=person.handle
    )


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
    caller = open_account(server, "facebook", f"asks-{next(numbers)}", host=HOST)
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


GRAPH = 'Graph API, "Handle errors"'
POSTS = 'Pages API, "Posts"'
LOGIN = 'Facebook Login, "Manually Build a Login Flow"'
PHOTOS = 'Graph API, "Page Photos"'
INSIGHTS = 'Pages API, "Deprecated metrics"'


def _with(page, scopes):
    token = page.issue(scopes, use="page")
    return page.call("POST", f"{V}/{page.id}/feed", token=token, form={"message": "Hello"})


def _read_only(page):
    page.trait(page_tasks="read_only")
    return feed(page)


def _revoked(page):
    page.server.admin("POST", "/tokens/revoke", json={"account": page.handle})
    return feed(page)


def _expired(page):
    page.server.admin("POST", "/tokens/expire", json={"account": page.handle})
    return feed(page)


def _twice(page):
    feed(page)
    return feed(page)


def _proof(page):
    return page.get(f"{V}/me", appsecret_proof="0" * 64)


REFUSALS = [
    # what, the request, (status, code, subcode), what it rests on
    ("no token", lambda p, o, u: p.call("GET", f"{V}/me", token=""), (400, 104, None), GRAPH),
    ("unknown token", lambda p, o, u: p.call("GET", f"{V}/me", token="x"), (400, 190, None), GRAPH),
    ("expired token", lambda p, o, u: _expired(p), (400, 190, 463), GRAPH),
    ("revoked token", lambda p, o, u: _revoked(p), (400, 190, 460), GRAPH),
    ("wrong proof", lambda p, o, u: _proof(p), (400, 100, None), 'Graph API, "Secure Graph API Calls"'),
    ("unknown version", lambda p, o, u: p.get("/v9.0/me"), (400, 2635, None), 'Graph API, "Versions"'),
    ("no version", lambda p, o, u: p.get("/me"), (400, 2500, None), 'Graph API, "Versions"'),
    ("unknown path", lambda p, o, u: p.get(f"{V}/{p.id}/nothing"), (400, 2500, None), GRAPH),
    ("unknown object", lambda p, o, u: p.get(f"{V}/1_2", fields="id"), (400, 100, 33), GRAPH),
    ("unknown field", lambda p, o, u: p.get(f"{V}/me", fields="shoe_size"), (400, 100, None), GRAPH),
    ("broken fields", lambda p, o, u: p.get(f"{V}/me", fields="id{"), (400, 2500, None), GRAPH),
    ("unknown parameter", lambda p, o, u: feed(p, shoe="1"), (400, 100, None), GRAPH),
    ("a person's token", lambda p, o, u: u.post(f"{V}/{p.id}/feed", message="x"), (403, 210, None), POSTS),
    (
        "another page's token",
        lambda p, o, u: o.post(f"{V}/{p.id}/feed", message="x"),
        (403, 200, None),
        POSTS,
    ),
    ("no permission", lambda p, o, u: _with(p, SCOPES[2:]), (403, 200, None), POSTS),
    ("no task", lambda p, o, u: _read_only(p), (403, 200, None), POSTS),
    ("empty post", lambda p, o, u: feed(p, " "), (400, 100, None), POSTS),
    ("message too long", lambda p, o, u: feed(p, "a" * 63207), (400, 100, None), POSTS),
    ("link that is none", lambda p, o, u: feed(p, link="nowhere"), (400, 100, 1609005), GRAPH),
    ("the same again", lambda p, o, u: _twice(p), (400, 506, None), GRAPH),
    ("scheduled", lambda p, o, u: feed(p, published="false"), (400, 100, None), POSTS),
    ("photo unknown", lambda p, o, u: feed(p, attached_media=attached("1")), (400, 100, 33), POSTS),
    (
        "another page's photo",
        lambda p, o, u: o.post(f"{V}/{o.id}/feed", attached_media=attached(photo(p).json()["id"])),
        (400, 100, 33),
        POSTS,
    ),
    ("attached in another shape", lambda p, o, u: feed(p, attached_media='["1"]'), (400, 100, None), POSTS),
    ("no photo", lambda p, o, u: p.post(f"{V}/{p.id}/photos"), (400, 100, None), PHOTOS),
    (
        "photo too large",
        lambda p, o, u: photo(p, url=p.shelf.put(b"\xff" * (4 * 1024 * 1024 + 1))),
        (400, 100, 1366046),
        PHOTOS,
    ),
    (
        "photo of a wrong kind",
        lambda p, o, u: photo(p, url=p.shelf.put(jpeg(kind="WEBP"), "image/webp")),
        (400, 100, 1366046),
        PHOTOS,
    ),
    ("photo not there", lambda p, o, u: photo(p, url=p.shelf.address("/none")), (400, 100, 2069019), PHOTOS),
    (
        "video without permission",
        lambda p, o, u: p.call(
            "POST",
            f"{V}/{p.id}/videos",
            token=p.issue(SCOPES, use="page"),
            form={"file_url": p.shelf.put(MP4, "video/mp4")},
        ),
        (403, 200, None),
        POSTS,
    ),
    (
        "video that is none",
        lambda p, o, u: p.post(f"{V}/{p.id}/videos", file_url=p.shelf.put(b"no", "video/mp4")),
        (400, 100, 2069019),
        'Graph API, "Page Videos"',
    ),
    (
        "piece of no upload",
        lambda p, o, u: p.post(f"{V}/{p.id}/videos", upload_phase="finish", upload_session_id="1"),
        (400, 100, 1363037),
        'Graph API, "Page Videos"',
    ),
    (
        "too many at once",
        lambda p, o, u: p.get(f"{V}/{p.id}/published_posts", limit=101),
        (400, 100, None),
        'Graph API, "Page published posts"',
    ),
    (
        "figure that has ended",
        lambda p, o, u: p.get(f"{V}/{p.id}/insights", metric="page_fans,page_follows", period="day"),
        (400, 100, None),
        INSIGHTS,
    ),
    (
        "counts without permission",
        lambda p, o, u: p.call(
            "GET",
            f"{V}/{feed(p).json()['id']}",
            token=p.issue(SCOPES, use="page"),
            params={"fields": "comments.summary(true)"},
        ),
        (403, 10, None),
        GRAPH,
    ),
    ("wrong app", lambda p, o, u: redeem(p, "x", client_id="other"), (400, 101, None), LOGIN),
    ("wrong secret", lambda p, o, u: redeem(p, "x", client_secret="x"), (400, 1, None), LOGIN),
    ("unknown code", lambda p, o, u: redeem(p, "x"), (400, 100, 36009), LOGIN),
    (
        "other return address",
        lambda p, o, u: redeem(p, allow(u, scope="pages_show_list"), redirect_uri=RETURN + "/x"),
        (400, 100, 36008),
        LOGIN,
    ),
    ("exchange of a page's token", lambda p, o, u: exchange(p, p.token), (400, 100, None), LOGIN),
]


@pytest.mark.parametrize(
    ("ask", "expected"), [row[1:3] for row in REFUSALS], ids=[row[0] for row in REFUSALS]
)
def test_documented_refusal(page, other, person, ask, expected):
    answer = ask(page, other, person)
    assert says(answer) == expected, answer.text
    assert answer.json()["error"]["fbtrace_id"]
    assert len(page.commits()) + len(other.commits()) <= 1


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
