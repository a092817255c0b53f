"""Where the central team writes suggestions."""

from __future__ import annotations

import uuid
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from chapters.models import Chapter
from playbooks import reach
from playbooks.audience import Audience
from playbooks.models import Suggestion, SuggestionImage
from playbooks.suggestion_words import SuggestionWords
from tests.playbooks import offers
from tests.support import posts
from tests.support.cast import Cast


def form(*texts: str, **more: Any) -> dict[str, Any]:
    """The editor's form as a browser sends it."""
    key = str(uuid.uuid4())
    data: dict[str, Any] = {"title": "Repair evening", "why": "People come", "key": key, "place": []}
    for place, text in enumerate(texts):
        data["place"].append(str(place))
        data[f"i{place}-text"] = text
    return data | more


def test_a_kit_is_written_with_pictures_and_offered(cast: Cast) -> None:
    client, new = cast.client(cast.cato), reverse("suggestion_new")
    data = form("One in {{ chapter.city }}", "Two")
    data["i1-day"], data["i0-new"] = "3", posts.image_file()
    for _twice in range(2):
        data["i0-new"].seek(0)
        answer = client.post(new, data)
    suggestion = Suggestion.objects.get()  # a double click makes one
    assert answer.url == reverse("suggestion_manage", args=[suggestion.uid])
    image, offer = SuggestionImage.objects.get(), reverse("suggestion_offer", args=[suggestion.uid])
    refused = client.post(
        reverse("suggestion_offer", args=[suggestion.uid]), {"number": suggestion.draft_number}
    )
    assert refused.status_code == 422
    assert "Describe every picture" in refused.content.decode()
    words = SuggestionWords.of_draft(suggestion)
    edit = reverse("suggestion_edit", args=[suggestion.uid])
    data = form("One in {{ chapter.city }}", "Two", number=suggestion.draft_number)
    data |= {f"i{at}-key": item.key for at, item in enumerate(words.items)}
    data |= {"i0-picture": str(image.uid), f"i0-alt-{image.uid}": "A table of radios", "i1-day": "3"}
    client.post(edit, data)
    suggestion.refresh_from_db()
    client.post(offer, {"number": suggestion.draft_number})
    one, two = offers.items(suggestion)
    assert (one.images, two.day) == ([{"uid": str(image.uid), "alt": "A table of radios"}], 3)
    assert client.get(reverse("suggestion_picture", args=[suggestion.uid, image.uid])).status_code == 200
    shown = reverse("shelf_picture", args=["lisbon", suggestion.uid, image.uid])
    assert cast.client(cast.ana).get(shown).status_code == 200


def test_adding_and_taking_out_a_post_keeps_what_was_typed(cast: Cast) -> None:
    client, new = cast.client(cast.cato), reverse("suggestion_new")
    more = client.post(new, form("First words", "Second words", add="1"))
    assert [form["text"].value() for form in more.context["editor"].items] == [
        "First words",
        "Second words",
        None,
    ]
    less = client.post(new, form("First words", "Second words", take_out="0"))
    assert [form["text"].value() for form in less.context["editor"].items] == ["Second words"]
    assert not Suggestion.objects.exists()


def test_an_invalid_form_keeps_what_was_typed(cast: Cast) -> None:
    answer = cast.client(cast.cato).post(
        reverse("suggestion_new"), form("See {{ chapter.secret }}", title="")
    )
    assert answer.status_code == 422
    assert "See {{ chapter.secret }}" in answer.content.decode()
    assert not Suggestion.objects.exists()


def test_what_is_wrong_in_a_kit_is_said_on_top_with_a_link_and_the_picture_is_not_lost_in_silence(
    cast: Cast,
) -> None:
    client = cast.client(cast.cato)
    both = {"i1-day": "3", "i1-on": "2031-01-02"}
    new = client.post(reverse("suggestion_new"), form("One", "Two", **both) | {"i1-new": posts.image_file()})
    assert new.status_code == 422
    top = new.content.decode().partition('id="suggestion-form"')[0]
    assert '<a href="#id_i1-on">Post 2: Fixed date</a>' in top
    assert '<a href="#i1-new">Post 2: Pictures</a>: Choose the pictures again' in top
    suggestion = offers.drafted(cast.cato, "One", "Two")
    edit = reverse("suggestion_edit", args=[suggestion.uid])
    data = form("One", "Two", number="1", **both) | {"i1-new": posts.image_file()}
    again = client.post(edit, data)
    assert again.status_code == 422
    picture = SuggestionImage.objects.get(suggestion=suggestion)
    assert f'name="i1-picture" value="{picture.uid}"' in again.content.decode()


def test_a_refused_picture_leaves_no_suggestion_and_no_unknown_picture(cast: Cast) -> None:
    bad = SimpleUploadedFile("notes.jpg", b"not a picture", "image/jpeg")
    data = form("One", "Two") | {"i0-new": posts.image_file(), "i1-new": bad}
    answer = cast.client(cast.cato).post(reverse("suggestion_new"), data)
    assert answer.status_code == 422
    assert not Suggestion.objects.exists()
    said = [each.picture_error for each in answer.context["editor"].items]
    assert said[0].startswith("Choose the pictures again")
    assert said[1]
    assert said[1] != said[0]
    assert answer.context["editor"].pictures == [[], []]


