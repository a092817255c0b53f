"""Effects seen from the wire: what the caller gets, and what was published all the same."""

import json
import socket
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime
from urllib.parse import urlsplit

import pytest
import requests

LISTING = {"path": "/api/posts", "method": "GET"}


def _wire(account, seconds=2.0, text="Hello"):
    """What arrives on the wire for a publish call within so many seconds, with the moments it came at."""
    parts = urlsplit(account.server.url)
    body = json.dumps({"text": text})
    head = (
        f"POST /api/posts HTTP/1.1\r\nHost: {parts.netloc}\r\nAuthorization: Bearer {account.token}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n{body}"
    )
    began, pieces = time.monotonic(), []
    with socket.create_connection((parts.hostname, parts.port)) as connection:
        connection.sendall(head.encode())
        connection.settimeout(0.1)
        while time.monotonic() - began < seconds:
            try:
                piece = connection.recv(65536)
            except TimeoutError:
                continue
            except ConnectionResetError:
                return pieces, "reset"
            if not piece:
                return pieces, "closed"
            pieces.append((time.monotonic() - began, piece))
    return pieces, "open"


def _joined(pieces):
    return b"".join(piece for _, piece in pieces)


@pytest.mark.parametrize(
    ("retry_after", "header"),
    [
        (86_400, "86400"),
        (-5, "-5"),
        ("99999999999999999999", "99999999999999999999"),
        ("Wed, 21 Oct 2015 07:28:00 GMT", "Wed, 21 Oct 2015 07:28:00 GMT"),
        ("1.5e3", "1.5e3"),
        (None, None),
    ],
)
def test_wait_is_asked_for_in_any_form(server, account, retry_after, header):
    server.faults(account.misbehaves("rate_limit", retry_after=retry_after))
    answer = account.post()
    assert (answer.status_code, answer.headers.get("Retry-After")) == (429, header)
    assert account.posts_in_log() == []


def test_wait_until_a_date_to_come(server, account):
    later = format_datetime(datetime.now(UTC) + timedelta(minutes=5), usegmt=True)
    server.faults(account.misbehaves("rate_limit", retry_after=later))
    assert account.post().headers["Retry-After"] == later


@pytest.mark.parametrize("status", [500, 501])
def test_error_before_is_an_applications(server, account, status):
    server.faults(account.misbehaves("error_before", status=status, message="Out of paper."))
    answer = account.post()
    assert (answer.status_code, answer.json()["message"]) == (status, "Out of paper.")
    assert account.posts_in_log() == []
    assert account.requests_in_log() == ["refused"]


@pytest.mark.parametrize("status", [502, 503, 504])
def test_gateways_error_is_a_page_before_and_after(server, account, status):
    server.faults(
        account.misbehaves("error_before", status=status, retry_after=9),
        account.misbehaves("error_after_accept", status=status),
    )
    first = account.post()
    assert (first.status_code, first.headers["Retry-After"]) == (status, "9")
    assert first.headers["Content-Type"].startswith("text/html")
    assert account.posts_in_log() == []
    second = account.post()
    assert (second.status_code, "Retry-After" in second.headers) == (status, False)
    assert len(account.posts_in_log()) == 1
    assert account.requests_in_log() == ["refused", "error_after_accept"]


def test_slow_drip_sends_a_byte_at_a_time_without_end(server, account):
    server.faults(account.misbehaves("slow_drip", seconds=0.1))
    pieces, state = _wire(account, seconds=1.5)
    assert state == "open"
    assert pieces[0][1].startswith(b"HTTP/1.1 201")
    drips = [piece for _, piece in pieces[1:]]
    assert 8 <= len(drips) <= 16
    assert set(drips) <= {b"1\r\n%c\r\n" % letter for letter in b'{"id:p0123456789abcdef, '}
    assert len(account.posts_in_log()) == 1
    assert account.requests_in_log() == ["spoiled_after_accept"]


def test_slow_drip_goes_on_with_blanks_after_the_answer(server, account):
    server.faults(account.misbehaves("slow_drip", seconds=0))
    pieces, state = _wire(account, seconds=0.5)
    assert state == "open"
    assert _joined(pieces).endswith(b"1\r\n \r\n")


def test_slow_drip_up_to_a_total_comes_to_its_end(server, account):
    server.faults(account.misbehaves("slow_drip", seconds=0.1, total=0.5))
    began = time.monotonic()
    answer = account.post()
    assert 0.4 <= time.monotonic() - began < 3
    assert answer.json()["id"] == account.posts_in_log()[0]["id"]


def test_a_pause_between_bytes_does_not_trip_a_read_timeout(server, account):
    server.faults(account.misbehaves("slow_drip", seconds=0.1, total=1))
    began = time.monotonic()
    assert account.post(timeout=0.5).status_code == 201
    assert time.monotonic() - began >= 0.9


def test_headers_without_end(server, account):
    server.faults(account.misbehaves("endless_headers", seconds=0.05))
    pieces, state = _wire(account, seconds=1)
    received = _joined(pieces)
    assert state == "open"
    assert received.startswith(b"HTTP/1.1 200 OK\r\n")
    assert received.count(b"X-Part-") >= 8
    assert b"\r\n\r\n" not in received
    assert len(account.posts_in_log()) == 1


def test_headers_end_in_a_cut_connection_after_a_total(server, account):
    server.faults(account.misbehaves("endless_headers", seconds=0.05, total=0.3))
    pieces, state = _wire(account, seconds=3)
    assert state in ("reset", "closed")
    assert b"\r\n\r\n" not in _joined(pieces)


