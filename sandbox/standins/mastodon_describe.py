"""How Mastodon shows accounts, statuses and media (docs.joinmastodon.org, entities)."""

import html

import regex

from .. import reading
from ..clock import iso, now
from ..counts import counts, followers
from ..state import Account, Media, Post, State
from .x_text import find_urls

HOST = "mastodon.practice"
BASE = f"https://{HOST}"
_TAG = regex.compile(r"(?<![\w&/])#(\w*[\p{L}_]\w*)")


def describe_account(account: Account) -> dict:
    url = f"{BASE}/@{account.username}"
    return {
        "id": account.id,
        "username": account.username,
        "acct": account.username,
        "display_name": account.name,
        "locked": False,
        "bot": False,
        "created_at": iso(account.created_at),
        "note": "",
        "url": url,
        "uri": f"{BASE}/users/{account.username}",
        "followers_count": followers(account, now()),
        "following_count": 0,
        "statuses_count": len(account.order),
        "fields": [],
        "emojis": [],
    }


def describe_media(media: Media, public_id: str, *, ready: bool) -> dict:
    url = f"{BASE}/system/media_attachments/{public_id}" if ready else None
    return {
        "id": public_id,
        "type": "video" if media.mime.startswith("video/") else "image",
        "url": url,
        "preview_url": url,
        "remote_url": None,
        "meta": {"original": {"width": media.width, "height": media.height}},
        "description": media.alt or None,
    }


def describe_status(state: State, post: Post) -> dict:
    facts, figures, moment = post.facts, counts(post, now()), now()
    ids = dict(zip((item.id for item in post.media), facts["media_ids"], strict=True))
    parent = facts.get("reply_to")
    return {
        "id": post.id,
        "created_at": iso(reading.shown_time(state, post)),
        "in_reply_to_id": parent,
        "in_reply_to_account_id": state.posts[parent].account.id if parent else None,
        "sensitive": facts["sensitive"],
        "spoiler_text": facts["spoiler_text"],
        "visibility": facts["visibility"],
        "language": facts["language"],
        "uri": f"{BASE}/users/{post.account.username}/statuses/{post.id}",
        "url": f"{BASE}/@{post.account.username}/{post.id}",
        "replies_count": figures["replies"],
        "reblogs_count": figures["shares"],
        "favourites_count": figures["likes"],
        "quotes_count": figures["shares"] // 4,
        "edited_at": None,
        "content": content_of(reading.shown_text(state, post.account, post.text)),
        "reblog": None,
        "application": {"name": facts.get("app_name") or "Practice app", "website": None},
        "account": describe_account(post.account),
        "media_attachments": [
            describe_media(item, ids[item.id], ready=True)
            for item in reading.ready_media(state, post, moment)
        ],
        "mentions": [],
        "tags": [],
        "emojis": [],
        "card": None,
        "poll": None,
    }


def content_of(text: str) -> str:
    """The text as HTML: paragraphs, line breaks, addresses and #tags."""
    paragraphs = regex.split(r"\n{2,}", text.strip("\n"))
    return "".join(f"<p>{_inline(one)}</p>" for one in paragraphs) if text.strip() else ""


def _inline(text: str) -> str:
    parts, last = [], 0
    for start, end in find_urls(text):
        if "://" not in text[start:end]:
            continue
        parts += [_words(text[last:start]), _link(text[start:end])]
        last = end
    parts.append(_words(text[last:]))
    return "".join(parts).replace("\n", "<br />")


def _words(text: str) -> str:
    return _TAG.sub(_tag, html.escape(text, quote=False))


def _tag(match) -> str:
    href = f"{BASE}/tags/{match[1].lower()}"
    return f'<a href="{href}" class="mention hashtag" rel="tag">#<span>{match[1]}</span></a>'


def _link(url: str) -> str:
    """Mastodon hides the scheme and what is longer than thirty characters, by spans."""
    scheme, _, rest = url.partition("://")
    prefix = f"{scheme}://" + ("www." if rest.startswith("www.") else "")
    shown, hidden = url[len(prefix) :][:30], url[len(prefix) :][30:]
    ellipsis = "ellipsis" if hidden else ""
    spans = (
        f'<span class="invisible">{html.escape(prefix)}</span>'
        f'<span class="{ellipsis}">{html.escape(shown)}</span>'
        f'<span class="invisible">{html.escape(hidden)}</span>'
    )
    return f'<a href="{html.escape(url)}" target="_blank" rel="nofollow noopener" translate="no">{spans}</a>'
