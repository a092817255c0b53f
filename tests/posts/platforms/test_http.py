"""The hardened HTTP client against servers that misbehave. No Django, no database."""

from __future__ import annotations

import datetime as dt
import gc
import logging
import os
import socket
import ssl
import stat
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from posts.platforms import http, sockets
from posts.platforms.base import PlatformError, Transient, UnknownOutcome
from posts.platforms.deadline import Deadline, watchdog
from posts.platforms.egress import Egress
from posts.platforms.http import BODY_MAX, Answer, Http
from tests.support import proxy, servers
from tests.support.proxy import Exchange, Proxy, Reply, wait_until

CANARY = "canary-3f9a1c"
LATE = 3.0  # seconds; a busy machine needs slack, what is tested would last for ever
BROKEN = [
    proxy.commit_then_drop,
    proxy.commit_then_reset,
    proxy.truncate,
    proxy.garbage,
    proxy.endless_body,
    proxy.flood_headers,
]
SLOW = [
    proxy.silence,
    proxy.drip_body,
    proxy.drip_body_then_close,
    proxy.drip_headers,
    proxy.continue_for_ever,
]


@pytest.fixture
def server(lone: Proxy) -> Proxy:
    lone.otherwise = Reply.of(200, {"id": "1", "text": "long enough to be cut in half"})
    lone.on("*", "/ok", Reply.of(200, {"ok": True}))
    return lone


def post(http: Http, url: str, *, seconds: float = 3, **options) -> Answer:
    return http.request("POST", url, deadline=Deadline(seconds), **options)


def expect(kind: type[PlatformError], call) -> PlatformError:
    with pytest.raises(PlatformError) as caught:
        call()
    assert type(caught.value) is kind, caught.value.detail
    return caught.value


# ---- what arrives


def test_request_arrives_as_given(client: Http, server: Proxy):
    post(
        client, f"{server.url}/ok?a=1", json={"text": "Grüße"}, token="t0k", headers={"Idempotency-Key": "k"}
    )
    seen = server.requests[0]
    assert (seen.method, seen.path, seen.json) == ("POST", "/ok?a=1", {"text": "Grüße"})
    assert seen.headers["Host"] == server.host
    assert seen.headers["Authorization"] == "Bearer t0k"
    assert seen.headers["Idempotency-Key"] == "k"
    assert seen.headers["Accept-Encoding"] == "identity"
    assert seen.headers["Content-Length"] == str(len(seen.body))


def test_forms_and_uploads_are_encoded(client: Http, server: Proxy):
    post(client, f"{server.url}/ok", form={"a": "ü &=", "b": "2"})
    post(
        client,
        f"{server.url}/ok",
        parts=[("file", ("image.png", b"\x00\xff", "image/png")), ("alt", "Grüße")],
    )
    form, upload = server.requests
    assert form.body == b"a=%C3%BC+%26%3D&b=2"
    assert form.headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert upload.headers["Content-Type"].startswith("multipart/form-data; boundary=")
    assert b'name="file"; filename="image.png"' in upload.body
    assert b"\x00\xff" in upload.body
    assert "Grüße".encode() in upload.body


def test_no_cookie_proxy_or_netrc_reaches_the_wire(client: Http, server: Proxy, monkeypatch, tmp_path):
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login u password p\n")
    monkeypatch.setenv("NETRC", str(netrc))
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    server.on("POST", "/cookie", Reply(200, {"Set-Cookie": "session=1; Path=/"}, b"{}"))
    post(client, f"{server.url}/cookie")
    post(client, f"{server.url}/ok")
    assert not {"Cookie", "Authorization", "Proxy-Authorization"} & set(server.requests[1].headers)


@pytest.mark.parametrize("value", ["a\r\nX-Evil: 1", "a\nb", "naïve", "\x00"])
def test_a_header_that_would_break_out_is_refused_before_anything_is_sent(client, server, value):
    with pytest.raises(ValueError, match="can't be sent"):
        post(client, f"{server.url}/ok", headers={"Idempotency-Key": value})
    assert not server.requests


