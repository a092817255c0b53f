"""From the HTML of a status back to its text. No Django, no database."""

from __future__ import annotations

import html
import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posts.platforms.plain import plain_text


def squeezed(text: str) -> str:
    return " ".join(text.split())


def shown_link(url: str) -> str:
    """A link as Mastodon shows it: the scheme hidden, the rest cut after thirty characters."""
    prefix = re.match(r"https?://(?:www\.)?", url).group()
    rest = url[len(prefix) :]
    cut = "ellipsis" if len(rest) > 30 else ""
    return (
        f'<a href="{html.escape(url)}" target="_blank" rel="nofollow noopener" translate="no">'
        f'<span class="invisible">{prefix}</span><span class="{cut}">{html.escape(rest[:30])}</span>'
        f'<span class="invisible">{html.escape(rest[30:])}</span></a>'
    )


def shown(word: str) -> str:
    if re.fullmatch(r"https?://\S+", word):
        return shown_link(word)
    if re.fullmatch(r"@[a-z]+", word):
        return (
            f'<span class="h-card" translate="no"><a href="https://example.org/{word}" class="u-url mention">'
            f"@<span>{word[1:]}</span></a></span>"
        )
    if re.fullmatch(r"#[a-z]+", word):
        href = f"https://example.org/tags/{word[1:]}"
        return f'<a href="{href}" class="mention hashtag" rel="tag">#<span>{word[1:]}</span></a>'
    return html.escape(word)


def as_mastodon_shows(text: str) -> str:
    """`text` as status content: escaped, with links, in paragraphs and lines."""
    pieces = (shown(piece) for piece in re.split(r"(\s)", text))
    paragraphs = re.split(r"\n\n+", re.sub(r"\r\n?", "\n", "".join(pieces)))
    return "".join("<p>{}</p>".format(part.replace("\n", "<br />")) for part in paragraphs)


URLS = st.from_regex(r"https?://(www\.)?example\.org/[!-~]{0,60}", fullmatch=True)
NAMES = st.from_regex(r"[@#][a-z]{1,12}", fullmatch=True)
ODD_WORDS = st.sampled_from(["&amp;", "&", "<b>", "</p>", "&#39;", "&copy", '"', "a>b", "…"])
GAPS = st.sampled_from([" ", "  ", "\n", "\n\n", "\n\n\n", "\r\n", "\t"])
TEXTS = st.lists(st.tuples(URLS | NAMES | ODD_WORDS | st.text(max_size=12), GAPS), max_size=12).map(
    lambda pairs: "".join(word + gap for word, gap in pairs)
)
MARKUP = st.from_regex(r"(</?(a|p|span|br|!--)[ \"'=<>a-z]{0,9}>?[&#;a-z]{0,5}){0,9}", fullmatch=True)


@given(TEXTS)
def test_what_was_typed_comes_back(text):
    assert squeezed(plain_text(as_mastodon_shows(text))) == squeezed(text)


@given(
    st.text() | st.from_regex(r"(</?(a|p|span|br|!--)[ \"'=<>a-z]{0,9}>?[&#;a-z]{0,5}){0,9}", fullmatch=True)
)
def test_anything_is_taken(text):
    assert isinstance(plain_text(text), str)


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("", ""),
        ("<p></p>", ""),
        ("<p>One</p><p>Two<br>Three<br/>Four<br />Five</p>", "One\n\nTwo\nThree\nFour\nFive"),
        ("no markup at all", "no markup at all"),
        ("Line<br><br>Line", "Line\n\nLine"),
        ("<P>Loud</P><BR>", "Loud"),
        ("<p>a &lt;b&gt; &amp;amp; &quot;c&quot; &#39;d&#39;</p>", "a <b> &amp; \"c\" 'd'"),
        ("<p>4 < 5 and 6 > 5</p>", "4 < 5 and 6 > 5"),
        ("<p>a<!-- hidden -->b</p>", "ab"),
        ("<ul><li>one</li><li>two</li></ul>", "one\n\ntwo"),
        ('<a href="https://e.org/abcdef">https://e.org/abcdef</a>', "https://e.org/abcdef"),
        ('<a href="https://e.org/abcdef">e.org/abc…</a>', "https://e.org/abcdef"),
        ("<a href='https://e.org/abcdef'>e.org/abc...</a>", "https://e.org/abcdef"),
        ('<a href="https://e.org/">e.org</a> and more', "e.org and more"),
        (
            '<a href="https://e.org/?a=1&amp;b=2"><span class="ellipsis">e.org</span></a>',
            "https://e.org/?a=1&b=2",
        ),
        ('<a data-href="x" href="https://e.org/">a…</a>', "https://e.org/"),
        ("<a>no address…</a>", "no address…"),
        ('<a href="https://e.org/">never closed', "never closed"),
        (
            '<a href="https://a.org/x">a.o…<a href="https://b.org/x">b.o…</a>',
            "https://a.org/xhttps://b.org/x",
        ),
        ("</a>closed only", "closed only"),
        ("<p>:blobcat: stays</p>", ":blobcat: stays"),
    ],
)
def test_markup(content, text):
    assert plain_text(content) == text


def test_a_mention_is_given_to_the_caller():
    told = []

    def spell(href, name):
        told.append((href, name))
        return "@anna@example.org"

    content = '<p>Hi <a href="https://example.org/@anna" class="u-url mention">@<span>anna</span></a>!</p>'
    assert plain_text(content, mention=spell) == "Hi @anna@example.org!"
    assert told == [("https://example.org/@anna", "@anna")]


@pytest.mark.parametrize(
    "piece",
    [
        "<a ",
        "<!--",
        "<![x",
        "<",
        "&#",
        "<a x='",
        "</",
        '<a href="',
        "<a href='>",
        "href= ",
        "<p>\n",
        "<a><a>",
    ],
)
def test_a_hostile_text_takes_no_longer_than_its_length(piece):
    start = time.perf_counter()
    plain_text("<a " + piece * 100_000)
    assert time.perf_counter() - start < 5
