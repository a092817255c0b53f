"""Links, mentions and hashtags of a Bluesky post, shown short and counted in bytes. No network."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posts.platforms.bluesky_text import ascii_link, mentions, render, short_link, shown, typed

ANNA = {"anna.bsky.social": "did:plc:aaaaaaaaaaaaaaaaaaaaaaaa"}


def marked(text: str, dids: dict[str, str] = ANNA) -> list[tuple[str, str, str]]:
    """What each facet covers, its kind, and what it leads to."""
    out, facets = render(text, dids)
    data = out.encode()
    found = []
    for facet in facets:
        covered = data[facet["index"]["byteStart"] : facet["index"]["byteEnd"]].decode()
        (feature,) = facet["features"]
        kind = feature["$type"].partition("#")[2]
        found.append((covered, kind, feature.get("uri") or feature.get("tag") or feature.get("did")))
    return found


@pytest.mark.parametrize(
    ("text", "facets"),
    [
        ("plain", []),
        ("Möwen 🐦 https://e.org/a", [("e.org/a", "link", "https://e.org/a")]),
        ("(see https://e.org/a).", [("e.org/a", "link", "https://e.org/a")]),
        ("https://e.org/a_(b)", [("e.org/a_(b)", "link", "https://e.org/a_(b)")]),
        ("👩‍👩‍👧 @anna.bsky.social!", [("@anna.bsky.social", "mention", ANNA["anna.bsky.social"])]),
        ("@ANNA.bsky.social.", [("@ANNA.bsky.social", "mention", ANNA["anna.bsky.social"])]),
        ("(@anna.bsky.social)", [("@anna.bsky.social", "mention", ANNA["anna.bsky.social"])]),
        ("@nobody.example.org", []),
        ("@anna", []),
        ("mail anna@anna.bsky.social", []),
        ("@x@anna.bsky.social and @anna.bsky.social@x.org", []),
        ("https://e.org/@anna.bsky.social", [("e.org/@anna.bsky.s...", "link", "https://e.org/@anna.bsky.social")]),
        ("#Hafen, #möwen! #1", [("#Hafen", "tag", "Hafen"), ("#möwen", "tag", "möwen")]),
        ("#1a", [("#1a", "tag", "1a")]),
        ("＃港 #港。", [("＃港", "tag", "港"), ("#港", "tag", "港")]),
        ("# #! #️⃣ a#b", []),
        ("#" + "x" * 64, [("#" + "x" * 64, "tag", "x" * 64)]),
        ("#" + "x" * 65, []),
        ("https://e.org/#top", [("e.org/#top", "link", "https://e.org/#top")]),
    ],
)  # fmt: skip
def test_what_is_marked(text, facets):
    assert marked(text) == facets


@pytest.mark.parametrize(
    ("url", "short"),
    [
        ("https://e.org", "e.org"),
        ("https://e.org/", "e.org"),
        ("http://e.org/fifteen-letter", "e.org/fifteen-letter"),
        ("https://e.org/sixteen-letters", "e.org/sixteen-lett..."),
        ("https://e.org:8080/a?b=1#c", "e.org:8080/a?b=1#c"),
        ("https://e.org?question=very-long", "e.org?question=ver..."),
    ],
)
def test_links_are_shown_as_the_app_shows_them(url, short):
    assert short_link(url) == short


@pytest.mark.parametrize(
    ("url", "ascii_only"),
    [
        ("https://bücher.example.org/ü?q=ß", "https://xn--bcher-kva.example.org/%C3%BC?q=%C3%9F"),
        ("https://e.org/100%25", "https://e.org/100%25"),
        ("https://e.org/a|b", "https://e.org/a%7Cb"),
    ],
)
def test_the_address_behind_a_link_has_the_characters_of_a_uri(url, ascii_only):
    assert ascii_link(url) == ascii_only


def test_a_handle_is_looked_for_once():
    assert mentions("@b.example.org @a.example.org @B.example.org") == ["b.example.org", "a.example.org"]


def test_a_long_link_counts_as_it_is_shown():
    assert shown("see https://example.org/" + "a" * 500 + ".") == "see example.org/aaaaaaaaaaaa...."


@pytest.mark.parametrize(
    "text",
    [
        "see https://example.org/harbour/2026/11/boats?a=1&b=2 and https://e.org/",
        "https://bücher.example.org/ü",
        "🐦 https://example.org/🐦/" + "x" * 30 + " 🐦",
        "#a @anna.bsky.social",
    ],
)
def test_a_post_read_back_has_its_links_in_full(text):
    out, facets = render(text, ANNA)
    back = typed(out, facets)
    assert ascii_everywhere(back) == ascii_everywhere(text)


def ascii_everywhere(text: str) -> list[str]:
    return [ascii_link(word) if "://" in word else word for word in text.split()]


@pytest.mark.parametrize(
    "facets",
    [
        None,
        7,
        "x",
        [None, 7, [], {}],
        [{"index": None, "features": []}],
        [{"index": {"byteStart": 2, "byteEnd": 1}, "features": [{"uri": "https://e.org"}]}],
        [{"index": {"byteStart": -1, "byteEnd": 1}, "features": [{"uri": "https://e.org"}]}],
        [{"index": {"byteStart": 0, "byteEnd": 99}, "features": [{"uri": "https://e.org"}]}],
        [{"index": {"byteStart": True, "byteEnd": 2}, "features": [{"uri": "https://e.org"}]}],
        [{"index": {"byteStart": 0, "byteEnd": 2}, "features": [{"uri": None}, {"tag": "a"}, 3]}],
    ],
)
def test_odd_facets_are_passed_over(facets):
    assert typed("text", facets) == "text"


WORDS = st.lists(
    st.sampled_from(
        [
            "https://e.org/",
            "https://example.org/a/b/c/d/e/f?x=1",
            "@anna.bsky.social",
            "#tag",
            "🐦",
            "(",
            ").",
            "ü",
        ]
    )
    | st.text(max_size=12),
    max_size=12,
)


@given(words=WORDS, glue=st.sampled_from([" ", "\n", ""]))
def test_facets_are_in_order_apart_and_within_the_text(words, glue):
    out, facets = render(glue.join(words), ANNA)
    data, end = out.encode(), 0
    for facet in facets:
        start = facet["index"]["byteStart"]
        assert end <= start < facet["index"]["byteEnd"] <= len(data)
        end = facet["index"]["byteEnd"]
        data[start:end].decode()  # whole characters