def test_every_status_is_an_answer(client: Http, server: Proxy):
    for status in (200, 202, 204, 301, 400, 401, 404, 422, 429, 500, 503):
        server.on("POST", f"/{status}", Reply.of(status, {"error": "x"} if status != 204 else None))
        assert post(client, f"{server.url}/{status}", final=True).status == status


# ---- connections


def test_connections_are_kept_and_used_again(client: Http, server: Proxy):
    known_to_keep_open(client, f"{server.url}/ok")
    for _ in range(5):
        post(client, f"{server.url}/ok")
    assert len({one.connection for one in server.requests}) == 1


def test_a_connection_with_an_unread_answer_is_not_used_again(client: Http, server: Proxy):
    server.on("POST", "/big", Reply(200, {}, b"x" * 5000))
    expect(Transient, lambda: post(client, f"{server.url}/big", body_max=4000))
    assert post(client, f"{server.url}/ok").object() == {"ok": True}
    assert len(server.accepted) == 2


def test_a_connection_the_server_closed_meanwhile_is_replaced(client: Http, server: Proxy):
    post(client, f"{server.url}/ok")
    server.close_connections()
    assert post(client, f"{server.url}/ok", final=True).status == 200


def test_a_connection_idle_for_long_is_replaced(client: Http, server: Proxy, monkeypatch):
    post(client, f"{server.url}/ok")
    monkeypatch.setattr(sockets, "IDLE_SECONDS", 0.0)
    post(client, f"{server.url}/ok")
    assert len({one.connection for one in server.requests}) == 2


@pytest.fixture
def blind(monkeypatch):
    """The look whether a kept connection is still open comes a moment too early, each time."""
    seems_open = property(lambda self: self.sock is not None)
    monkeypatch.setattr(sockets._PlainConnection, "is_connected", seems_open)


def test_reset_before_we_write_is_not_sent(client: Http, server: Proxy, blind):
    """The first write fails: the kernel took nothing."""
    post(client, f"{server.url}/ok")
    server.on(
        "POST", "/reset", lambda exchange: (exchange.send(Reply.of(200, {})), exchange.hang_up(reset=True))
    )
    post(client, f"{server.url}/reset")
    time.sleep(0.05)
    error = expect(Transient, lambda: post(client, f"{server.url}/ok", final=True, json={}))
    assert "not sent" in error.detail


def test_an_answer_to_a_request_that_never_left_is_not_believed(client: Http, server: Proxy, monkeypatch):
    """Servers send 408 into a connection they close for idleness; read as our answer it would be wrong."""
    post(client, f"{server.url}/ok")

    def early(self, data) -> None:
        raise BrokenPipeError

    server.accepted[0].sendall(b'HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\n{"id": "66"}')
    time.sleep(0.05)
    monkeypatch.setattr(sockets._Guarded, "send", early)
    seems_open = property(lambda self: self.sock is not None)
    monkeypatch.setattr(sockets._PlainConnection, "is_connected", seems_open)
    error = expect(Transient, lambda: post(client, f"{server.url}/ok", final=True))
    assert "before it was asked" in error.detail


def test_closed_while_we_write_is_unknown(client: Http, server: Proxy, blind):
    """A kernel that took bytes for a connection which then proves closed tells nothing about the server."""
    server.on("POST", "/last", lambda exchange: (exchange.send(Reply.of(200, {})), exchange.hang_up()))
    post(client, f"{server.url}/last")
    time.sleep(0.05)
    expect(UnknownOutcome, lambda: post(client, f"{server.url}/ok", final=True, json={}))


def test_sixty_four_threads_share_a_client(client: Http, server: Proxy):
    server.on("POST", "/echo", lambda e: e.send(Reply.of(200, e.seen.json)))

    def call(number: int) -> bool:
        return post(client, f"{server.url}/echo", json={"n": number}, seconds=20).object() == {"n": number}

    known_to_keep_open(client, f"{server.url}/echo")
    with ThreadPoolExecutor(64) as pool:
        assert all(pool.map(call, range(640)))
    assert len(server.accepted) <= 64


