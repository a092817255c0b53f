"""Whatever arrives is answered with a refusal; the server neither fails nor loses an event."""

import gzip
import io
import json
import random
import socket
import struct
import zlib
from urllib.parse import urlsplit

import pytest
import requests
from PIL import Image


@pytest.fixture(autouse=True)
def still_sound(server, account):
    """After each of these tests the server still publishes and its log still has every number."""
    yield
    server.admin("DELETE", "/faults")
    assert account.post("Still here").status_code == 201
    numbers = [event["seq"] for event in server.stored_events()]
    assert numbers == list(range(1, len(numbers) + 1))


def _raw(server, data: bytes, wait=3.0) -> bytes:
    parts = urlsplit(server.url)
    with socket.create_connection((parts.hostname, parts.port), timeout=wait) as connection:
        connection.sendall(data)
        received = b""
        try:
            while chunk := connection.recv(65536):
                received += chunk
        except OSError:
            pass
        return received


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"7",
        b'"text"',
        b"\xff\xfe",
        b"[" * 30000,
        b'{"text":' * 5000,
        b'{"text": ' + b"9" * 10000 + b"}",
        b'{"text": NaN}',
        b'{"text": {"a": 1}}',
        b'{"text": "a", "media_ids": [[]]}',
        b'{"text": "a", "media_ids": [{}]}',
        b'{"text": "a", "link": []}',
        b'{"text": "' + b"x" * 70000 + b'"}',
        '{"text": "Z̷̈́"}'.encode("utf-16"),
    ],
)
def test_odd_json_is_a_4xx(account, body):
    assert 400 <= account.call("POST", "/posts", data=body).status_code < 500


def test_thousands_of_marks_on_one_letter_are_too_long(account):
    assert account.post("e" + "\u0301" * 20_000).status_code == 413
    body = '{"text": "e%s"}' % ("\u0301" * 20_000)
    assert account.call("POST", "/posts", data=body.encode()).json()["error"] == "too_long"


@pytest.mark.parametrize("key", ["x" * 256, "é".encode("latin-1"), b"\xff\xff", b"a\tb"])
def test_odd_key_is_a_4xx(server, account, key):
    answer = account.call("POST", "/posts", json={"text": "a"}, headers={"Idempotency-Key": key})
    assert answer.status_code in (400, 422)


def test_compressed_bomb_is_refused(account):
    bomb = gzip.compress(b'{"text": "' + b"x" * 50_000_000 + b'"}')
    headers = {"Content-Encoding": "gzip", "Content-Type": "application/json"}
    assert account.call("POST", "/posts", data=bomb, headers=headers).status_code in (400, 413)


def test_body_cut_short_publishes_nothing(server, account):
    head = f"POST /api/posts HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {account.token}\r\n"
    parts = urlsplit(server.url)
    with socket.create_connection((parts.hostname, parts.port)) as connection:
        connection.sendall(head.encode() + b'Content-Length: 500\r\n\r\n{"text": "half')
    account.post("After")
    assert [post["text"] for post in account.posts_in_log()] == ["After"]


def _png_header(width, height):
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b"\0" * 100))
        + chunk(b"IEND", b"")
    )


def _gif():
    out = io.BytesIO()
    Image.new("RGB", (4, 4)).save(out, "GIF")
    return out.getvalue()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"hello",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        _gif(),
        _png_header(100_000, 100_000),
        _png_header(10_000, 10_000),
        _png_header(0, 0),
        _png_header(300, 300),
        b"\xff\xd8\xff\xe0" + b"\0" * 200,
        b"RIFF\xff\xff\xff\xffWEBPVP8 ",
    ],
    ids=range(10),
)
def test_file_that_is_no_bounded_image_is_refused(account, data):
    answer = account.upload(data, alt="x")
    assert answer.status_code == 422
    assert answer.json()["field"] == "file"


def test_damaged_images_are_a_4xx_or_an_image(account, picture):
    draw = random.Random(7)
    for kind in ("PNG", "JPEG", "WEBP"):
        whole = picture(kind, (64, 48))
        for _ in range(25):
            broken = bytearray(whole)
            for _ in range(3):
                broken[draw.randrange(len(broken))] = draw.randrange(256)
            assert account.upload(bytes(broken)).status_code in (201, 422)


