"""Pages: the templates, how text and times are shown, and the headers a page carries."""

from datetime import datetime
from pathlib import Path

import regex
from aiohttp import web
from jinja2 import Environment, FileSystemLoader
from markupsafe import Markup, escape

from . import facets
from .clock import iso, now
from .counts import counts, followers
from .csrf import form_token, set_cookie
from .keys import NETWORK
from .labels import LABELS
from .limits import URL

_HERE = Path(__file__).parent
_INLINE = regex.compile(rf"(?P<url>{URL.pattern})|(?P<tag>(?<![\w&#])#\w{{1,60}})", regex.IGNORECASE)
_TRAILING = ".,;:!?)]}»”’'\""
SHOWN_ADDRESS_MAX = 44


def render(request: web.Request, template: str, *, status=200, form_origin="", **context) -> web.Response:
    """A page. `form_origin` is where a form's answer may lead besides this network."""
    network = request.app[NETWORK]
    response = web.Response(status=status, content_type="text/html", charset="utf-8")
    response.headers["Content-Security-Policy"] = (
        "default-src 'none'; style-src 'self'; img-src 'self'; media-src 'self'; base-uri 'none'; "
        f"frame-ancestors 'none'; form-action 'self' {form_origin}".rstrip()
    )
    cookie, token = form_token(request)
    set_cookie(request, response, cookie)
    response.text = _ENVIRONMENT.get_template(template).render(
        path=request.path, network=network, now=now(), csrf=token, rules=network.state.rules, **context
    )
    return response


def show_text(text: str) -> Markup:
    """Post text with its addresses as links and its #tags marked; everything else escaped."""
    parts, last = [], 0
    for found in _INLINE.finditer(text):
        shown = found[0].rstrip(_TRAILING) if found["url"] else found[0]
        parts.append(escape(text[last : found.start()]))
        parts.append(_link(shown) if found["url"] else Markup('<span class="tag">{}</span>').format(shown))
        last = found.start() + len(shown)
    parts.append(escape(text[last:]))
    return Markup("").join(parts)


def show_post(post) -> Markup:
    """A post's text as its platform would show it."""
    if "facets" in post.facts:
        return facets.show(post.text, post.facts["facets"])
    return show_text(post.text)


def _link(address: str) -> Markup:
    return Markup('<a href="{}" rel="nofollow noopener noreferrer">{}</a>').format(
        address, short_address(address)
    )


def short_address(address: str) -> str:
    bare = address.partition("://")[2].removeprefix("www.").rstrip("/")
    return _shorten(bare)


def _shorten(text: str) -> str:
    return text if len(text) <= SHOWN_ADDRESS_MAX else text[: SHOWN_ADDRESS_MAX - 1] + "…"


def host_of(address: str) -> str:
    return regex.split(r"[/?#]", address.partition("://")[2], maxsplit=1)[0].lower().removeprefix("www.")


def path_of(address: str) -> str:
    """What follows the host, shortened; empty for a bare host."""
    path = address.partition("://")[2].partition("/")[2].rstrip("/")
    return _shorten(f"/{path}") if path else ""


def show_time(moment: datetime) -> str:
    return f"{moment:%a} {moment.day} {moment:%b %Y, %H:%M} UTC"


def ago(moment: datetime) -> str:
    seconds = max(0, (now() - moment).total_seconds())
    if seconds < 60:
        return "just now"
    for size, word in ((86_400, "day"), (3600, "hour"), (60, "minute")):
        if seconds >= size:
            count = int(seconds // size)
            return f"{count} {word}{'s' if count > 1 else ''} ago"
    return "just now"


def initials(name: str) -> str:
    words = [word for word in regex.split(r"[\s\-–·]+", name) if word[:1].isalnum()] or [name]
    letters = [regex.match(r"\X", word)[0] for word in (words[0], *words[1:][-1:])]
    return "".join(letters).upper()


def hue(handle: str) -> int:
    """One of the twelve hue classes."""
    return sum(handle.encode()) * 7 % 12


def plural(count: int, word: str, many: str | None = None) -> str:
    return f"{count:,} {word if count == 1 else many or word + 's'}"


def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_HERE / "templates"), autoescape=True, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters.update(
        show_post=show_post,
        show_text=show_text,
        short_address=short_address,
        host_of=host_of,
        path_of=path_of,
        show_time=show_time,
        ago=ago,
        iso=iso,
        initials=initials,
        hue=hue,
        plural=plural,
    )
    environment.globals.update(counts=counts, followers=followers, labels=LABELS)
    return environment


_ENVIRONMENT = _environment()