def known_to_keep_open(client: Http, url: str) -> None:
    """Two answers on one connection."""
    post(client, url, json={})
    time.sleep(2 * sockets.SETTLED_SECONDS)
    post(client, url, json={})


def test_connection_is_not_used_again_at_once_before_the_server_is_known_to_keep_it(client, server):
    server.on("POST", "/echo", Reply.of(200, {}))

    for _ in range(3):
        post(client, f"{server.url}/echo", json={})
    assert len(server.accepted) == 3

    known_to_keep_open(client, f"{server.url}/echo")
    before = len(server.accepted)
    for _ in range(3):
        post(client, f"{server.url}/echo", json={})
    assert len(server.accepted) == before


def test_nothing_leaks_after_failures(client: Http, server: Proxy):
    for number, behave in enumerate(BROKEN):
        server.on("POST", f"/{number}$", behave)
    server.on("POST", "/close", Reply(200, {"Connection": "close"}, b"{}"))

    def round_of_failures() -> None:
        for number in range(len(BROKEN)):
            with pytest.raises(PlatformError):
                post(client, f"{server.url}/{number}", body_max=1000)
        post(client, f"{server.url}/close")

    round_of_failures()
    gc.collect()
    watched = len(watchdog._calls)
    before = _our_sockets(server)
    for _ in range(5):
        round_of_failures()
    gc.disable()
    try:
        assert wait_until(lambda: _our_sockets(server) <= before)
    finally:
        gc.enable()
    assert len(watchdog._calls) == watched


def _our_sockets(server: Proxy) -> int:
    """Handles in this process on connections to `server`, its own side excluded."""
    count = 0
    for name in os.listdir("/proc/self/fd"):
        try:
            if not stat.S_ISSOCK(os.stat(f"/proc/self/fd/{name}").st_mode):
                continue  # a copy of a pipe would stay open, and its reader would wait for ever
            with socket.socket(fileno=os.dup(int(name))) as copy:
                peer = copy.getpeername()
        except OSError:
            continue
        count += peer == ("127.0.0.1", server.port)
    return count


def test_a_child_process_opens_its_own_connections(client: Http, server: Proxy):
    post(client, f"{server.url}/ok")
    server.on("POST", "/slow", proxy.drip_body)
    child = os.fork()
    if child == 0:
        try:
            with pytest.raises(Transient):  # the watchdog runs in the child too
                post(client, f"{server.url}/slow", seconds=0.3)
            os._exit(0 if post(client, f"{server.url}/ok").status == 200 else 1)
        finally:
            os._exit(2)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert post(client, f"{server.url}/ok").status == 200
    assert len({one.connection for one in server.requests if one.path == "/ok"}) == 2


# ---- not sent, or unknown


def test_refused_connection_was_not_sent(client: Http):
    error = expect(
        Transient, lambda: post(client, f"http://127.0.0.1:{servers.free_port()}/", final=True, json={})
    )
    assert "Nothing was sent" in error.message


def test_no_time_left_was_not_sent(client: Http, server: Proxy):
    expect(Transient, lambda: post(client, f"{server.url}/ok", final=True, seconds=0))
    assert not server.requests


@pytest.mark.parametrize("behave", BROKEN, ids=lambda behave: behave.__name__)
def test_broken_answer_is_unknown_on_the_final_call_and_transient_elsewhere(client, server, behave):
    server.on("POST", "/broken", behave)
    expect(UnknownOutcome, lambda: post(client, f"{server.url}/broken", final=True))
    expect(Transient, lambda: post(client, f"{server.url}/broken"))


@pytest.mark.parametrize("behave", SLOW, ids=lambda behave: behave.__name__)
def test_total_time_limit_holds_against(client: Http, server: Proxy, behave):
    server.on("POST", "/slow", behave)
    start = time.monotonic()
    error = expect(UnknownOutcome, lambda: post(client, f"{server.url}/slow", final=True, seconds=0.4))
    assert 0.35 < time.monotonic() - start < LATE
    assert "out of time" in error.detail


