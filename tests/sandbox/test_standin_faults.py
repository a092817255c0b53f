"""Rules, traits and the log hold for the stand-ins' calls as they do for the network's own."""

import threading
import time

import pytest
import requests

from tests.support.standins import Visitor, jpeg, numbers, open_account, returned, says

PUBLISH = {"method": "POST", "path": "/api/posts"}
UPLOAD = {"method": "POST", "path": "/api/media"}
READ = {"method": "GET", "path": "/api/posts"}
TOKENS = {"method": "POST", "path": "/oauth/token"}
HOSTS = {
    "facebook": ("graph.facebook.com", "/v26.0"),
    "instagram": ("graph.instagram.com", "/v26.0"),
    "threads": ("graph.threads.net", "/v1.0"),
}


@pytest.fixture(scope="module")
def picture(shelf):
    return shelf.put(jpeg())


class Platform:
    """Publishing on one of the platforms in its own way."""

    def __init__(self, server, network, picture):
        self.network, self.picture = network, picture
        self.host, self.version = HOSTS[network]
        self.account = open_account(
            server, network, f"{network}-{next(numbers)}", host=self.host, **self.kind
        )

    @property
    def kind(self):
        return {"kind": "page"} if self.network == "facebook" else {}

    def prepare(self, text="Hello"):
        """What is sent to publish: path and fields."""
        base = f"{self.version}/{self.account.id}"
        if self.network == "facebook":
            return f"{base}/feed", {"message": text}
        if self.network == "instagram":
            made = self.account.post(f"{base}/media", image_url=self.picture, caption=text)
            return f"{base}/media_publish", {"creation_id": made.json()["id"]}
        made = self.account.post(f"{base}/threads", media_type="TEXT", text=text)
        return f"{base}/threads_publish", {"creation_id": made.json()["id"]}

    def listed(self):
        edge = {"facebook": "published_posts", "instagram": "media", "threads": "threads"}[self.network]
        answer = self.account.get(f"{self.version}/{self.account.id}/{edge}")
        assert answer.status_code == 200, answer.text
        return [one["id"] for one in answer.json()["data"]]


@pytest.fixture(params=HOSTS)
def platform(request, server, picture):
    return Platform(server, request.param, picture)


@pytest.fixture
def account(platform):
    return platform.account


def _wait_for_commits(account, count, seconds=5):
    ends = time.monotonic() + seconds
    while len(found := account.commits()) < count:
        assert time.monotonic() < ends
        time.sleep(0.05)
    return found


def test_post_is_in_the_feed_and_the_log(server, platform, account):
    path, fields = platform.prepare("In the feed")
    post_id = account.post(path, **fields).json()["id"]
    (commit,) = account.commits()
    assert (commit["id"], commit["text"]) == (post_id, "In the feed")
    page = requests.get(f"{server.url}/@{account.handle}/{post_id}", timeout=10).text
    assert "In the feed" in page
    assert {"facebook": "Facebook", "instagram": "Instagram", "threads": "Threads"}[platform.network] in page
    events = server.events("request", account=account.handle)
    assert [event["disposition"] for event in events] == ["accepted"]


def test_answer_of_a_publish_can_be_lost(server, platform, account):
    path, fields = platform.prepare()
    server.faults(account.misbehaves("accept_then_drop", PUBLISH))
    with pytest.raises(requests.ConnectionError):
        account.post(path, **fields)
    assert len(account.commits()) == 1
    assert platform.listed() == [account.commits()[0]["id"]]


def test_rule_without_a_path_that_acts_after_covers_publishing_alone(server, platform, account):
    server.faults(account.misbehaves("accept_then_drop"))
    path, fields = platform.prepare()
    with pytest.raises(requests.ConnectionError):
        account.post(path, **fields)


def test_error_after_publishing_has_the_platforms_shape(server, platform, account):
    path, fields = platform.prepare()
    server.faults(account.misbehaves("error_after_accept", PUBLISH))
    assert says(account.post(path, **fields)) == (500, 2, None)
    assert len(account.commits()) == 1


