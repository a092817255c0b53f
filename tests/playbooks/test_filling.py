"""Local fields: an allow-list, one pass, and nothing of a template engine."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chapters.models import Chapter
from playbooks.filling import FIELDS, bare_chapter, fill, sample_chapter, unknown_fields

LISBON = Chapter(
    name="Lisbon", city="Lisboa", website="https://example.org/lisbon", contact_email="lisbon@example.org",
    hashtag="#Lisbon", meeting_place="Rua da Rosa 1", time_zone="Europe/Lisbon",
)  # fmt: skip


@pytest.mark.parametrize("field", FIELDS.values(), ids=FIELDS)
def test_every_listed_field_is_replaced_by_the_chapters_value(field):
    filled = fill(f"a {field.code} z", LISBON)
    assert filled.text == f"a {getattr(LISBON, field.attribute)} z"
    assert filled.missing == []


@pytest.mark.parametrize("field", FIELDS.values(), ids=FIELDS)
def test_a_missing_value_is_marked_and_listed(field):
    filled = fill(f"a {field.code} z", Chapter())
    assert filled.text == f"a [{field.label}] z"
    assert filled.missing == [field]


def test_a_missing_field_used_twice_is_listed_once_in_the_order_of_the_text():
    filled = fill("{{chapter.hashtag}} {{ chapter.city }} {{chapter.hashtag}}", Chapter(name="Lisbon"))
    assert [field.attribute for field in filled.missing] == ["hashtag", "city"]


def test_white_space_inside_the_braces_does_not_matter():
    assert fill("{{chapter.city}} {{   chapter.city\t}}", LISBON).text == "Lisboa Lisboa"


@pytest.mark.parametrize(
    "written",
    [
        "{{ chapter.shares }}",
        "{{ chapter.uid }}",
        "{{ chapter.events.all }}",
        "{{ chapter.name.upper }}",
        "{{ chapter.name|safe }}",
        "{{ chapter.delete }}",
        "{{ chapter.__class__ }}",
        "{{ settings.SECRET_KEY }}",
        "{{ request.user.password }}",
        "{{ city }}",
        "{{ chapter. city }}",
        "{{ CHAPTER.CITY }}",
        "{{}}",
        "{% load static %}",
        "{% include '/etc/passwd' %}",
        "{# chapter.city #}",
        "${chapter.city}",
        "{chapter.city}",
    ],
)
def test_whatever_is_not_on_the_list_stays_as_it_was_written(written):
    filled = fill(written, LISBON)
    assert filled.text == written
    assert filled.missing == []


def test_a_value_that_looks_like_a_field_is_not_filled_again():
    tricky = Chapter(name="{{ chapter.contact_email }}", contact_email="private@example.org")
    assert fill("We are {{ chapter.name }}", tricky).text == "We are {{ chapter.contact_email }}"


def test_parts_say_what_was_put_in():
    parts = fill("In {{ chapter.city }}, {{ chapter.hashtag }}", Chapter(city="Porto")).parts
    assert [(part.text, bool(part.field), part.is_missing) for part in parts] == [
        ("In ", False, False),
        ("Porto", True, False),
        (", ", False, False),
        ("[hashtag]", True, True),
    ]


def test_unknown_fields_are_named_as_written_once_each():
    text = "{{ chapter.town }} {{ chapter.city }} {{chapter.town}} {{ chapter.town }}"
    assert unknown_fields(text) == ["{{ chapter.town }}", "{{chapter.town}}"]


def test_samples_have_everything_and_nothing():
    everything = " ".join(field.code for field in FIELDS.values())
    assert fill(everything, sample_chapter()).missing == []
    assert len(fill(everything, bare_chapter()).missing) == len(FIELDS) - 1


@given(st.text())
def test_text_without_double_braces_is_never_touched(text):
    plain = text.replace("{", "(")
    assert fill(plain, LISBON).text == plain


LITERALS = st.text(alphabet=st.characters(exclude_characters="{}"), max_size=8)


@given(st.lists(st.one_of(LITERALS, st.sampled_from(list(FIELDS.values()))), max_size=8))
def test_fields_between_any_other_text_are_filled_and_the_rest_is_kept(pieces):
    template = "".join(piece if isinstance(piece, str) else piece.code for piece in pieces)
    expected = "".join(
        piece if isinstance(piece, str) else getattr(LISBON, piece.attribute) for piece in pieces
    )
    assert fill(template, LISBON).text == expected
