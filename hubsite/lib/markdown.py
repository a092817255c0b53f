"""Markdown to safe HTML. What people write never reaches a page unsanitised."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from html import unescape
from itertools import pairwise
from typing import Any

import nh3
from django.utils.html import format_html, urlize
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import slugify
from django.utils.translation import gettext as _
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.rules_core import StateCore
from markdown_it.token import Token

OWN_PICTURE = re.compile(r"/playbooks/pictures/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/")
"""The addresses of pictures that are shown. Those of other servers would tell them who reads."""


def _picture(renderer: RendererHTML, tokens: Sequence[Token], at: int, options: Any, env: Any) -> str:
    token = tokens[at]
    address = str(token.attrs.get("src", ""))
    alt = renderer.renderInlineAsText(token.children or [], options, env)
    if OWN_PICTURE.fullmatch(address):
        return format_html('<img src="{}" alt="{}" loading="lazy">', address, alt)
    return format_html('!<a href="{}">{}</a>', address, alt)


def _link_addresses(state: StateCore) -> None:
    """Make links of web addresses in the text, but for the text of links; code is no text."""
    for block in state.tokens:
        depth = 0
        for token in block.children or []:
            if token.type in ("link_open", "link_close"):
                depth += token.nesting
            elif token.type == "text" and not depth:
                token.type, token.content = "html_inline", urlize(token.content, autoescape=True)


def _label_cells(state: StateCore) -> None:
    """Each cell of a table carries its column's heading, for screens too narrow for columns."""
    headings: list[str] = []
    column = 0
    for token, following in pairwise(state.tokens):
        if token.type == "thead_open":
            headings = []
        elif token.type == "th_open":
            headings.append(following.content)
        elif token.type == "tr_open":
            column = 0
        elif token.type == "td_open":
            token.attrSet("data-label", headings[column] if column < len(headings) else "")
            column += 1


def _made(*, links: bool = False) -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False, "linkify": False})
    parser.enable(["table", "strikethrough"])
    parser.add_render_rule("image", _picture)
    parser.core.ruler.push("label_cells", _label_cells)
    if links:
        parser.core.ruler.push("link_addresses", _link_addresses)
    return parser


_parser, _linking_parser = _made(), _made(links=True)

LINK_REL = "noopener noreferrer nofollow"
ALLOWED_TAGS = {
    "a", "blockquote", "br", "code", "del", "em", "h2", "h3", "h4", "hr", "img", "li", "ol", "p", "pre", "s",
    "strong", "table", "tbody", "td", "th", "thead", "tr", "ul",
}  # fmt: skip
ALLOWED_ATTRIBUTES = {
    "a": {"href", "title"},
    "img": {"src", "alt", "loading"},
    "ol": {"start"},
    "td": {"data-label"},
}


def _attribute(tag: str, name: str, value: str) -> str | None:
    """No picture of another address gets through, however it came into the HTML."""
    return None if (tag, name) == ("img", "src") and not OWN_PICTURE.fullmatch(value) else value


@dataclass(frozen=True)
class Heading:
    """One entry of a table of contents."""

    anchor: str
    title: str  # plain text, not HTML


def render(source: str, *, links: bool = False) -> SafeString:
    """Sanitised HTML of Markdown `source`. Headings begin at h2, since the page has its own h1. With `links`
    bare web addresses are links too, as people expect where they talk."""
    html = (_linking_parser if links else _parser).render(source)
    html = re.sub(r"<(/?)h1>", r"<\1h2>", html)
    clean = nh3.clean(
        html,
        tags=ALLOWED_TAGS,
        attributes=ALLOWED_ATTRIBUTES,
        attribute_filter=_attribute,
        url_schemes={"http", "https", "mailto"},
        link_rel=LINK_REL,
    )
    return mark_safe(_scrolling_tables(clean))  # noqa: S308 - nh3 has just cleaned it


def linked(text: str) -> SafeString:
    """Plain text as HTML in which web addresses are links; nothing else in it is markup."""
    html = urlize(text, autoescape=True)
    clean = nh3.clean(html, tags={"a"}, attributes={"a": {"href"}}, link_rel=LINK_REL)
    return mark_safe(clean)  # noqa: S308 - nh3 has just cleaned it


def _scrolling_tables(html: str) -> str:
    """A wide table scrolls in a box of its own, which the keyboard can reach."""
    box = format_html('<div class="prose-table" role="group" aria-label="{}" tabindex="0">', _("Table"))
    return html.replace("<table>", f"{box}<table>").replace("</table>", "</table></div>")


def render_with_contents(source: str) -> tuple[SafeString, list[Heading]]:
    """The HTML with an id on each h2, and the headings in order."""
    headings: list[Heading] = []
    taken: set[str] = set()

    def anchored(match: re.Match[str]) -> str:
        title = unescape(re.sub(r"<[^>]+>", "", match.group(1)))
        base = slugify(title) or "part"
        anchor, number = base, 2
        while anchor in taken:
            anchor, number = f"{base}-{number}", number + 1
        taken.add(anchor)
        headings.append(Heading(anchor=anchor, title=title))
        return f'<h2 id="{anchor}">{match.group(1)}</h2>'

    html = re.sub(r"<h2>(.*?)</h2>", anchored, render(source), flags=re.DOTALL)
    return mark_safe(html), headings  # noqa: S308 - ids come from slugify, the rest was cleaned by render
