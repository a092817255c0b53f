"""LinkedIn's notation of texts. No Django, no database."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posts.platforms.linkedin_text import length, little, plain


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("Hello, world! 100% — “yes” & more; it's 5 + 5 = 10?", None),
        ("(see below)", r"\(see below\)"),
        ("a_b*c~d|e", r"a\_b\*c\~d\|e"),
        ("[x] {y} <z>", r"\[x\] \{y\} \<z\>"),
        ("back\\slash", r"back\\slash"),
        ("anna@example.org", r"anna\@example.org"),
        ("@[Anna](urn:li:person:1)", r"\@\[Anna\]\(urn:li:person:1\)"),
        ("{hashtag|\\#|x}", r"\{hashtag\|\\\#\|x\}"),
        ("#Climate and (#Justice)", r"#Climate and \(#Justice\)"),
        ("#Klimaschützer #気候 #2030goals", None),
        ("#climate_action", r"#climate\_action"),
        ("# of people, #1 of 5, C# and a#b", r"\# of people, \#1 of 5, C\# and a\#b"),
        ("##x", r"\##x".replace("##", r"#\#")),
        ("https://example.org/a_b?x=(1)#top", r"https://example.org/a\_b?x=\(1\)\#top"),
        ("line one\n\nline two", None),
        ("", None),
    ],
)
def test_signs_with_a_meaning_are_escaped_and_hashtags_kept(text, written):
    assert little(text) == (text if written is None else written)
    assert plain(little(text)) == text


@given(st.text())
def test_what_is_written_reads_as_what_was_typed(text):
    written = little(text)
    assert plain(written) == text
    left = re.sub(r"\\.", "", written, flags=re.DOTALL)
    assert not set(left) & set("\\|{}@[]()<>*_~")


@pytest.mark.parametrize(
    ("written", "text"),
    [
        (r"{hashtag|\#|Climate} now", "#Climate now"),
        (r"{hashtag|#|a\_b}", "#a_b"),
        (r"Thanks @[Anna Lee](urn:li:person:1)!", "Thanks Anna Lee!"),
        (r"@[A \(B\)](urn:li:organization:2)", "A (B)"),
    ],
)
def test_hashtags_and_mentions_that_linkedin_writes_read_as_they_look(written, text):
    assert plain(written) == text


def test_the_length_is_that_of_what_is_sent():
    assert length("a_b") == 4
    assert length("😀") == 2
    assert length("#tag") == 4
