"""How stand-ins count and show text."""

import pytest

from sandbox import facets
from sandbox.standins.mastodon_statuses import count
from sandbox.standins.x_text import find_urls, normal, weighted_length

# each text with its weight and addresses as X's own library, twitter-text 3.1.0, has them
WEIGHTS = [
    ("hello", 5, []),
    ("see example.com now", 31, ["example.com"]),
    ("https://example.com/a_(b)?x=1.", 24, ["https://example.com/a_(b)?x=1"]),
    ("(https://example.org)", 25, ["https://example.org"]),
    ("日本語テキスト", 14, []),
    ("Cafe\u0301", 4, []),
    ("👩‍👩‍👧‍👦 hi", 5, []),
    ("🇩🇪🇫🇷", 4, []),
    ("1️⃣ #️⃣", 5, []),
    ("👍🏽👍", 4, []),
    ("©® ™", 5, []),
    ("‘quote’ – — … “x”", 18, []),
    ("₿ € £", 7, []),
    ("http://127.0.0.1:8000/x", 23, []),
    ("a.b@example.com", 15, []),
    ("@example.com", 12, []),
    ("Node.js and index.html", 22, []),
    ("https://exämple.de/ü", 23, ["https://exämple.de/ü"]),
    ("example.co.uk/path/", 23, ["example.co.uk/path/"]),
    ("http://example.invalidtld/x", 27, []),
    ("text,example.com,text", 33, ["example.com"]),
    ("https://example.org/a,b;c", 23, ["https://example.org/a,b;c"]),
]


@pytest.mark.parametrize(("text", "weight", "urls"), WEIGHTS)
def test_weight_on_x(text, weight, urls):
    spans = find_urls(normal(text))
    assert (weighted_length(text), [normal(text)[a:b] for a, b in spans]) == (weight, urls)


@pytest.mark.parametrize(
    "text", ["a" * 5000, "a." * 2500, "https://" + "a-" * 2400, "http://a.com/" + "(a" * 2400]
)
def test_looking_for_addresses_ends_soon(text):
    assert weighted_length(text) > 0


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("Hello", 5),
        ("👩‍👩‍👧‍👦", 1),
        ("@someone@far.example hi", 11),
        ("see https://example.org/a/very/long/path?with=more, ok", 31),
        ("a@b.example is no mention", 25),
    ],
)
def test_length_on_mastodon(text, length):
    assert count(text) == length


def _facet(start, end, uri="https://example.org/"):
    kind = "app.bsky.richtext.facet#link" if uri else "app.bsky.richtext.facet#tag"
    return {"index": {"byteStart": start, "byteEnd": end}, "features": [{"$type": kind, "uri": uri}]}


LINK = '<a href="https://example.org/" rel="nofollow noopener noreferrer">{}</a>'


@pytest.mark.parametrize(
    ("text", "given", "shown"),
    [
        ("a <b> https://example.org/", [], "a &lt;b&gt; https://example.org/"),
        ("see here", [_facet(4, 8)], "see " + LINK.format("here")),
        ("äö here", [_facet(5, 9)], "äö " + LINK.format("here")),
        ("äö here", [_facet(1, 9)], "äö here"),
        ("see here", [_facet(4, 80)], "see here"),
        ("see here", [_facet(0, 5), _facet(4, 8)], LINK.format("see h") + "ere"),
        ("see here", [_facet(4, 8, "javascript:alert(1)")], 'see <span class="tag">here</span>'),
    ],
)
def test_only_facets_are_links_on_bluesky(text, given, shown):
    assert facets.show(text, given) == shown
