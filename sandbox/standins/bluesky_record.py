"""Whether a post record is one that a PDS takes: the lexicon of app.bsky.feed.post and what it refers to.

Lexicons app.bsky.feed.post, app.bsky.richtext.facet, app.bsky.embed.{images,external,video,record,
recordWithMedia}, com.atproto.label.defs, com.atproto.repo.strongRef. A PDS checks shapes and sizes. It does
not check that a facet lies inside the text or between characters, nor when the post says it was made.

Lexicons let a record have fields they do not name. Here such a field is refused: it is a slip of the sender.
"""

from collections.abc import Callable
from datetime import datetime

import regex

from ..limits import graphemes
from .bluesky_ids import AT_URI, DID, is_cid

POST = "app.bsky.feed.post"
TEXT_GRAPHEMES, TEXT_BYTES = 300, 3000
IMAGE_BYTES = 1_000_000
VIDEO_BYTES = 100_000_000
_DATE = regex.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)")
_LANGUAGE = regex.compile(r"[a-z]{2,3}(?:-[A-Za-z0-9]{2,8})*|i-[a-z]+", regex.IGNORECASE)
_URI = regex.compile(r"[a-z][a-z0-9+.-]*:[^\s]{1,8000}", regex.IGNORECASE)

Checker = Callable[[object, str], None]


class InvalidRecord(Exception):
    """The record is not one of its kind; the text is what the PDS says."""


def check_record(record: dict) -> list[tuple[dict, str]]:
    """The blobs it refers to, each with the type it may have. Raises InvalidRecord."""
    blobs: list[tuple[dict, str]] = []
    _object(
        record,
        "record",
        {
            "$type": _constant(POST),
            "text": _text(TEXT_GRAPHEMES, TEXT_BYTES),
            "createdAt": _date,
            "facets": _array(_facet),
            "reply": lambda value, path: _object(
                value, path, {"root": _strong_ref, "parent": _strong_ref}, ("root", "parent")
            ),
            "embed": lambda value, path: _embed(value, path, blobs),
            "langs": _array(_language, most=3),
            "labels": _labels,
            "tags": _array(_text(64, 640), most=8),
        },
        ("$type", "text", "createdAt"),
    )
    return blobs


def _object(value, path: str, fields: dict[str, Checker], required: tuple[str, ...] = ()) -> None:
    if not isinstance(value, dict):
        raise InvalidRecord(f"{path} must be an object")
    for name in required:
        if name not in value:
            raise InvalidRecord(f'{path} must have the property "{name}"')
    for name, item in value.items():
        if name not in fields:
            raise InvalidRecord(f'{path} has a property that the lexicon does not name: "{name[:50]}"')
        fields[name](item, f"{path}/{name}")


def _union(value, path: str, kinds: dict[str, Checker]) -> None:
    kind = value.get("$type") if isinstance(value, dict) else None
    if not isinstance(kind, str):
        raise InvalidRecord(f"{path} must be an object which includes the “$type” property")
    if kind not in kinds:
        raise InvalidRecord(f"{path} $type must be one of {', '.join(kinds)}")
    kinds[kind](value, path)


def _constant(wanted: str) -> Checker:
    def check(value, path):
        if value != wanted:
            raise InvalidRecord(f"{path} must be {wanted}")

    return check


def _text(most_graphemes: int | None = None, most_bytes: int | None = None) -> Checker:
    def check(value, path):
        if not isinstance(value, str):
            raise InvalidRecord(f"{path} must be a string")
        if most_bytes and len(value.encode("utf-8", "surrogatepass")) > most_bytes:
            raise InvalidRecord(f"{path} must not be longer than {most_bytes} characters")
        if most_graphemes and graphemes(value) > most_graphemes:
            raise InvalidRecord(
                f"{path} must not be longer than {most_graphemes} graphemes: grapheme too big"
            )

    return check


def _array(check: Checker, *, most: int | None = None) -> Checker:
    def check_all(value, path):
        if not isinstance(value, list):
            raise InvalidRecord(f"{path} must be an array")
        if most and len(value) > most:
            raise InvalidRecord(f"{path} must not have more than {most} elements")
        for place, item in enumerate(value):
            check(item, f"{path}/{place}")

    return check_all


def _whole(low: int) -> Checker:
    def check(value, path):
        if type(value) is not int:
            raise InvalidRecord(f"{path} must be an integer")
        if value < low:
            raise InvalidRecord(f"{path} can not be less than {low}")

    return check


def _matching(pattern, kind: str) -> Checker:
    def check(value, path):
        if not isinstance(value, str) or not pattern.fullmatch(value):
            raise InvalidRecord(f"{path} must be {kind}")

    return check