def test_file_over_the_cap_is_refused(account):
    assert account.upload(b"\xff\xd8" + b"x" * (8 * 1024 * 1024)).status_code == 413


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("multipart/form-data", b""),
        ("multipart/form-data; boundary=x", b""),
        ("multipart/form-data; boundary=x", b"--x\r\n\r\n"),
        ("multipart/form-data; boundary=x", b'--x\r\nContent-Disposition: form-data; name="file"\r\n\r\nabc'),
        (
            "multipart/form-data; boundary=x",
            b'--x\r\nContent-Disposition: form-data; name="other"\r\n\r\nabc\r\n--x--',
        ),
        (
            "multipart/form-data; boundary=x",
            b"--x\r\nContent-Type: multipart/mixed; boundary=y\r\n\r\n--y\r\n\r\na\r\n--y--\r\n--x--",
        ),
        ("multipart/form-data; boundary=" + "x" * 100, b"x" * 1000),
        ("multipart/form-data; boundary=x", b"--x\r\n" + b"A: " + b"b" * 20000 + b"\r\n\r\n\r\n--x--"),
        (
            "multipart/form-data; boundary=x",
            b'--x\r\nContent-Disposition: form-data; name="alt"\r\n\r\n\xff\xfe\r\n--x--',
        ),
        ("application/json", b"{}"),
        ("nonsense", b"{}"),
    ],
    ids=range(11),
)
def test_odd_upload_is_a_4xx(account, content_type, body):
    answer = account.call("POST", "/media", data=body, headers={"Content-Type": content_type})
    assert 400 <= answer.status_code < 500


def test_alt_text_over_the_limit_is_refused(account, picture):
    assert account.upload(picture(), alt="x" * 1501).json()["error"] == "too_long"
    assert account.upload(picture(), alt="x" * 1500).status_code == 201


@pytest.mark.parametrize(
    "path",
    [
        b"/\xff\xfe",
        b"/@\xc3\xa9",
        b"/%ff%fe",
        b"/@%ff/%00",
        b"/?before=%ff&account=%ed%a0%80",
        b"/connect?redirect_uri=%ff&state=%00&handle=%ed%a0%80",
        b"/connect?redirect_uri=http://127.0.0.1/&state=%ed%a0%80",
        b"/media/%2e%2e%2fsecret",
        b"/static/../app.py",
        b"/switches?account=%ff&done=%ed%a0%80",
        b"/api/posts/%ff?limit=x",
        b"/admin/log?after=-1",
        b"//evil.example/",
        b"/" + b"a" * 9000,
    ],
)
def test_odd_address_is_never_a_5xx(server, account, path):
    head = b"GET " + path + b" HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n"
    answer = _raw(server, head + f"Authorization: Bearer {account.token}\r\n\r\n".encode())
    status = int(answer.split(b" ", 2)[1])
    assert status < 500, answer[:500]


@pytest.mark.parametrize(
    "data",
    [
        b"\x00\x01\x02\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: \r\nConnection: close\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: [::1\r\nConnection: close\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: practice_form=\xff;;;=\r\nConnection: close\r\n\r\n",
        b"POST /api/posts HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n"
        b"Authorization: Bearer \xff\xfe\r\n"
        b"Content-Length: 2\r\n\r\n{}",
        b"POST /api/posts HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: -5\r\n\r\n",
        b"POST /switches HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n"
        b"Origin: \xff\r\nContent-Length: 1\r\n\r\na",
    ],
    ids=range(9),
)
def test_odd_http_is_never_a_5xx(server, data):
    answer = _raw(server, data, wait=1.5)
    assert not answer or int(answer.split(b" ", 2)[1]) < 500, answer[:500]


@pytest.mark.parametrize("path", ["/switches", "/switches/stop", "/connect", "/oauth/token"])
def test_odd_form_is_a_4xx(server, path):
    for body in (b"", b"\xff\xfe", b"&" * 1000, b"csrf=%ff&code=%ed%a0%80", b"a=" + b"x" * 200_000):
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Origin": server.url}
        answer = requests.post(server.url + path, data=body, headers=headers, timeout=10)
        assert 400 <= answer.status_code < 500, (path, body[:20], answer.text)


def test_oversized_import_is_refused(server):
    answer = server.admin("POST", "/import", data=json.dumps({"posts": [{}] * 2001}))
    assert answer.status_code == 422


def test_unused_methods_are_refused(server, account):
    assert account.call("PATCH", "/posts").status_code == 405
    assert requests.delete(f"{server.url}/", timeout=5).status_code == 405


def test_picture_with_too_many_pixels_is_named_so(account):
    for data in (_png_header(100_000, 100_000), _png_header(10_000, 10_000), _png_header(30_000, 10)):
        assert account.upload(data).json()["error"] == "too_many_pixels"
