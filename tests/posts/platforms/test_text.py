"""Counting as platforms count. No Django, no database."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posts.platforms.base import Content, Limits, Video, VideoLimits
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


def said(content: Content, length: int = 0, **limits) -> list[str]:
    return [
        one.message for one in problems(content, Limits(text_max=500, **limits), length=length, who="Threads")
    ]


VIDEO_LIMITS = VideoLimits(bytes_max=8 * 1024 * 1024, seconds_max=140, seconds_min=3, bytes_min=1024)


def film(**changes) -> Video:
    facts = {"uid": "v", "mime": "video/mp4", "width": 640, "height": 360, "seconds": 10.0, "size": 2000}
    return Video(**{**facts, "alt": "", "open": io.BytesIO, **changes})


def test_bytes_count_beside_characters():
    family = "\N{WOMAN}\N{ZERO WIDTH JOINER}\N{GIRL}"
    assert found(Content(family * 10), text_bytes_max=110) == []
    assert found(Content(family * 10), text_bytes_max=109) == ["text"]
    assert "109 bytes" in said(Content(family * 10), text_bytes_max=109)[0]
    assert found(Content("\ud800"), text_bytes_max=10) == []  # half a character is counted, not choked on
    assert len(said(Content("x" * 501), length=501, text_bytes_max=500)) == 1  # one cause, one sentence


def test_bytes_are_those_of_the_text_as_it_is_sent():
    limits = Limits(text_max=500, text_bytes_max=20)
    content = Content("short", link="https://example.org/long")
    assert not problems(content, limits, length=5, who="It")
    assert problems(content, limits, length=5, who="It", sent="short\n\nhttps://example.org/long")


def test_different_links_count_and_the_same_one_once():
    text = "https://a.example https://b.example https://a.example"
    assert found(Content(text), links_max=2) == []
    assert found(Content(text, link="https://b.example"), links_max=2) == []
    assert found(Content(text, link="https://c.example"), links_max=2) == ["text"]
    assert found(Content(f"{text} www.c.example"), links_max=2) == ["text"]
    assert found(Content("See www.a.example, www.a.example."), links_max=1) == []
    assert found(Content("https://www.a.example and https://b.example"), links_max=2) == []
    assert "at most one link in a post, and here are 2." in said(Content(text), links_max=1)[0]


def test_words_alone_where_something_to_look_at_is_needed(picture):
    assert said(Content("hello"), media_required=True) == [
        "Threads takes no post of words alone. Add an image."
    ]
    assert "an image or a video" in said(Content(""), media_required=True, video=VIDEO_LIMITS)[0]
    assert found(Content("", images=(picture("u1"),)), media_required=True) == []
    assert found(Content("", video=film()), media_required=True, video=VIDEO_LIMITS) == []


def test_shape_and_width_of_images(picture):
    image = picture("u1")  # 32 by 24
    assert found(Content("x", images=(image,)), image_ratio=(4 / 3, 4 / 3)) == []
    assert "too wide" in said(Content("x", images=(image,)), image_ratio=(0.5, 1.3))[0]
    assert "too narrow" in said(Content("x", images=(image,)), image_ratio=(1.5, 2))[0]
    assert found(Content("x", images=(image,)), image_width_max=32) == []
    assert "wider than the 31 pixels" in said(Content("x", images=(image,)), image_width_max=31)[0]
    assert "at most 1 image in" in said(Content("x", images=(image, image)), images_max=1)[0]


def test_video_where_none_is_taken():
    assert found(Content("hello", video=film())) == ["video"]
    assert found(Content("", video=film()), video=VIDEO_LIMITS) == []


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"mime": "video/webm"}, "video", "It takes MP4."),
        ({"size": 8 * 1024 * 1024 + 1}, "video", "larger than the 8 MB"),
        ({"size": 1023}, "video", "smaller than the 1 KB"),
        ({"seconds": 140.5}, "video", "longer than the 2 minutes and 20 seconds"),
        ({"seconds": 2.9}, "video", "shorter than the 3 seconds"),
        ({"alt": "x" * 1501}, "alt", "description of the video is 1 character too long"),
    ],
)
def test_problems_of_a_video(changes, field, words):
    content = Content("hello", video=film(**changes))
    assert found(content, video=VIDEO_LIMITS) == [field]
    assert words in said(content, video=VIDEO_LIMITS)[0]


def test_images_and_a_video_do_not_go_together(picture):
    content = Content("hello", images=(picture("u1"),), video=film())
    assert found(content, video=VIDEO_LIMITS) == ["video"]


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(3, "3 seconds"), (90, "90 seconds"), (900, "15 minutes"), (3600, "60 minutes"), (14400, "4 hours")],
)
def test_lengths_are_told_in_the_words_of_people(seconds, words):
    limits = VideoLimits(bytes_max=10_000, seconds_max=seconds)
    assert f"longer than the {words} that" in said(Content("x", video=film(seconds=99_999)), video=limits)[0]


@pytest.mark.parametrize(
    ("most", "words"),
    [(1_000_000, "1 MB"), (50_000_000, "50 MB"), (8 << 20, "8 MB"), (99 << 20, "99 MB"), (10**9, "1 GB"),
     (4 << 30, "4 GB"), (1_500_000, "1.5 MB")],
)  # fmt: skip
def test_sizes_are_told_in_round_numbers(most, words):
    limits = VideoLimits(bytes_max=most, seconds_max=100)
    assert f"larger than the {words} that" in said(Content("x", video=film(size=most + 1)), video=limits)[0]


def test_sentences_begin_with_a_capital(picture):
    content = Content("x", images=(picture("u1"), picture("u2")), video=film())
    limits = Limits(text_max=500, images_max=1, image_types=("image/webp",), links_max=0)
    found = problems(content, limits, length=1, who="the practice network")
    assert all(one.message[0].isupper() for one in found), found
