"""The stand-in of Threads: signing in, publishing, replies, reading back, and every documented refusal."""

import time

import pytest
import requests

from tests.support.standins import MP4, RETURN, Visitor, jpeg, numbers, open_account, says

HOST = "graph.threads.net"
V = "/v1.0"
SCOPES = (
    "threads_basic",
    "threads_content_publish",
    "threads_manage_replies",
    "threads_read_replies",
    "threads_manage_insights",
    "threads_delete",
)


@pytest.fixture
def threads(server, shelf):
    made = open_account(server, "threads", f"threads-{next(numbers)}", host=HOST)
    made.shelf = shelf
    made.picture = shelf.put(jpeg())
    return made


@pytest.fixture
def other(server):
    return open_account(server, "threads", f"threads-{next(numbers)}", host=HOST)


def make(threads, **fields):
    return threads.post(f"{V}/{threads.id}/threads", **fields)


def container(threads, **fields):
    answer = make(threads, **({"media_type": "TEXT", "text": "Hello"} | fields))
    assert answer.status_code == 200, answer.text
    return answer.json()["id"]


def image(threads, **fields):
    answer = make(threads, media_type="IMAGE", image_url=threads.picture, **fields)
    assert answer.status_code == 200, answer.text
    return answer.json()["id"]


def publish(threads, creation_id):
    return threads.post(f"{V}/{threads.id}/threads_publish", creation_id=creation_id)


def posted(threads, **fields):
    answer = publish(threads, container(threads, **fields))
    assert answer.status_code == 200, answer.text
    return answer.json()["id"]


def status_of(threads, container_id):
    return threads.get(f"{V}/{container_id}", fields="status,error_message").json()


def test_person_signs_in_and_the_token_is_made_to_last(threads):
    visitor = Visitor(threads.server, "threads.net/oauth/authorize")
    back = visitor.allow(threads, scope=",".join(SCOPES), untick=("scope-threads_delete",))
    form = {
        "client_id": "practice",
        "client_secret": "practice",
        "grant_type": "authorization_code",
        "redirect_uri": RETURN,
        "code": back["code"],
    }
    short = threads.call("POST", "/oauth/access_token", token="", form=form).json()
    assert str(short["user_id"]) == threads.id
    query = {
        "grant_type": "th_exchange_token",
        "client_secret": "practice",
        "access_token": short["access_token"],
    }
    longer = threads.call("GET", "/access_token", token="", params=query).json()
    assert 59 * 86400 < longer["expires_in"] <= 60 * 86400
    threads.token = longer["access_token"]
    assert threads.get(f"{V}/me", fields="id,username").json()["id"] == threads.id
    assert says(threads.delete(f"{V}/{posted(threads)}")) == (403, 10, None)


def test_chain_of_posts_is_published_and_read_back(threads):
    first = posted(threads, text="One", link_attachment="https://example.org/a")
    second = posted(threads, text="Two", reply_to_id=first)
    third = posted(threads, text="Three", reply_to_id=second)
    told = threads.get(f"{V}/{third}", fields="permalink,text,replied_to,root_post,timestamp").json()
    assert (told["replied_to"]["id"], told["root_post"]["id"]) == (second, first)
    assert told["permalink"].startswith(f"https://www.threads.net/@{threads.handle.partition('@')[0]}/post/")
    assert [one["id"] for one in threads.get(f"{V}/{threads.id}/threads").json()["data"]] == [first]
    replies = threads.get(f"{V}/{threads.id}/replies", fields="id,text").json()["data"]
    assert [one["text"] for one in replies] == ["Three", "Two"]
    usage = threads.get(
        f"{V}/{threads.id}/threads_publishing_limit", fields="quota_usage,config,reply_quota_usage"
    ).json()["data"][0]
    assert (usage["quota_usage"], usage["reply_quota_usage"]) == (1, 2)
    assert usage["config"]["quota_total"] == 250


def test_container_is_published_once(threads):
    made = container(threads)
    assert status_of(threads, made) == {"id": made, "status": "FINISHED"}
    assert publish(threads, made).status_code == 200
    assert status_of(threads, made)["status"] == "PUBLISHED"
    assert publish(threads, made).status_code == 400
    assert len(threads.commits()) == 1


def test_text_can_be_published_at_once(threads):
    answer = make(threads, media_type="TEXT", text="At once", auto_publish_text="true")
    assert threads.commits()[0]["id"] == answer.json()["id"]


def test_pictures_and_videos_are_published(threads):
    children = f"{image(threads, is_carousel_item='true')},{image(threads, is_carousel_item='true')}"
    parent = make(threads, media_type="CAROUSEL", children=children, text="Two").json()["id"]
    publish(threads, parent)
    publish(threads, image(threads, text="One", alt_text="A river"))
    video = make(threads, media_type="VIDEO", video_url=threads.shelf.put(MP4, "video/mp4")).json()["id"]
    publish(threads, video)
    assert [len(commit["media"]) for commit in threads.commits()] == [2, 1, 1]
    assert threads.commits()[1]["media"][0]["alt"] == "A river"