_uri = _matching(_URI, "a uri")
_did = _matching(DID, "a valid did")
_at_uri = _matching(AT_URI, "a valid at-uri")
_language = _matching(_LANGUAGE, "a well-formed BCP 47 language tag")


def _date(value, path) -> None:
    try:
        good = isinstance(value, str) and _DATE.fullmatch(value) and datetime.fromisoformat(value)
    except ValueError:
        good = False
    if not good:
        raise InvalidRecord(f"{path} must be an valid atproto datetime (both RFC-3339 and ISO-8601)")


def _cid(value, path) -> None:
    if not is_cid(value):
        raise InvalidRecord(f"{path} must be a cid string")


def _strong_ref(value, path) -> None:
    _object(
        value,
        path,
        {"$type": _constant("com.atproto.repo.strongRef"), "uri": _at_uri, "cid": _cid},
        ("uri", "cid"),
    )


def _labels(value, path) -> None:
    def self_labels(value, path):
        fields = {"$type": _text(), "values": _array(label, most=10)}
        _object(value, path, fields, ("values",))

    def label(value, path):
        _object(value, path, {"$type": _text(), "val": _text(most_bytes=128)}, ("val",))

    _union(value, path, {"com.atproto.label.defs#selfLabels": self_labels})


_FEATURES = {
    "app.bsky.richtext.facet#mention": ("did", _did),
    "app.bsky.richtext.facet#link": ("uri", _uri),
    "app.bsky.richtext.facet#tag": ("tag", _text(64, 640)),
}


def _facet(value, path) -> None:
    fields = {"$type": _text(), "index": _index, "features": _array(_feature)}
    _object(value, path, fields, ("index", "features"))


def _index(value, path) -> None:
    fields = {"$type": _text(), "byteStart": _whole(0), "byteEnd": _whole(0)}
    _object(value, path, fields, ("byteStart", "byteEnd"))


def _feature(value, path) -> None:
    def checked(name, check):
        return lambda value, path: _object(value, path, {"$type": _text(), name: check}, (name,))

    _union(value, path, {kind: checked(*rule) for kind, rule in _FEATURES.items()})


def _embed(value, path, blobs) -> None:
    def blob(accept: str, most: int) -> Checker:
        return lambda value, path: blobs.append((_blob(value, path, accept, most), accept))

    def images(value, path):
        picture = {"image": blob("image/", IMAGE_BYTES), "alt": _text(), "aspectRatio": _ratio}
        check = _array(lambda value, path: _object(value, path, picture, ("image", "alt")), most=4)
        _object(value, path, {"$type": _text(), "images": check}, ("images",))

    def external(value, path):
        card = {"uri": _uri, "title": _text(), "description": _text(), "thumb": blob("image/", IMAGE_BYTES)}
        required = ("uri", "title", "description")
        _object(
            value,
            path,
            {"$type": _text(), "external": lambda value, path: _object(value, path, card, required)},
            ("external",),
        )

    def video(value, path):
        fields = {
            "$type": _text(),
            "video": blob("video/mp4", VIDEO_BYTES),
            "alt": _text(1000, 10_000),
            "aspectRatio": _ratio,
            "presentation": _text(),
        }
        _object(value, path, fields, ("video",))

    def quote(value, path):
        _object(value, path, {"$type": _text(), "record": _strong_ref}, ("record",))

    def quote_with_media(value, path):
        fields = {
            "$type": _text(),
            "record": quote,
            "media": lambda value, path: _union(value, path, media),
        }
        _object(value, path, fields, ("record", "media"))

    media = {
        "app.bsky.embed.images": images,
        "app.bsky.embed.external": external,
        "app.bsky.embed.video": video,
    }
    _union(
        value,
        path,
        {**media, "app.bsky.embed.record": quote, "app.bsky.embed.recordWithMedia": quote_with_media},
    )


def _ratio(value, path) -> None:
    fields = {"$type": _text(), "width": _whole(1), "height": _whole(1)}
    _object(value, path, fields, ("width", "height"))


def _blob(value, path, accept: str, most: int) -> dict:
    """A reference to a blob. What it says of the size counts: it is not compared with the blob's own."""
    _object(
        value,
        path,
        {
            "$type": _constant("blob"),
            "ref": lambda value, path: _object(value, path, {"$link": _cid}, ("$link",)),
            "mimeType": _text(),
            "size": _whole(1),
        },
        ("$type", "ref", "mimeType", "size"),
    )
    if not value["mimeType"].startswith(accept):
        raise InvalidRecord(f"{path} has a type that is not accepted here: {value['mimeType'][:50]}")
    if value["size"] > most:
        raise InvalidRecord(f"blob too big (maximum {most}, got {value['size']}) at {path}")
    return value
