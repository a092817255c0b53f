"""A small server with the parts of Meta's three APIs that the adapters' tests need, behind a proxy.

It is ours and knows what the adapters send: how the platforms themselves answer is in the tables of the
tests, taken from their documentation.
"""

from __future__ import annotations

import itertools
import json
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from urllib.parse import parse_qsl, urlsplit

from posts.platforms.egress import Egress
from posts.platforms.http import Http
from tests.support.proxy import Exchange, Proxy, Reply

TOKEN = "EAAtoken"
SECRET = "app-s3cret"
_NO_AUTHORITIES = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # reading them takes longer than most tests
CODE = "c0de"


def refused(code: int, subcode: int = 0, status: int = 400, message: str = "because of the tide", **more):
    """The Graph API's error envelope."""
    error = {"message": message, "type": "OAuthException", "code": code, "fbtrace_id": "Atr4ce", **more}
    if subcode:
        error["error_subcode"] = subcode
    return Reply.of(status, {"error": error})


class Graph:
    """State and answers. `front` is what adapters talk to; rules put on it come before these answers."""

    def __init__(self, front: Proxy, back: Proxy) -> None:
        self.front = front
        self._ids = itertools.count(1001)
        self.reset()
        back.on("*", ".*", self._answer)

    def reset(self) -> None:
        """As in the beginning, with no rules and nothing seen."""
        self.front.clear()
        self.containers: dict[str, dict] = {}
        self.photos: dict[str, bytes] = {}
        self.videos: dict[str, dict] = {}
        self.posts: list[dict] = []  # newest first, as the lists show them
        self.looks = 0  # how often a new container is still in progress
        self.tells_text = True
        self.site = "www.instagram.com"
        self.pages: list[dict] = []
        self.permissions: dict[str, str] = {}
        self.me: dict = {}
        self.told_permissions: object = None

    def http(self) -> Http:
        """A client whose calls all end up here."""
        egress = Egress(allow_loopback=True, origin=self.front.url)
        return Http(egress, stand_in=f"{self.front.url}/as", context=_NO_AUTHORITIES)

    def seen(self, method: str, path: str) -> list:
        """Calls to `https://<path>`."""
        return self.front.seen(method, f"/as/{path}")

    def on(self, method: str, path: str, behave, *, times: int | None = None) -> None:
        self.front.on(method, f"/as/{path}", behave, times=times)

    def form(self, seen) -> dict[str, str]:
        return dict(parse_qsl(seen.body.decode(), keep_blank_values=True))

    def _answer(self, exchange: Exchange) -> None:
        seen = exchange.seen
        url = urlsplit(seen.path)
        host, _, rest = url.path.removeprefix("/as/").partition("/")
        query = dict(parse_qsl(url.query))
        sent = self.form(seen) if "urlencoded" in seen.headers.get("Content-Type", "") else {}
        if rest.endswith("access_token"):
            exchange.send(self._token(host, rest, query, sent))
            return
        if seen.headers.get("Authorization") != f"Bearer {TOKEN}":
            exchange.send(refused(190, 467, 401, "Invalid OAuth access token"))
            return
        parts = rest.split("/")[1:]  # without the version
        exchange.send(self._call(seen, parts, query, sent))

    def _call(self, seen, parts: list[str], query: dict, sent: dict) -> Reply:
        match seen.method, parts:
            case "GET", ["me"]:
                return Reply.of(200, self.me)
            case "GET", ["me", "permissions"]:
                told = [{"permission": name, "status": state} for name, state in self.permissions.items()]
                return Reply.of(200, {"data": told})
            case "DELETE", ["me", "permissions"]:
                self.permissions.clear()
                return Reply.of(200, {"success": True})
            case "GET", ["me", "accounts"]:
                return self._paged(self.pages, query)
            case "POST", [_, "media" | "threads"]:
                return self._make(sent)
            case "POST", [_, "media_publish" | "threads_publish"]:
                return self._publish(sent)
            case "GET", [_, "media" | "threads" | "replies" | "published_posts"]:
                return self._paged(self.posts, query)
            case "GET", [_, "insights" | "threads_insights"]:
                return Reply.of(200, {"data": [{"name": query["metric"], "values": [{"value": 7}]}]})
            case "POST", [_, "photos"]:
                photo = str(next(self._ids))
                self.photos[photo] = seen.body
                return Reply.of(200, {"id": photo})
            case "POST", [page, "feed"]:
                return self._feed(page, sent)
            case "POST", [_, "videos"]:
                return self._video(seen, sent)
            case "GET", [node]:
                return self._node(node, query)
            case "DELETE", [node]:
                if not any(post["id"] == node for post in self.posts):
                    return refused(100, 33)
                self.posts[:] = [post for post in self.posts if post["id"] != node]
                return Reply.of(200, {"success": True})
        return refused(2500, message="Unknown path components")

    def _token(self, host: str, rest: str, query: dict, sent: dict) -> Reply:
        given = query | sent
        if given.get("client_secret", SECRET) != SECRET:
            return refused(1, message="Error validating client secret.")
        if "code" in given and given["code"] != CODE:
            if host == "graph.facebook.com":
                return refused(100, 36009, message="This authorization code has been used.")
            return Reply.of(
                400,
                {"error_type": "OAuthException", "code": 400, "error_message": "Invalid authorization code"},
            )
        if "code" in given and host != "graph.facebook.com":
            told = {"access_token": TOKEN, "user_id": 17}
            if self.told_permissions is not None:
                told["permissions"] = self.told_permissions
            return Reply.of(200, {"data": [told]} if host.startswith("api.") else told)
        if given.get("access_token", TOKEN) != TOKEN:
            return refused(190, 463)
        return Reply.of(200, {"access_token": TOKEN, "token_type": "bearer", "expires_in": 5_184_000})

    def _paged(self, entries: list[dict], query: dict) -> Reply:
        start, limit = int(query.get("after", "0")), int(query.get("limit", "25"))
        page = entries[start : start + limit]
        paging: dict = {"cursors": {"before": str(start), "after": str(start + limit)}}
        if start + limit < len(entries):
            paging["next"] = "https://graph.example.org/next"
        return Reply.of(200, {"data": page, "paging": paging})

    def _make(self, sent: dict) -> Reply:
        container = str(next(self._ids))
        self.containers[container] = {"form": sent, "status": "FINISHED", "looks": self.looks}
        return Reply.of(200, {"id": container})

    def _publish(self, sent: dict) -> Reply:
        container = self.containers.get(sent["creation_id"])
        if container is None or container["status"] == "EXPIRED":
            return refused(24, 2207006)
        if container["status"] == "PUBLISHED":
            return refused(24, 2207006, message="The media builder was used")
        container["status"] = "PUBLISHED"
        form = container["form"]
        return Reply.of(200, {"id": self.add(form.get("caption", form.get("text", "")), form)})

    def add(self, text: str, form: dict | None = None, *, at: datetime | None = None) -> str:
        """A post as Instagram and Threads list it."""
        media = str(next(self._ids))
        kind = (form or {}).get("media_type", "IMAGE")
        kind = {"TEXT": "TEXT_POST", "CAROUSEL": "CAROUSEL_ALBUM", "REELS": "VIDEO"}.get(kind, kind)
        moment = (at or datetime.now(UTC)).strftime("%Y-%m-%dT%H:%M:%S+0000")
        post = {
            "id": media,
            "timestamp": moment,
            "media_type": kind,
            "permalink": f"https://{self.site}/p/{media}",
        }
        if text and self.tells_text:
            post |= {"caption": text.replace("@", ""), "text": text}
        self.posts.insert(0, post)
        return media

    def _feed(self, page: str, sent: dict) -> Reply:
        post = f"{page}_{next(self._ids)}"
        attached = [
            {"media_type": "photo", "target": {"id": one["media_fbid"]}}
            for one in json.loads(sent.get("attached_media", "[]"))
        ]
        self.posts.insert(0, self.page_post(post, sent.get("message", ""), attached))
        return Reply.of(200, {"id": post, "permalink_url": f"https://www.facebook.com/{post}"})

    def page_post(
        self, post: str, message: str, attached: list[dict] = (), at: datetime | None = None
    ) -> dict:
        moment = (at or datetime.now(UTC)).strftime("%Y-%m-%dT%H:%M:%S+0000")
        told = {"id": post, "created_time": moment, "permalink_url": f"https://www.facebook.com/{post}"}
        if message:
            told["message"] = message
        if attached:
            told["attachments"] = {"data": list(attached)}
        return told

    def _video(self, seen, sent: dict) -> Reply:
        phase = sent.get("upload_phase", "transfer")
        if phase == "start":
            video = str(next(self._ids))
            size = int(sent["file_size"])
            self.videos[video] = {"size": size, "got": 0, "published": False, "text": ""}
            told = {"video_id": video, "upload_session_id": f"s{video}", "start_offset": "0"}
            return Reply.of(200, {**told, "end_offset": str(min(size, 4))})
        if phase == "finish":
            video = self.videos[sent["upload_session_id"][1:]]
            video.update(published=True, text=sent.get("description", ""))
            return Reply.of(200, {"success": True})
        fields, piece = multipart(seen)
        video = self.videos[fields["upload_session_id"][1:]]
        assert int(fields["start_offset"]) == video["got"]
        video["got"] += len(piece)
        at, size = video["got"], video["size"]
        return Reply.of(200, {"start_offset": str(at), "end_offset": str(min(size, at + 4))})

    def _node(self, node: str, query: dict) -> Reply:
        if node in self.containers:
            container = self.containers[node]
            status = container["status"]
            if container["looks"] > 0:
                container["looks"] -= 1
                status = "IN_PROGRESS"
            reason = container.get("reason", "")
            if "status_code" in query["fields"]:  # Instagram
                return Reply.of(200, {"id": node, "status_code": status, "status": reason or status})
            return Reply.of(200, {"id": node, "status": status, "error_message": reason})
        if node in self.videos:
            done = self.videos[node]["published"]
            phase = (
                {"status": "complete", "publish_status": "published"} if done else {"status": "not_started"}
            )
            moment = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S+0000")
            told = {"status": {"publishing_phase": phase}, "permalink_url": f"/reel/{node}/"}
            return Reply.of(200, {"id": node, "created_time": moment, **told})
        found = next((post for post in self.posts if post["id"] == node), None)
        if found is None and node != "17":
            return refused(100, 33)
        told = {"id": node, "like_count": 3, "comments_count": 2, "followers_count": 40, "media_count": 9}
        return Reply.of(200, {**(found or {}), **told, "shares": {"count": 5}})


def multipart(seen) -> tuple[dict[str, str], bytes]:
    """The fields of a multipart body, and the bytes of its file."""
    boundary = seen.headers["Content-Type"].partition("boundary=")[2].encode()
    fields, file = {}, b""
    for part in seen.body.split(b"--" + boundary)[1:-1]:
        head, _, body = part.strip(b"\r\n").partition(b"\r\n\r\n")
        name = head.partition(b'name="')[2].partition(b'"')[0].decode()
        if b"filename=" in head:
            file = body
        else:
            fields[name] = body.decode()
    return fields, file


@contextmanager
def graph_server() -> Iterator[Graph]:
    with Proxy() as back, Proxy(("127.0.0.1", back.port)) as front:
        yield Graph(front, back)
