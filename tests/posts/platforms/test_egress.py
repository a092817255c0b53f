"""Where the hub may connect to. No Django, no database."""

from __future__ import annotations

import socket

import pytest

from posts.platforms import sockets
from posts.platforms.base import Transient, UnsupportedServer
from posts.platforms.deadline import Deadline
from posts.platforms.egress import Egress, check_addresses, check_url, is_public_name, same_origin
from posts.platforms.http import Http
from tests.support.proxy import Proxy, Reply, redirect_to

REFUSED_ADDRESSES = [
    "0.0.0.0",
    "0.1.2.3",
    "10.0.0.1",
    "100.64.0.1",
    "100.127.255.254",
    "127.0.0.1",
    "127.255.255.254",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.1",
    "192.0.0.170",
    "192.0.2.1",
    "192.31.196.1",
    "192.88.99.1",
    "192.168.1.1",
    "198.18.0.1",
    "198.19.255.255",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::7f00:1",
    "::127.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::ffff:8.8.8.8",
    "::ffff:0:127.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b::808:808",
    "64:ff9b:1::a00:1",
    "100::1",
    "2001::1",
    "2001:0:7f00:1::",
    "2001:10::1",
    "2001:db8::1",
    "2002:7f00:1::",
    "2002:a00:1::1",
    "3fff::1",
    "5f00::1",
    "fc00::1",
    "fd12:3456:789a::1",
    "fe80::1",
    "fe80::1%eth0",
    "2606:4700::1%eth0",
    "fec0::1",
    "ff02::1",
    "ff0e::1",
    "not an address",
    "",
]
PUBLIC_ADDRESSES = ["8.8.8.8", "1.1.1.1", "172.15.0.1", "172.32.0.1", "100.128.0.1", "2606:4700::6810:1"]

REFUSED_URLS = [
    "http://social.example.org/",
    "ftp://social.example.org/",
    "file:///etc/passwd",
    "gopher://social.example.org/",
    "//social.example.org/",
    "social.example.org",
    "",
    "https://",
    "https:///path",
    "https://social.example.org:80/",
    "https://social.example.org:8443/",
    "https://social.example.org:0/",
    "https://social.example.org:99999/",
    "https://social.example.org:abc/",
    "https://user@social.example.org/",
    "https://user:secret@social.example.org/",
    "https://@social.example.org/",
    "https://social.example.org\\@127.0.0.1/",
    "https://social.example.org /",
    "https://social.example.org\t/",
    "https://social.example.org/\r\nX: y",
    "https://127.0.0.1/",
    "https://[::1]/",
    "https://[::ffff:127.0.0.1]/",
    "https://[64:ff9b::7f00:1]/",
    "https://8.8.8.8/",
    "https://2130706433/",
    "https://0x7f000001/",
    "https://0x7f.1/",
    "https://017700000001/",
    "https://0177.0.0.1/",
    "https://127.1/",
    "https://127.0.0.1./",
    "https://１２７.０.０.１/",
    "https://localhost/",
    "https://localhost./",
    "https://sub.localhost/",
    "https://intranet/",
    "https://printer.local/",
    "https://metadata.google.internal/",
    "https://router.lan/",
    "https://nas.home.arpa/",
    "https://hidden.onion/",
    "https://-bad-.example.org-/",
    "https://a..b/",
    "https://" + "a" * 64 + ".org/",
    "https://" + "a." * 130 + "org/",
    "https://bücher.example.org/",
]


@pytest.mark.parametrize("address", REFUSED_ADDRESSES)
def test_refused_address(address):
    with pytest.raises(UnsupportedServer):
        check_addresses("social.example.org", [address], Egress())


@pytest.mark.parametrize("address", PUBLIC_ADDRESSES)
def test_public_address_is_allowed(address):
    assert check_addresses("social.example.org", [address], Egress()) == [address]


def test_one_private_address_among_public_ones_refuses_all():
    with pytest.raises(UnsupportedServer):
        check_addresses("social.example.org", ["8.8.8.8", "10.0.0.1"], Egress())


@pytest.mark.parametrize("url", REFUSED_URLS)
def test_refused_url(url):
    with pytest.raises(UnsupportedServer):
        check_url(url, Egress())


@pytest.mark.parametrize("url", ["https://social.example.org/", "https://social.example.org:443/a?b#c"])
def test_public_https_url_is_allowed(url):
    assert check_url(url, Egress()).hostname == "social.example.org"


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:3000/", "http://localhost:8100/", "http://[::1]:81/", "http://127.9.9.9/"]
)
def test_loopback_is_allowed_only_when_configured(url):
    assert check_url(url, Egress(allow_loopback=True))
    with pytest.raises(UnsupportedServer):
        check_url(url, Egress())


@pytest.mark.parametrize(
    "url",
    ["http://10.0.0.1/", "https://192.168.1.1/", "http://169.254.169.254/", "http://social.example.org/",
     "https://social.example.org:8443/", "http://user@127.0.0.1/", "http://0.0.0.0/", "http://2130706433/",
     "http://127.1/", "http://[::ffff:127.0.0.1]/", "http://localhost.example.org/"],
)  # fmt: skip
def test_loopback_allowance_opens_nothing_else(url):
    with pytest.raises(UnsupportedServer):
        check_url(url, Egress(allow_loopback=True))