def test_a_server_that_reads_nothing_does_not_hold_the_call(client: Http):
    with socket.socket() as deaf:
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        deaf.bind(("127.0.0.1", 0))
        deaf.listen()
        body = {"text": "x" * 8_000_000}  # more than the kernel takes from us
        url = f"http://127.0.0.1:{deaf.getsockname()[1]}/"
        start = time.monotonic()
        expect(UnknownOutcome, lambda: post(client, url, final=True, json=body, seconds=1))
        assert time.monotonic() - start < LATE


def test_a_refusal_whose_body_breaks_is_still_a_refusal(client: Http, server: Proxy):
    def refuse_and_break(exchange: Exchange) -> None:
        exchange.send(Reply(422, {}, b'{"error": "too'), length=500)
        exchange.hang_up()

    def refuse_and_drip(exchange: Exchange) -> None:
        exchange.head(422, {"Content-Length": "100000"})
        exchange.drip(b" ", every=0.05)

    server.on("POST", "/broken", refuse_and_break)
    server.on("POST", "/drip", refuse_and_drip)
    server.on("POST", "/big", Reply(422, {}, b"x" * 5000))
    for path in ("broken", "drip", "big"):
        answer = post(client, f"{server.url}/{path}", final=True, seconds=0.5, body_max=1000)
        assert (answer.status, answer.body) == (422, b"")


def test_a_connection_given_back_is_out_of_reach_of_the_call_that_had_it(client, server, monkeypatch):
    """The time of a call ends after its answer was read: another call may be using the connection by then."""
    read = http._read

    def read_and_dawdle(raw, limit):
        body = read(raw, limit)
        time.sleep(0.5)
        return body

    monkeypatch.setattr(http, "_read", read_and_dawdle)
    expect(UnknownOutcome, lambda: post(client, f"{server.url}/ok", final=True, seconds=0.3))
    monkeypatch.undo()
    assert post(client, f"{server.url}/ok", final=True).status == 200
    assert len({one.connection for one in server.requests}) == 1


def test_an_answer_of_the_size_limit_fits(client: Http, server: Proxy):
    server.on("POST", "/fits", Reply(200, {}, b"x" * 1000))
    assert len(post(client, f"{server.url}/fits", body_max=1000).body) == 1000
    expect(UnknownOutcome, lambda: post(client, f"{server.url}/fits", body_max=999, final=True))


# ---- JSON


@pytest.mark.parametrize(
    "body",
    [b"", b"<html>", b'{"a":', b"\xff\xfe", b"[" * 100_000, b"[" * 60 + b"]" * 60, b"1" * 5000, b'"\\ud8"'],
)
def test_unusable_json_is_none(body):
    assert Answer(200, {}, body, "").json() is None
    assert Answer(200, {}, body, "").object() == {}


def test_json_of_another_encoding_is_not_read():
    assert Answer(200, {"Content-Encoding": "gzip"}, b"{}", "").json() is None


def test_wide_and_shallow_json_is_read():
    body = b"[" + b",".join([b'{"a":[1,2]}'] * 1000) + b"]"
    assert len(Answer(200, {}, body, "").json()) == 1000
    assert len(body) < BODY_MAX


# ---- secrets


def test_no_secret_or_query_in_any_error_or_log(client: Http, server: Proxy, caplog):
    caplog.set_level(logging.DEBUG)
    for number, behave in enumerate([*BROKEN, proxy.drip_body]):
        server.on("POST", f"/{number}", behave)
    server.on("POST", "/odd", proxy.odd_headers)
    post(client, f"{server.url}/odd?access_token={CANARY}")
    ports = [server.port] * (len(BROKEN) + 1) + [servers.free_port()]
    for number, port in enumerate(ports):
        url = f"http://127.0.0.1:{port}/{number}?access_token={CANARY}#{CANARY}"
        for final in (True, False):
            with pytest.raises(PlatformError) as caught:
                post(client, url, token=CANARY, json={"code": CANARY}, final=final, seconds=0.3)
            error = caught.value
            assert error.__cause__ is None
            assert error.__context__ is None
            assert CANARY not in f"{error!r} {error} {error.message} {error.detail} {error.args}"
    for url in (f"https://{CANARY}@social.example.org/", f"http://social.example.org/?token={CANARY}"):
        with pytest.raises(PlatformError) as caught:
            post(client, url, token=CANARY)
        assert CANARY not in f"{caught.value!r} {caught.value.detail}"
    assert CANARY not in caplog.text


