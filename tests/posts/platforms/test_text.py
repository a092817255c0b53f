"""Counting as platforms count. No Django, no database."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posts.platforms.base import Content, Limits
from posts.platforms.text import count_text, find_urls, graphemes, join_link, problems

# Letters that neither join into clusters nor end or begin an address.
WORDS = st.text(alphabet="abcdefghäöüß 日本語ñ", min_size=0, max_size=40)
URLS = st.from_regex(r"https?://[a-z]{1,10}\.(org|net)(/[a-z0-9%]{0,30}){0,3}", fullmatch=True)
CLUSTERS = ["é", "👨‍👩‍👧‍👦", "🇩🇪", "👍🏽", "e\u0301", "한", "\r\n", "नि", "1️⃣", "🏴󠁧󠁢󠁥󠁮󠁧󠁿"]


@pytest.mark.parametrize("cluster", CLUSTERS)
def test_a_cluster_counts_one(cluster):
    assert graphemes(cluster) == 1
    assert graphemes(f"a{cluster}b") == 3


@given(st.lists(st.sampled_from(["a", "é", "👨‍👩‍👧‍👦", "👍🏽", "日"])))
def test_clusters_add_up(pieces):
    assert graphemes("".join(pieces)) == len(pieces)


@given(st.text())
def test_counting_never_fails_and_never_exceeds_code_points(text):
    assert 0 <= graphemes(text) <= len(text)
    assert count_text(text, url_length=23, short_mentions=True) >= 0


@given(WORDS, URLS, WORDS)
def test_each_address_counts_its_fixed_length(before, url, after):
    text = f"{before} {url} {after}"
    assert count_text(text, url_length=23) == graphemes(before) + graphemes(after) + 2 + 23
    assert count_text(text) == graphemes(text)


@given(st.lists(URLS, max_size=5))
def test_many_addresses(urls):
    assert count_text(" ".join(urls), url_length=23) == max(0, 24 * len(urls) - 1)


@given(URLS, st.sampled_from([".", ",", "!", "?", ")", ":", ";", "…", "'", '"', "”", "?!", ")."]))
def test_the_sentences_punctuation_is_not_part_of_an_address(url, punctuation):
    text = f"({url}{punctuation}"
    assert count_text(text, url_length=23) == 1 + 23 + len(punctuation)


@given(st.text())
def test_found_addresses_are_addresses_in_order(text):
    position = 0
    for start, end in find_urls(text):
        assert position <= start < end <= len(text)
        assert text[start:end].lower().startswith(("http://", "https://"))
        position = end


@pytest.mark.parametrize(
    ("text", "addresses"),
    [
        ("https://example.org", ["https://example.org"]),
        ("see https://example.org/a_(b) and", ["https://example.org/a_(b)"]),
        ("(https://example.org/a)", ["https://example.org/a"]),
        ("HTTPS://EXAMPLE.ORG/x", ["HTTPS://EXAMPLE.ORG/x"]),
        ("https://bücher.example/straße?q=1#t", ["https://bücher.example/straße?q=1#t"]),
        ("a,https://example.org", ["https://example.org"]),
        ("xhttps://example.org", []),
        ("https://", []),
        ("ftp://example.org", []),
        ("example.org", []),
        ("https://[", []),
    ],
)
def test_what_is_an_address(text, addresses):
    assert [text[start:end] for start, end in find_urls(text)] == addresses


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("@anna@social.example.org hi", len("@anna hi")),
        ("hi @anna@social.example.org, hello", len("hi @anna, hello")),
        ("@anna hi", 8),
        ("mail anna@example.org", 21),
        ("@a@b.org @c@d.org", 5),
        ("@anna.b@social.example.org", len("@anna.b")),
        ("@@x@y.org", 9),
    ],
)
def test_only_the_first_part_of_a_mention_counts(text, length):
    assert count_text(text, url_length=23, short_mentions=True) == length


@given(st.text(), URLS)
def test_joining_a_link_loses_no_text_and_is_done_once(text, link):
    joined = join_link(text, link)
    assert link in joined
    assert text.rstrip() in joined
    assert join_link(joined, link) == joined
    assert join_link(text, "") == text


def found(content: Content, length: int = 0, **limits) -> list[str]:
    return [
        one.field for one in problems(content, Limits(text_max=500, **limits), length=length, who="Mastodon")
    ]


def test_problems_name_the_field(picture):
    image = picture("u1", alt="x" * 10)
    assert found(Content("hello")) == []
    assert found(Content("")) == ["text"]
    assert found(Content("  \n")) == ["text"]
    assert found(Content("", images=(image,))) == []
    assert found(Content("", images=(image,)), text_required=True) == ["text"]
    assert found(Content("hello"), length=501) == ["text"]
    assert found(Content("hello"), length=500) == []
    assert found(Content("hello", link="example.org")) == ["link"]
    assert found(Content("hello", link="javascript:alert(1)")) == ["link"]
    assert found(Content("hello", link="https://example.org/a b")) == ["link"]
    assert found(Content("hello", link="https://[")) == ["link"]
    assert found(Content("hello", link="https://example.org/" + "a" * 3000)) == ["link"]
    assert found(Content("hello", images=(image,) * 5)) == ["images"]
    assert found(Content("hello", images=(image,)), image_bytes_max=10) == ["images"]
    assert found(Content("hello", images=(image,)), image_pixels_max=10) == ["images"]
    assert found(Content("hello", images=(image,)), image_types=("image/jpeg",)) == ["images"]
    assert found(Content("hello", images=(image,)), alt_max=9) == ["alt"]