def test_making_it_a_kit_does_not_complain_of_what_is_not_written_yet(cast: Cast) -> None:
    answer = cast.client(cast.cato).post(reverse("suggestion_new"), form("", why="", add="1"))
    assert answer.status_code == 200
    assert "Not saved yet" not in answer.content.decode()
    assert 'aria-invalid="true"' not in answer.content.decode()


def test_a_stale_form_shows_theirs_and_saves_nothing(cast: Cast) -> None:
    suggestion = offers.drafted(cast.cato, "One")
    client, edit = cast.client(cast.cleo), reverse("suggestion_edit", args=[suggestion.uid])
    client.post(edit, form("Two", number="1"))
    answer = client.post(edit, form("Three", number="1"))
    assert answer.status_code == 409
    assert "Somebody else saved this suggestion" in answer.content.decode()
    suggestion.refresh_from_db()
    assert SuggestionWords.of_draft(suggestion).items[0].text == "Two"


def test_for_whom_and_when_holds_at_once(cast: Cast) -> None:
    suggestion = offers.offered(cast.cato)
    client, terms = cast.client(cast.cato), reverse("suggestion_terms", args=[suggestion.uid])
    data = {
        "regions": [cast.north.pk],
        "platforms": "Mastodon",
        "until": "2031-01-02T10:00",
        "min_members": "2",
    }
    assert client.post(terms, data).status_code == 302
    suggestion.refresh_from_db()
    assert suggestion.until.isoformat() == "2031-01-02T09:00:00+00:00"  # Copenhagen
    assert (suggestion.platforms, suggestion.min_members) == (["mastodon"], 2)
    wrong = client.post(terms, {"min_members": "5", "max_members": "2"})
    assert wrong.status_code == 422
    shelf = reverse("shelf", args=["lisbon"])
    assert "Repair evening" not in cast.client(cast.ana).get(shelf).content.decode()


def test_how_many_chapters_it_reaches_is_said_before_it_is_offered(cast: Cast) -> None:
    suggestion = offers.drafted(cast.cato)
    client, terms = cast.client(cast.cato), reverse("suggestion_terms", args=[suggestion.uid])
    counted = client.post(terms, {"min_members": "4", "count": "1"}).content.decode()
    assert "Reaches 1 of 3 chapters" in counted
    assert "Lisbon" not in counted.partition('id="reach"')[2].partition("<button")[0]
    suggestion.refresh_from_db()
    assert suggestion.min_members is None  # counting keeps nothing
    client.post(terms, {"min_members": "900"})
    manage = client.get(reverse("suggestion_manage", args=[suggestion.uid])).content.decode()
    assert "Reaches no chapter" in manage
    assert "0 of 3 chapters" in manage


def test_counting_costs_the_same_for_hundreds_of_chapters(
    cast: Cast, django_assert_max_num_queries: Any
) -> None:
    many = [Chapter(name=f"Chapter {n}", slug=f"chapter-{n}", region=cast.north) for n in range(200)]
    Chapter.objects.bulk_create(many)
    with django_assert_max_num_queries(4):
        found = reach.of(Audience(regions={cast.north.pk: "North"}))
    assert (found.part, found.whole) == (len(many) + 2, len(many) + 3)


def test_languages_are_those_that_chapters_write_in(cast: Cast) -> None:
    Chapter.objects.filter(pk=cast.porto.pk).update(language="pt-pt")
    Chapter.objects.filter(pk=cast.central.pk).update(language="de")
    suggestion = offers.drafted(cast.cato)
    client, terms = cast.client(cast.cato), reverse("suggestion_terms", args=[suggestion.uid])
    assert client.post(terms, {"language": "German"}).status_code == 422
    choices = client.get(terms).context["form"].fields["language"].choices
    assert choices == [("", "Any language"), ("en", "English"), ("pt", "Portuguese")]
    assert "Reaches 1 of 3" in client.post(terms, {"language": "pt", "count": "1"}).content.decode()


def test_every_page_of_a_suggestion_opens(cast: Cast) -> None:
    suggestion = offers.revised(offers.offered(cast.cato, "One"), cast.cato, "Two in {{ chapter.city }}")
    client = cast.client(cast.cato)
    for name, *args in (
        ("suggestion_manage",),
        ("suggestion_edit",),
        ("suggestion_terms",),
        ("suggestion_changes", 2),
    ):
        assert client.get(reverse(name, args=[suggestion.uid, *args])).status_code == 200
    client.post(reverse("suggestion_end", args=[suggestion.uid]), {"note": "Had its time"})
    client.post(reverse("suggestion_resume", args=[suggestion.uid]))
    suggestion.refresh_from_db()
    assert suggestion.status == "offered"
    assert cast.client(cast.ana).get(reverse("suggestion_list")).status_code == 404
    for name in (
        "suggestion",
        "suggestionversion",
        "suggestionitem",
        "decision",
        "adoption",
        "suggestionimage",
    ):
        page = reverse(f"admin:playbooks_{name}_changelist")
        assert cast.client(cast.ada).get(page).status_code == 200
    page = reverse("admin:playbooks_suggestion_change", args=[suggestion.pk])
    assert cast.client(cast.ada).get(page).status_code == 200
