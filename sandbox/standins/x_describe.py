"""How X shows a post: short addresses in its text, and the fields that were asked for.

X documentation, "Post object", "Metrics" (public ones, and others for one's own posts of the last 30 days),
"Data dictionary" (`entities`: every address is replaced by one of t.co). The text is escaped as HTML.
"""

import html
from dataclasses import dataclass, field
from datetime import timedelta
from zlib import crc32

from .. import reading
from ..clock import now
from ..counts import counts
from ..keys import ACCOUNT, NETWORK
from ..state import Post
from .x_problems import PROBLEMS
from .x_text import find_urls

TWEET_FIELDS = frozenset(
    [
        "article",
        "attachments",
        "author_id",
        "card_uri",
        "community_id",
        "context_annotations",
        "conversation_id",
        "created_at",
        "display_text_range",
        "edit_controls",
        "edit_history_tweet_ids",
        "entities",
        "geo",
        "id",
        "in_reply_to_user_id",
        "lang",
        "matched_media",
        "media_metadata",
        "non_public_metrics",
        "note_tweet",
        "organic_metrics",
        "paid_partnership",
        "possibly_sensitive",
        "promoted_metrics",
        "public_metrics",
        "referenced_tweets",
        "reply_settings",
        "scopes",
        "source",
        "suggested_source_links",
        "text",
        "withheld",
    ]
)
_PRIVATE = ("non_public_metrics", "organic_metrics", "promoted_metrics")


@dataclass
class Wanted:
    """What a call asks for. `new_words`: the newer names of counts; `media`: media as well."""

    fields: set[str]
    new_words: bool = False
    media: bool = False
    found_media: list[dict] = field(default_factory=list)

    def included(self) -> dict:
        return {"includes": {"media": self.found_media}} if self.found_media else {}


def describe(request, post: Post, wanted: Wanted) -> tuple[dict, list[dict]]:
    """The post, and an entry of `errors` for each field that the caller may not see."""
    state = request.app[NETWORK].state
    text, urls = _shortened(state, post)
    told = {"id": post.id, "text": text, "edit_history_tweet_ids": [post.id]}
    keys = post.facts.get("media_keys", [])
    reply_to = post.facts.get("reply_to")
    every = {
        "author_id": post.account.id,
        "created_at": reading.shown_time(state, post).strftime("%Y-%m-%dT%H:%M:%S.000Z"),
        "conversation_id": post.facts.get("conversation", post.id),
        "lang": "en",
        "possibly_sensitive": False,
        "reply_settings": "everyone",
        "public_metrics": _public(post, wanted.new_words),
    }
    if urls:
        every["entities"] = {"urls": urls}
    if keys:
        every["attachments"] = {"media_keys": keys}
    if reply_to:
        every["referenced_tweets"] = [{"type": "replied_to", "id": reply_to}]
        every["in_reply_to_user_id"] = post.account.id
    told |= {name: value for name, value in every.items() if name in wanted.fields}
    if wanted.media:
        wanted.found_media.extend(_media(post, keys))
    return _with_private(request, post, wanted, told)


def _with_private(request, post, wanted, told):
    asked = [name for name in _PRIVATE if name in wanted.fields]
    own = post.account is request[ACCOUNT] and now() - post.created_at < timedelta(days=30)
    if not own:
        return told, [_not_allowed(name, post) for name in asked]
    figures = counts(post, now())
    for name in asked[:2]:
        told[name] = {
            "impression_count": figures["views"],
            "url_link_clicks": figures["views"] // 40,
            "user_profile_clicks": figures["views"] // 90,
        }
    if "organic_metrics" in told:
        public = _public(post, wanted.new_words)
        told["organic_metrics"] |= {name: public[name] for name in list(public)[:3]}
    return told, []


def _not_allowed(name, post) -> dict:
    return {
        "resource_id": post.id,
        "parameter": name,
        "resource_type": "tweet",
        "section": "data",
        "title": "Field Authorization Error",
        "detail": f"Sorry, you are not authorized to access '{name}' on the Tweet with ids : [{post.id}].",
        "type": PROBLEMS + "not-authorized-for-field",
    }


def _public(post, new_words: bool) -> dict:
    figures = counts(post, now())
    return {
        "repost_count" if new_words else "retweet_count": figures["shares"],
        "reply_count": figures["replies"],
        "like_count": figures["likes"],
        "quote_count": figures["shares"] // 4,
        "bookmark_count": figures["likes"] // 6,
        "impression_count": figures["views"],
    }


def _media(post, keys) -> list[dict]:
    kinds = {"13": "video", "16": "animated_gif"}
    return [
        {"media_key": key, "type": kinds.get(key.partition("_")[0], "photo")}
        | ({"alt_text": item.alt} if item.alt else {})
        | ({"width": item.width, "height": item.height} if item.width else {})
        for key, item in zip(keys, post.media, strict=True)
    ]


def _shortened(state, post: Post) -> tuple[str, list[dict]]:
    """The text as X shows it, and its addresses; media have an address of their own at the end."""
    text = post.text
    if state.trait(post.account, "edits") in ("whitespace", "both"):
        text = " ".join(text.split())
    shown, urls, last = "", [], 0
    for start, end in find_urls(text):
        shown += html.escape(text[last:start], quote=False)
        shown = _add(shown, urls, _full(text[start:end]), text[start:end])
        last = end
    shown += html.escape(text[last:], quote=False)
    if keys := post.facts.get("media_keys"):
        kind = "video" if keys[0].startswith("13_") else "photo"
        page = f"https://x.com/{post.account.username}/status/{post.id}/{kind}/1"
        shown = _add(f"{shown} " if shown else "", urls, page, page)
        urls[-1] |= {"media_key": keys[0], "display_url": "pic.x.com/" + urls[-1]["url"][-10:]}
    return shown, urls


def _full(address: str) -> str:
    return address if "://" in address else f"http://{address}"


def _add(shown, urls, full, written):
    short = f"https://t.co/{crc32(full.encode()):010d}"
    bare = full.partition("://")[2].removeprefix("www.")
    urls.append(
        {
            "start": len(shown),
            "end": len(shown) + len(short),
            "url": short,
            "expanded_url": full,
            "display_url": bare if len(bare) <= 27 else bare[:26] + "…",
        }
    )
    return shown + short
