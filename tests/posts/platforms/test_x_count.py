"""How long a text is for X. No Django, no database."""

from __future__ import annotations

import time

import pytest

from posts.platforms.x_count import addresses, weighted_length


@pytest.mark.parametrize(
    ("text", "weight"),
    [
        ("", 0),
        ("hello", 5),
        ("Grüße, привет, γειά, שלום", 25),
        ("日本語", 6),
        ("한국어", 6),
        ("“quoted” – dash … dots", 23),  # quotes and dashes weigh 1, the dots 2
        ("\N{RIGHTWARDS ARROW} ✓", 5),
        ("cafe\u0301", 4),  # composed before it is weighed
        ("x\u0301\u0301", 3),
        ("a\nb\r\nc", 6),
    ],
)
def test_characters_weigh_one_or_two(text, weight):
    assert weighted_length(text) == weight


@pytest.mark.parametrize(
    "sequence",
    ["😀", "👍🏽", "👩‍🚀", "👨‍👩‍👧‍👦", "🇩🇪", "🏴󠁧󠁢󠁳󠁣󠁴󠁿", "1️⃣", "❤️", "☺️", "🏳️‍🌈", "©️", "🧑🏿‍🤝‍🧑🏻"],
)
def test_an_emoji_weighs_two_whatever_it_is_made_of(sequence):
    assert weighted_length(sequence) == 2
    assert weighted_length(f"a{sequence}{sequence}b") == 6


@pytest.mark.parametrize(
    ("text", "weight"),
    [
        ("©®", 2),  # letters, without the selector that makes them emoji
        ("☀︎", 4),  # asked for as text
        ("👍👍", 4),
        ("🐶\u200d🐱", 5),  # joined, but no emoji of its own
        ("🇽🇽", 4),
        ("12345#*", 7),
    ],
)
def test_what_is_no_single_emoji_is_weighed_by_its_parts(text, weight):
    assert weighted_length(text) == weight


@pytest.mark.parametrize(
    "address",
    [
        "https://example.com",
        "http://example.com/",
        "HTTPS://EXAMPLE.COM/Path?x=1#y",
        "https://example.com/a_(b)_c",
        "https://example.com:8080/x",
        "https://sub_domain.example.co.uk/" + "x" * 300,
        "https://müller.example.com/straße",
        "https://例え.テスト.jp/x",
        "https://xn--mller-kva.de/",
        "https://example.рф",
        "example.com",
        "www.example.org/path?q=1",
        "t.co",
        "chapter.events",
        "https://t.co/abcDEF123",
    ],
)
def test_an_address_weighs_23_whatever_its_length(address):
    assert weighted_length(address) == 23
    assert weighted_length(f"see {address} now") == 31
    assert weighted_length(f"({address}).") == 26
    assert weighted_length(f"日{address}") == 25 or not address.startswith("http")


@pytest.mark.parametrize(
    "text",
    [
        "anna@example.com",
        "@example.com",
        "#example.com",
        "$example.com",
        "-example.com",
        "example.notatld",
        "https://example.notatld/x",
        "https://localhost/x",
        "ftp.",
        "3.14",
        "e.g",
        "version1.2.3",
        "readme.txt",
        "https://" + "a" * 64 + ".com",
        "https://t.co/" + "a" * 41,
    ],
)
def test_what_x_makes_no_address_counts_as_written(text):
    assert weighted_length(text) == len(text)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a.com b.org", ["a.com", "b.org"]),
        ("a.com, b.org; c.net.", ["a.com", "b.org", "c.net"]),
        ("日本語example.com/x です", ["example.com/x"]),
        ("example.com。", ["example.com"]),
        ("https://example.com/x. Then", ["https://example.com/x"]),
        ("https://example.com/x?a=b. Then", ["https://example.com/x?a=b"]),
        ("https://t.co/abc-def", ["https://t.co/abc"]),
        ("example.com.notatld", ["example.com"]),
        ("example.co.uk", ["example.co.uk"]),
        ("\uE000 example.com", ["example.com"]),
    ],
)  # fmt: skip
def test_where_addresses_begin_and_end(text, found):
    assert [text[start:end] for start, end in addresses(text)] == found


@pytest.mark.parametrize(
    "text",
    [
        "a." * 6000,
        "a." * 6000 + "com",
        "日本." * 4000 + "/a.com",
        "a.com.日本." * 1500,
        "https://x.com/" + "(a" * 6000,
        "https://x.com/" + "((a)" * 3000,
        "https://x.com/?" + "!a" * 6000 + "!!",
        "a-" * 6000 + ".com",
        "https://" * 1500 + "x.com",
        "日" * 12000 + ".com",
        "日_" * 6000 + ".com",
        "é" * 12000 + " a.com",
        "-" * 12000 + "a.com",
    ],
)
def test_no_text_takes_long(text):
    begun = time.process_time()
    weighted_length(text)
    assert time.process_time() - begun < 2