def test_half_the_json_in_a_whole_answer(server, account):
    server.faults(account.misbehaves("truncated_json"))
    answer = account.post()
    assert (answer.status_code, answer.headers["Content-Type"]) == (201, "application/json")
    with pytest.raises(requests.JSONDecodeError):
        answer.json()
    assert len(account.posts_in_log()) == 1


def test_answer_cut_before_its_length(server, account):
    server.faults(account.misbehaves("cut_body"))
    pieces, state = _wire(account)
    head, _, body = _joined(pieces).partition(b"\r\n\r\n")
    told = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
    assert state == "closed"
    assert 0 < len(body) < told
    assert len(account.posts_in_log()) == 1


def test_empty_ok(server, account):
    server.faults(account.misbehaves("empty_200"))
    answer = account.post()
    assert (answer.status_code, answer.content) == (200, b"")
    assert len(account.posts_in_log()) == 1


def test_page_instead_of_an_answer(server, account):
    server.faults(account.misbehaves("html_200"))
    answer = account.post()
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("text/html")
    assert answer.text.startswith("<!doctype html>")
    assert len(account.posts_in_log()) == 1


def test_wrong_id_is_nobodys(server, account):
    server.faults(account.misbehaves("wrong_id"))
    told = account.post().json()
    (post,) = account.posts_in_log()
    assert told["id"] != post["id"]
    assert told["url"].endswith(told["id"])
    assert account.call("GET", f"/posts/{told['id']}").status_code == 404


def test_missing_id(server, account):
    server.faults(account.misbehaves("missing_id"))
    told = account.post().json()
    assert set(told) == {"url", "created_at"}
    assert len(account.posts_in_log()) == 1


def test_wrong_content_type(server, account):
    server.faults(
        account.misbehaves("wrong_type"), account.misbehaves("wrong_type", content_type="image/png")
    )
    assert account.post().headers["Content-Type"] == "text/plain"
    answer = account.post()
    assert answer.headers["Content-Type"] == "image/png"
    assert answer.json()["id"] == account.posts_in_log()[1]["id"]


def test_redirect_before_and_after(server, account):
    server.faults(
        account.misbehaves("redirect", location="http://127.0.0.1:9/elsewhere"),
        account.misbehaves("redirect", location="/healthz", status=307, when="after"),
    )
    first = account.call("POST", "/posts", json={"text": "a"}, allow_redirects=False)
    assert (first.status_code, first.headers["Location"]) == (302, "http://127.0.0.1:9/elsewhere")
    assert account.posts_in_log() == []
    second = account.call("POST", "/posts", json={"text": "b"}, allow_redirects=False)
    assert (second.status_code, second.headers["Location"]) == (307, "/healthz")
    assert [post["text"] for post in account.posts_in_log()] == ["b"]


def test_huge_body(server, account):
    size = 5_000_000
    server.faults(account.misbehaves("huge_body", bytes=size))
    answer = account.post()
    assert len(answer.content) > size
    assert answer.json()["id"] == account.posts_in_log()[0]["id"]


def test_huge_body_ends_when_the_caller_does(server, account):
    server.faults(account.misbehaves("huge_body", bytes=1_000_000_000))
    _wire(account, seconds=0.2)
    assert account.post("Next").status_code == 201


@pytest.mark.parametrize("seconds", [7200, -7200])
def test_date_of_a_wrong_clock_also_on_refusals(server, account, seconds):
    server.faults(
        account.misbehaves("date_skew", 2, seconds=seconds),
        account.misbehaves("rate_limit"),
    )
    for status in (429, 201):
        answer = account.post()
        told = parsedate_to_datetime(answer.headers["Date"])
        assert answer.status_code == status
        assert abs((told - datetime.now(UTC)).total_seconds() - seconds) < 10
    right = parsedate_to_datetime(account.post().headers["Date"])
    assert abs((right - datetime.now(UTC)).total_seconds()) < 10


def test_hang_after_it_took_effect(server, account):
    server.faults(account.misbehaves("hang", when="after"))
    with pytest.raises(requests.ReadTimeout):
        account.post(timeout=0.3)
    assert len(account.posts_in_log()) == 1
    assert account.requests_in_log() == ["hung_after_accept"]


def test_lists_can_be_spoiled_too(server, account):
    account.post()
    server.faults(account.misbehaves("truncated_json", match=LISTING))
    with pytest.raises(requests.JSONDecodeError):
        account.call("GET", "/posts").json()
    assert len(account.listed()) == 1


def test_every_third_call(server, account):
    server.faults(account.misbehaves("refuse", None, every=3))
    codes = [account.post().status_code for _ in range(9)]
    assert codes == [201, 201, 422] * 3


@pytest.mark.parametrize(
    "effect",
    [
        {"type": "redirect"},
        {"type": "redirect", "location": "/", "status": 200},
        {"type": "redirect", "location": "/\r\nSet-Cookie: a=b"},
        {"type": "wrong_type", "content_type": "a\nb"},
        {"type": "huge_body", "bytes": 2**40},
        {"type": "huge_body", "bytes": 1.5},
        {"type": "slow_drip", "total": "long"},
        {"type": "drop_then_commit", "seconds": -1},
        {"type": "date_skew", "seconds": 10**12},
        {"type": "accept_then_drop", "seconds": 5},
        {"type": ["refuse"]},
    ],
)
def test_effect_that_makes_no_sense_is_refused(server, effect):
    assert server.admin("PUT", "/faults", json={"rules": [{"effect": effect}]}).status_code == 422


@pytest.mark.parametrize("every", [0, -1, "2", 1.5])
def test_every_is_a_whole_number(server, account, every):
    rules = [account.misbehaves("refuse", every=every)]
    assert server.admin("PUT", "/faults", json={"rules": rules}).status_code == 422