def test_gateway_answers_with_a_page(server, platform, account):
    path, fields = platform.prepare()
    server.faults(account.misbehaves("error_before", PUBLISH, status=503))
    answer = account.post(path, **fields)
    assert (answer.status_code, answer.headers["Content-Type"].partition(";")[0]) == (503, "text/html")
    assert account.commits() == []


def test_rate_limit_tells_minutes_in_the_usage_header(server, platform, account):
    path, fields = platform.prepare()
    server.faults(account.misbehaves("rate_limit", PUBLISH, retry_after=600))
    answer = account.post(path, **fields)
    assert says(answer) == (400, 4, None)
    assert '"estimated_time_to_regain_access": 10' in answer.headers["X-Business-Use-Case-Usage"]
    assert "Retry-After" not in answer.headers


def test_silence_publishes_nothing(server, platform, account):
    path, fields = platform.prepare()
    server.faults(account.misbehaves("hang", PUBLISH, seconds=0.3))
    with pytest.raises(requests.ConnectionError):
        account.post(path, **fields)
    assert account.commits() == []


def test_token_can_expire_in_flight(server, platform, account):
    path, fields = platform.prepare()
    server.faults(account.misbehaves("expire_in_flight", PUBLISH, seconds=0.1))
    assert says(account.post(path, **fields)) == (400, 190, 463)
    assert account.commits() == []


def test_post_can_come_after_its_sender_was_hung_up_on(server, platform, account):
    path, fields = platform.prepare("Late")
    server.faults(account.misbehaves("drop_then_commit", PUBLISH, seconds=0.5))
    with pytest.raises(requests.ConnectionError):
        account.post(path, **fields)
    assert account.commits() == []
    (commit,) = _wait_for_commits(account, 1)
    assert commit["text"] == "Late"
    assert platform.listed() == [commit["id"]]


@pytest.mark.parametrize("platform", ["instagram", "threads"], indirect=True)
def test_late_post_of_a_container_published_meanwhile_is_no_second_post(server, platform, account):
    path, fields = platform.prepare()
    server.faults(account.misbehaves("drop_then_commit", PUBLISH, seconds=0.5))
    with pytest.raises(requests.ConnectionError):
        account.post(path, **fields)
    assert account.post(path, **fields).status_code == 200
    time.sleep(0.8)
    assert len(account.commits()) == 1
    pending = server.admin("GET", "/pending").json()["pending"]
    assert account.handle not in [post["account"] for post in pending]


@pytest.mark.parametrize("platform", ["instagram", "threads"], indirect=True)
def test_container_sent_twice_at_once_is_published_once(platform, account):
    path, fields = platform.prepare()
    answers = []
    threads = [
        threading.Thread(target=lambda: answers.append(account.post(path, **fields))) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answer.status_code for answer in answers) == [200, 400, 400, 400]
    assert len(account.commits()) == 1


@pytest.mark.parametrize("platform", ["instagram", "threads"], indirect=True)
def test_rule_for_uploads_covers_making_containers(server, platform, account):
    server.faults(account.misbehaves("refuse", UPLOAD))
    base = f"{platform.version}/{account.id}"
    if platform.network == "instagram":
        answer = account.post(f"{base}/media", image_url=platform.picture)
    else:
        answer = account.post(f"{base}/threads", media_type="TEXT", text="Hello")
    assert says(answer) == (400, 100, None)


def test_rule_for_uploads_covers_hidden_photos(server, picture):
    page = Platform(server, "facebook", picture)
    server.faults(page.account.misbehaves("refuse", UPLOAD, times=None))
    path, hidden = f"/v26.0/{page.account.id}/photos", {"url": picture, "published": "false"}
    assert says(page.account.post(path, **hidden)) == (400, 100, None)
    assert page.account.post(path, url=picture).status_code == 200