# ---- TLS


@pytest.fixture(scope="module")
def certificate(tmp_path_factory) -> tuple[str, str]:
    """A self-signed certificate for pinned.localhost, and its key, as files."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "pinned.localhost")])
    now = dt.datetime.now(dt.UTC)
    built = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("pinned.localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    folder = tmp_path_factory.mktemp("tls")
    (folder / "cert.pem").write_bytes(built.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    return str(folder / "cert.pem"), str(folder / "key.pem")


@pytest.fixture
def tls_server(certificate):
    names: list[str | None] = []
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    context.sni_callback = lambda sock, name, ctx: names.append(name)
    wrap = lambda sock: context.wrap_socket(sock, server_side=True)  # noqa: E731
    with Proxy(wrap=wrap) as server:
        server.on("*", "/ok", Reply.of(200, {"ok": True}))
        server.names = names
        yield server


def trusting(certificate) -> Http:
    context = ssl.create_default_context(cafile=certificate[0])
    return Http(
        Egress(allow_loopback=True),
        resolver=lambda host, port: ["127.0.0.1"],
        context=context,
    )


def test_tls_connects_to_the_checked_address_under_the_servers_own_name(tls_server, certificate):
    http = trusting(certificate)
    url = f"https://pinned.localhost:{tls_server.port}/ok"
    assert post(http, url, final=True).object() == {"ok": True}
    time.sleep(2 * sockets.SETTLED_SECONDS)
    assert post(http, url, json={"text": "x" * 50_000}, final=True).object() == {"ok": True}
    assert tls_server.names == ["pinned.localhost"]
    assert tls_server.requests[0].headers["Host"] == f"pinned.localhost:{tls_server.port}"
    assert len(tls_server.requests[1].body) > 50_000


def test_tls_certificate_of_another_name_is_refused_before_anything_is_sent(tls_server, certificate):
    error = expect(
        Transient,
        lambda: post(
            trusting(certificate), f"https://other.localhost:{tls_server.port}/ok", final=True, token=CANARY
        ),
    )
    assert "certificate" in error.message
    assert not tls_server.requests


def test_tls_certificate_of_an_unknown_authority_is_refused(client: Http, tls_server):
    url = f"https://localhost:{tls_server.port}/ok"
    assert "certificate" in expect(Transient, lambda: post(client, url, final=True)).message
    assert not tls_server.requests


def test_tls_handshake_that_never_ends_is_not_sent_and_ends_in_time(client: Http):
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        stop = threading.Event()

        def drip() -> None:
            peer, _ = deaf.accept()
            with peer:
                peer.sendall(b"\x16\x03\x03\x40\x00")  # a handshake record of 16 kB, then a byte at a time
                while not stop.wait(0.05):
                    try:
                        peer.sendall(b"\x00")
                    except OSError:
                        return

        thread = threading.Thread(target=drip, daemon=True)
        thread.start()
        start = time.monotonic()
        url = f"https://127.0.0.1:{deaf.getsockname()[1]}/"
        expect(Transient, lambda: post(client, url, final=True, seconds=0.4))
        assert time.monotonic() - start < LATE
        stop.set()
        thread.join(2)


@pytest.mark.parametrize(
    "behave", [proxy.silence, proxy.drip_body, proxy.drip_headers], ids=lambda b: b.__name__
)
def test_tls_total_time_limit_holds_against(tls_server, certificate, behave):
    tls_server.on("POST", "/slow", behave)
    start = time.monotonic()
    url = f"https://pinned.localhost:{tls_server.port}/slow"
    expect(UnknownOutcome, lambda: post(trusting(certificate), url, final=True, seconds=0.4))
    assert time.monotonic() - start < LATE