def test_container_with_media_is_in_progress_until_its_time(threads):
    threads.trait(media_processing_for=0.6)
    assert status_of(threads, container(threads))["status"] == "FINISHED"
    made = image(threads)
    assert status_of(threads, made)["status"] == "IN_PROGRESS"
    assert says(publish(threads, made)) == (400, 9007, 2207027)
    time.sleep(0.7)
    assert publish(threads, made).status_code == 200


@pytest.mark.parametrize(
    ("data", "status", "word"),
    [(MP4, 404, "FAILED_DOWNLOADING_VIDEO"), (b"no video", 200, "FAILED_PROCESSING_VIDEO")],
)
def test_broken_video_is_an_error_of_its_container(threads, data, status, word):
    url = threads.shelf.put(data, "video/mp4", status=status)
    made = make(threads, media_type="VIDEO", video_url=url).json()["id"]
    assert status_of(threads, made) == {"id": made, "status": "ERROR", "error_message": word}
    assert publish(threads, made).status_code == 400


def test_post_is_deleted(threads):
    post_id = posted(threads)
    assert threads.delete(f"{V}/{post_id}").json() == {"success": True, "deleted_id": post_id}
    assert says(threads.get(f"{V}/{post_id}")) == (400, 100, 33)
    usage = threads.get(f"{V}/me/threads_publishing_limit", fields="delete_quota_usage").json()
    assert usage["data"][0]["delete_quota_usage"] == 1


def test_figures_are_told(threads):
    post_id = posted(threads)
    told = threads.get(f"{V}/{post_id}/insights", metric="views,likes,replies,reposts,quotes,shares").json()
    assert len(told["data"]) == 6
    account = threads.get(f"{V}/{threads.id}/threads_insights", metric="views,followers_count").json()["data"]
    assert "end_time" in account[0]["values"][0]
    assert account[1]["total_value"]["value"] > 0


def test_address_of_a_post_leads_to_its_page_here(server, threads):
    permalink = threads.get(f"{V}/{posted(threads, text='Look')}", fields="permalink").json()["permalink"]
    assert "Look" in requests.get(server.url + "/as/" + permalink.partition("://")[2], timeout=10).text


@pytest.mark.parametrize("text", ["a" * 500, "🎉" * 125, "ä" * 500])
def test_text_of_five_hundred_is_taken(threads, text):
    assert make(threads, media_type="TEXT", text=text).status_code == 200


POSTS = 'Threads API, "Posts" and "Publishing Reference"'
REPLIES = 'Threads API, "Create Replies"'
TOKENS = 'Threads API, "Long-Lived Tokens"'
LIMITS = 'Threads API, "Overview: Rate Limits"'
GRAPH = 'Graph API, "Handle errors"'
LINKS = " ".join(f"https://example.org/{n}" for n in range(6))


def _refresh(threads, **query):
    asked = {"grant_type": "th_refresh_token", "access_token": threads.token} | query
    return threads.call("GET", "/refresh_access_token", token="", params=asked)


def _expired(threads):
    made = container(threads)
    threads.trait(container_lasts=0)
    return publish(threads, made)


def _quota_used(threads):
    threads.trait(daily_quota=1)
    posted(threads)
    return publish(threads, container(threads))


def _with(threads, scopes, **fields):
    token = threads.issue(scopes)
    return threads.call("POST", f"{V}/{threads.id}/threads", token=token, form=fields)


def _text(threads, text, **more):
    return make(threads, media_type="TEXT", text=text, **more)


def _picture(threads, data, kind="image/jpeg", **more):
    return make(threads, media_type="IMAGE", image_url=threads.shelf.put(data, kind), **more)