def test_rule_for_reading_covers_the_list(server, platform, account):
    server.faults(account.misbehaves("refuse", READ, code=1, subcode=99, status=500))
    edge = {"facebook": "published_posts", "instagram": "media", "threads": "threads"}[platform.network]
    assert says(account.get(f"{platform.version}/{account.id}/{edge}")) == (500, 1, 99)


@pytest.mark.parametrize("platform", ["instagram", "threads"], indirect=True)
def test_rule_for_tokens_covers_renewing(server, platform, account):
    account.trait(tokens_older_by=86400)
    prefix = {"instagram": "ig", "threads": "th"}[platform.network]
    query = {"grant_type": f"{prefix}_refresh_token", "access_token": account.token}
    server.faults(account.misbehaves("error_before", TOKENS, status=500))
    assert account.call("GET", "/refresh_access_token", token="", params=query).status_code == 500
    assert account.call("GET", "/refresh_access_token", token="", params=query).status_code == 200


def test_rule_by_path_covers_what_lies_under_it(server, platform, account):
    match = {"path": f"/as/{platform.host}{platform.version}/me"}
    server.faults(account.misbehaves("refuse", match, code=1, status=500))
    assert says(account.get(f"{platform.version}/me"))[1] == 1


def test_list_is_as_the_traits_have_it(platform, account):
    path, fields = platform.prepare()
    account.post(path, **fields)
    account.trait(invisible_for=60)
    assert platform.listed() == []
    account.trait(invisible_for=None, listing="partial", hidden_share=1)
    assert platform.listed() == []
    account.trait(listing="none")
    with pytest.raises(AssertionError):
        platform.listed()


def test_everything_is_there_after_a_restart(make_server, picture):
    server = make_server()
    platforms = [Platform(server, network, picture) for network in HOSTS]
    prepared = [platform.prepare("After a restart") for platform in platforms]
    server.stop()
    server.start()
    for platform, (path, fields) in zip(platforms, prepared, strict=True):
        assert platform.account.post(path, **fields).status_code == 200
        assert len(platform.listed()) == 1


@pytest.mark.parametrize(
    ("network", "address"),
    [
        ("facebook", "www.facebook.com/v26.0/dialog/oauth"),
        ("instagram", "www.instagram.com/oauth/authorize"),
        ("threads", "threads.net/oauth/authorize"),
        ("threads", "www.threads.net/oauth/authorize"),
        ("threads", "www.threads.com/oauth/authorize"),
    ],
)
def test_consent_page_says_that_it_is_a_stand_in(server, network, address):
    scope = {"instagram": "instagram_business_basic", "threads": "threads_basic"}.get(network, "")
    visitor = Visitor(server, address)
    page = visitor.open(scope=scope)
    assert page.status_code == 200
    assert "practice network’s stand-in" in page.text
    answer = visitor.send(cancel="yes")
    assert returned(answer)["error"] == "access_denied"
    assert returned(answer)["state"] == "s1"


def test_account_of_another_platform_cannot_be_chosen(server, platform, account):
    other = {"threads": "instagram"}.get(platform.network, "threads")
    visitor = Visitor(server, f"www.{other}.{'com' if other == 'instagram' else 'net'}/oauth/authorize")
    scope = {"instagram": "instagram_business_basic", "threads": "threads_basic"}[other]
    visitor.open(scope=scope)
    assert visitor.send(choose=account.handle, allow="yes").status_code == 422


def test_form_of_another_site_is_refused(server):
    visitor = Visitor(server, "threads.net/oauth/authorize")
    visitor.open(scope="threads_basic")
    answer = visitor.session.post(
        visitor.address, data={"allow": "yes"}, headers={"Origin": "https://evil.example"}, timeout=10
    )
    assert answer.status_code == 403


def test_unknown_host_has_nothing(server):
    assert requests.get(f"{server.url}/as/example.org/x", timeout=10).status_code == 404


def test_names_of_platforms_are_apart(server):
    number = next(numbers)
    made = [open_account(server, network, f"same-{number}", host="") for network in HOSTS]
    assert len({one.id for one in made}) == 3
    assert len({one.handle for one in made}) == 3
