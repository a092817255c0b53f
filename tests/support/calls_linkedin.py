"""Calls to the stand-in of LinkedIn, as an app makes them."""

from __future__ import annotations

import time
from urllib.parse import quote, urlsplit

from tests.support.standins import jpeg

VERSION = "202609"
MEMBER = "openid profile email w_member_social"
ORGANIZATION = "r_organization_social w_organization_social rw_organization_admin r_organization_followers"
MP4 = b"\x00\x00\x00\x18ftypmp42" + b"\x00" * 5_000_000
DISTRIBUTION = {"feedDistribution": "MAIN_FEED", "targetEntities": [], "thirdPartyDistributionChannels": []}
REST = {"LinkedIn-Version": VERSION, "X-Restli-Protocol-Version": "2.0.0"}


def urn(who):
    return f"urn:li:{'organization' if '-org@' in who.handle else 'person'}:{who.id}"


def ask(who, method, path, *, headers=None, **options):
    given = {name: value for name, value in (REST | (headers or {})).items() if value is not None}
    return who.call(method, f"/rest/{path}", headers=given, **options)


def post(who, text="Hello", **more):
    call = more.pop("headers", None)
    body = {
        "author": urn(who),
        "commentary": text,
        "visibility": "PUBLIC",
        "distribution": DISTRIBUTION,
        "lifecycleState": "PUBLISHED",
        "isReshareDisabledByAuthor": False,
    }
    body = {name: value for name, value in (body | more).items() if value is not None}
    return ask(who, "POST", "posts", json=body, headers=call)


def put_to(who, address, data, *, token=None):
    """What the hub's client does with an address it is given: the stand-in of that host."""
    parts = urlsplit(address)
    assert (parts.scheme, parts.netloc) == ("https", "www.linkedin.com")
    headers = {"Content-Type": "application/octet-stream"}
    path = f"{parts.path}?{parts.query}"
    return who.call("PUT", path, host=parts.netloc, token=token, form=data, headers=headers)


def begin_image(who, owner=None):
    body = {"initializeUploadRequest": {"owner": owner or urn(who)}}
    return ask(who, "POST", "images?action=initializeUpload", json=body)


def image(who, data=None):
    value = begin_image(who).json()["value"]
    assert put_to(who, value["uploadUrl"], data or jpeg()).status_code == 201
    return value["image"]


def state(who, media):
    answer = ask(who, "GET", f"{media.split(':')[2]}s/{quote(media, safe='')}")
    return answer.json().get("status", answer.json())


def wait_for(who, media, wanted="AVAILABLE"):
    deadline = time.monotonic() + 5
    while (told := state(who, media)) == "PROCESSING" and time.monotonic() < deadline:
        time.sleep(0.2)
    assert told == wanted
    return media


def begin_video(who, size=None):
    wanted = {
        "owner": urn(who),
        "fileSizeBytes": size or len(MP4),
        "uploadCaptions": False,
        "uploadThumbnail": False,
    }
    return ask(who, "POST", "videos?action=initializeUpload", json={"initializeUploadRequest": wanted})


def finish_video(who, value, tags):
    wanted = {"video": value["video"], "uploadToken": value["uploadToken"], "uploadedPartIds": tags}
    return ask(who, "POST", "videos?action=finalizeUpload", json={"finalizeUploadRequest": wanted})


def video(who):
    value = begin_video(who).json()["value"]
    tags = []
    for part in value["uploadInstructions"]:
        data = MP4[part["firstByte"] : part["lastByte"] + 1]
        tags.append(put_to(who, part["uploadUrl"], data, token="").headers["ETag"])
    assert finish_video(who, value, tags).status_code == 200
    return value["video"]