REFUSALS = [
    # what, the request, (status, code, subcode), what it rests on
    ("no token", lambda t, o: t.call("GET", f"{V}/me", token=""), (400, 104, None), GRAPH),
    ("unknown token", lambda t, o: t.call("GET", f"{V}/me", token="x"), (400, 190, None), GRAPH),
    ("wrong version", lambda t, o: t.get("/v26.0/me"), (400, 2500, None), POSTS),
    ("unknown parameter", lambda t, o: _text(t, "Hello", shoe="1"), (400, 100, None), GRAPH),
    ("no media type", lambda t, o: make(t, text="Hello"), (400, 100, None), POSTS),
    ("unknown media type", lambda t, o: make(t, media_type="POEM", text="Hello"), (400, 100, None), POSTS),
    ("no text", lambda t, o: _text(t, " "), (400, 100, None), POSTS),
    ("text too long", lambda t, o: _text(t, "a" * 501), (400, 100, None), POSTS),
    ("too many emoji", lambda t, o: _text(t, "🎉" * 126), (400, 100, None), POSTS),
    ("too many links", lambda t, o: _text(t, LINKS), (400, 100, None), POSTS),
    (
        "one link too many with the attached one",
        lambda t, o: _text(t, LINKS[:-1] + "4", link_attachment="https://example.org/x"),
        (400, 100, None),
        POSTS,
    ),
    ("topic with a dot", lambda t, o: _text(t, "Hello", topic_tag="a.b"), (400, 100, None), POSTS),
    ("alt text of a text", lambda t, o: _text(t, "Hello", alt_text="A"), (400, 100, None), POSTS),
    (
        "link attached to a picture",
        lambda t, o: _picture(t, jpeg(), link_attachment="https://example.org"),
        (400, 100, None),
        POSTS,
    ),
    ("alt text too long", lambda t, o: _picture(t, jpeg(), alt_text="a" * 1001), (400, 100, None), POSTS),
    ("picture too wide", lambda t, o: _picture(t, jpeg(1100, 100)), (400, 100, None), POSTS),
    ("no picture", lambda t, o: _picture(t, b"hello"), (400, 100, None), POSTS),
    ("WebP picture", lambda t, o: _picture(t, jpeg(kind="WEBP"), "image/webp"), (400, 100, None), POSTS),
    (
        "picture not there",
        lambda t, o: make(t, media_type="IMAGE", image_url=t.shelf.address("/none")),
        (400, 1, 2207052),
        'Threads API, "Troubleshooting"',
    ),
    ("carousel of one", lambda t, o: make(t, media_type="CAROUSEL", children="1"), (400, 100, None), POSTS),
    (
        "carousel of others' items",
        lambda t, o: make(t, media_type="CAROUSEL", children="1,2"),
        (400, 24, 2207006),
        POSTS,
    ),
    ("reply to nothing", lambda t, o: _text(t, "Hello", reply_to_id="1"), (400, 100, 33), REPLIES),
    (
        "reply to another's post",
        lambda t, o: _text(t, "Hello", reply_to_id=posted(o)),
        (403, 10, None),
        REPLIES,
    ),
    (
        "reply without leave",
        lambda t, o: _with(t, SCOPES[:2], media_type="TEXT", text="Hello", reply_to_id=posted(t)),
        (403, 10, None),
        REPLIES,
    ),
    (
        "no permission to publish",
        lambda t, o: _with(t, SCOPES[:1], media_type="TEXT", text="Hello"),
        (403, 10, None),
        TOKENS,
    ),
    ("token too young to renew", lambda t, o: _refresh(t), (400, 100, None), TOKENS),
    ("publish an unknown container", lambda t, o: publish(t, "1"), (400, 24, 2207008), POSTS),
    ("publish another's container", lambda t, o: publish(o, container(t)), (400, 24, 2207006), POSTS),
    ("publish an expired container", lambda t, o: _expired(t), (400, -2, 2207020), POSTS),
    ("publish beyond the quota", lambda t, o: _quota_used(t), (400, 9, 2207042), LIMITS),
    (
        "figures before the first",
        lambda t, o: t.get(f"{V}/me/threads_insights", metric="likes", since="1712991599"),
        (400, 100, None),
        'Threads API, "Insights"',
    ),
    ("delete another's post", lambda t, o: t.delete(f"{V}/{posted(o)}"), (400, 100, 33), POSTS),
    ("edit", lambda t, o: t.post(f"{V}/{posted(t)}", text="New"), (400, 2500, None), POSTS),
]


@pytest.mark.parametrize(
    ("ask", "expected"), [row[1:3] for row in REFUSALS], ids=[row[0] for row in REFUSALS]
)
def test_documented_refusal(threads, other, ask, expected):
    answer = ask(threads, other)
    assert says(answer) == expected, answer.text
    assert answer.json()["error"]["fbtrace_id"]
    assert len(threads.commits()) + len(other.commits()) <= 1


def test_too_many_links_are_named(threads):
    assert "THREADS_API__LINK_LIMIT_EXCEEDED" in _text(threads, LINKS).text


CODE_FIELDS = {
    "client_id": "practice",
    "client_secret": "practice",
    "grant_type": "authorization_code",
    "redirect_uri": RETURN,
    "code": "x",
}


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"client_id": "other"},
        {"client_secret": "x"},
        {"grant_type": "implicit"},
        {"redirect_uri": "http://x/"},
    ],
)
def test_wrong_code_is_refused_as_token_endpoints_do(threads, change):
    answer = threads.call("POST", "/oauth/access_token", token="", form=CODE_FIELDS | change)
    assert answer.status_code == 400
    assert set(answer.json()) == {"error_type", "code", "error_message"}


def test_expired_token_cannot_be_renewed(server, threads):
    threads.trait(tokens_older_by=86400)
    server.admin("POST", "/tokens/expire", json={"account": threads.handle})
    assert says(_refresh(threads)) == (400, 190, 463)