def test_a_public_name_that_resolves_to_loopback_is_refused_even_where_loopback_is_allowed():
    with pytest.raises(UnsupportedServer):
        check_addresses("rebound.example.org", ["127.0.0.1"], Egress(allow_loopback=True))


def test_a_client_bound_to_an_origin_calls_nothing_else():
    egress = Egress(allow_loopback=True, origin="http://127.0.0.1:8100")
    assert check_url("http://127.0.0.1:8100/api", egress)
    for other in ("http://127.0.0.1:8101/", "https://127.0.0.1:8100/", "https://social.example.org/"):
        with pytest.raises(UnsupportedServer):
            check_url(other, egress)


@pytest.mark.parametrize("name", ["localhost", "a", "a.local", "1.2.3.4", "a.0x1", "A.ORG", "a_b", "", "."])
def test_not_a_public_name(name):
    assert not is_public_name(name)


def test_same_origin_is_not_fooled_by_prefixes():
    base = "https://social.example.org"
    assert same_origin(f"{base}/oauth/token", base)
    for tail in (".evil.example.net/", "@evil.net/", ":444/", "\\@evil.net/", "?x"):
        assert not same_origin(base + tail, base)


def resolving(*answers: list[str]):
    """A resolver that gives a new answer each time it is asked, and how often it was asked."""
    asked: list[str] = []

    def resolver(host: str, port: int) -> list[str]:
        asked.append(host)
        return answers[min(len(asked), len(answers)) - 1]

    return resolver, asked


def get(http: Http, url: str = "https://social.example.org/", **options):
    return http.request("GET", url, deadline=Deadline(2), **options)


@pytest.mark.parametrize(
    "answer",
    [["127.0.0.1"], ["8.8.8.8", "127.0.0.1"], ["::ffff:127.0.0.1"], ["64:ff9b::7f00:1"], ["10.1.2.3"]],
)
def test_a_name_that_resolves_to_a_private_address_is_never_connected(answer, monkeypatch):
    monkeypatch.setattr(socket.socket, "connect", lambda *_: pytest.fail("connected"))
    resolver, _ = resolving(answer)
    with pytest.raises(UnsupportedServer) as caught:
        get(Http(resolver=resolver), final=True)
    assert "social.example.org" in caught.value.message


def test_rebinding_has_no_second_look_up_to_win(monkeypatch):
    connected = []

    class Recorder(socket.socket):
        def connect(self, address):
            connected.append(address)
            raise ConnectionRefusedError

    monkeypatch.setattr(sockets.socket, "socket", Recorder)
    resolver, asked = resolving(["8.8.8.8"], ["127.0.0.1"])
    with pytest.raises(Transient):
        get(Http(resolver=resolver), final=True)
    assert connected == [("8.8.8.8", 443)]
    assert asked == ["social.example.org"]


@pytest.mark.parametrize("failure", [socket.gaierror("nodename"), OSError("down"), UnicodeError("label")])
def test_a_name_that_cannot_be_resolved_was_provably_not_sent(failure):
    def resolver(host: str, port: int) -> list[str]:
        raise failure

    with pytest.raises(Transient):
        get(Http(resolver=resolver), final=True)


def test_a_resolver_that_hangs_does_not_hold_the_call(lone: Proxy):
    def resolver(host: str, port: int) -> list[str]:
        lone.stopping.wait(10)
        return ["8.8.8.8"]

    with pytest.raises(Transient) as caught:
        Http(resolver=resolver).request("GET", "https://social.example.org/", deadline=Deadline(0.2))
    assert "no answer in time" in caught.value.detail


@pytest.mark.parametrize(
    "target",
    ["http://127.0.0.1:1/", "http://10.0.0.1/", "http://169.254.169.254/latest/meta-data/", "file:///etc/passwd",
     "https://user:pw@social.example.org/", "http://[::ffff:10.0.0.1]/", "https://2130706433/", "gopher://x/"],
)  # fmt: skip
def test_discovery_checks_every_redirect(client: Http, lone: Proxy, target):
    strict = Http(Egress(allow_loopback=True, origin=lone.url))
    lone.on("GET", "/start", redirect_to(target))
    with pytest.raises(UnsupportedServer):
        strict.discover(f"{lone.url}/start", deadline=Deadline(2))


def test_discovery_follows_three_redirects_and_not_a_fourth(client: Http, lone: Proxy):
    for hop in range(4):
        lone.on("GET", f"/{hop}$", redirect_to(f"/{hop + 1}"))
    lone.on("GET", "/4$", Reply.of(200, {"end": True}))
    answer = client.discover(f"{lone.url}/1", deadline=Deadline(2))
    assert answer.object() == {"end": True}
    assert answer.url == f"{lone.url}/4"
    with pytest.raises(Transient):
        client.discover(f"{lone.url}/0", deadline=Deadline(2))
    assert not any("Authorization" in one.headers for one in lone.requests)


def test_ordinary_calls_do_not_follow_redirects(client: Http, lone: Proxy):
    lone.on("POST", "/token", redirect_to(f"{lone.url}/elsewhere", 307))
    answer = client.request("POST", f"{lone.url}/token", deadline=Deadline(2), token="canary-token")
    assert answer.status == 307
    assert [one.path for one in lone.requests] == ["/token"]
