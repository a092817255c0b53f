import pytest
from django.urls import reverse

from chapters import rules
from chapters.models import Chapter

ABOUT = reverse("chapter_about", args=["lisbon"])
SETTINGS = reverse("chapter_settings", args=["lisbon"])
PAUSE = reverse("chapter_pause", args=["lisbon"])
RESUME = reverse("chapter_resume", args=["lisbon"])


def form(chapter, **changes):
    return {name: getattr(chapter, name) for name in rules.SETTINGS} | changes


def test_every_member_reads_who_sees_what(cast):
    page = cast.client(cast.vera).get(ABOUT).text
    assert "Name and region, published posts, posts for which the chapter asked help" in page
    assert "The people who run this hub can see everything" in page
    assert "Pause publishing" not in page
    assert "Change the settings" not in page


def test_about_tells_what_changed(cast):
    rules.change_settings(chapter=cast.lisbon, by=cast.actor(cast.lucia), city="Almada")
    rules.pause(chapter=cast.lisbon, by=cast.actor(cast.rui), reason="Hall on fire")
    page = cast.client(cast.vera).get(ABOUT).text
    assert "Lucia changed the settings" in page
    assert "Rui paused publishing" in page
    assert page.count("Hall on fire") >= 2


def test_lead_saves_settings(cast):
    lead = cast.client(cast.lucia)
    assert lead.get(SETTINGS).status_code == 200
    response = lead.post(
        SETTINGS, form(cast.lisbon, city="Almada", hashtag="LisboaMelhor", late_after_minutes=30)
    )
    assert response["Location"] == SETTINGS
    cast.lisbon.refresh_from_db()
    assert (cast.lisbon.city, cast.lisbon.hashtag, cast.lisbon.late_after_minutes) == (
        "Almada",
        "#LisboaMelhor",
        30,
    )


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("time_zone", "Mars/Olympus"),
        ("late_after_minutes", "0"),
        ("late_after_minutes", "999999"),
        ("website", "javascript:alert(1)"),
        ("contact_email", "nobody"),
        ("hashtag", "two words"),
        ("review_rule", "sometimes"),
        ("language", "xx"),
    ],
)
def test_wrong_setting_is_shown_with_what_was_typed_and_changes_nothing(cast, field, value):
    response = cast.client(cast.lucia).post(SETTINGS, form(cast.lisbon, city="Almada", **{field: value}))
    assert response.status_code == 422
    assert 'value="Almada"' in response.text
    assert field in response.context["form"].errors
    cast.lisbon.refresh_from_db()
    assert cast.lisbon.city == "Lisbon"


def test_required_review_with_one_approver_is_refused_beside_the_field(cast):
    cast.eva.memberships.all().delete()
    response = cast.client(cast.paulo).post(
        reverse("chapter_settings", args=["porto"]), form(cast.porto, review_rule="required")
    )
    assert response.status_code == 422
    assert "needs two people who may approve" in str(response.context["form"].errors["review_rule"])


@pytest.mark.parametrize("name", ["vera", "ana", "eduardo"])
def test_settings_are_the_leads(cast, name):
    client = cast.client(cast.people[name])
    assert client.get(SETTINGS).status_code == 403
    assert client.post(SETTINGS, form(cast.lisbon, city="Almada")).status_code == 403


def test_editor_pauses_with_a_reason_and_resumes(cast):
    editor = cast.client(cast.eduardo)
    assert editor.get(PAUSE).status_code == 200
    assert editor.post(PAUSE, {"reason": ""}).status_code == 422
    assert "Paused: Hall on fire" in editor.post(PAUSE, {"reason": "Hall on fire"}, follow=True).text
    assert editor.post(PAUSE, {"reason": "Again"}).status_code == 422
    assert "Publishing goes on" in editor.post(RESUME, follow=True).text
    assert "Publishing is not paused" in editor.post(RESUME, follow=True).text
    cast.lisbon.refresh_from_db()
    assert cast.lisbon.state == Chapter.State.ACTIVE


@pytest.mark.parametrize("name", ["vera", "ana"])
def test_others_do_not_pause(cast, name):
    client = cast.client(cast.people[name])
    assert client.post(PAUSE, {"reason": "x"}).status_code == 403
    assert client.post(RESUME).status_code == 403


def test_chapter_that_left_is_gone_for_everybody(cast):
    Chapter.objects.filter(pk=cast.lisbon.pk).update(state=Chapter.State.LEFT)
    assert cast.client(cast.lucia).get(ABOUT).status_code == 404


def test_website_gets_its_https_from_the_hub(cast):
    client = cast.client(cast.lucia)
    assert '<input type="text" name="website"' in client.get(SETTINGS).text  # browsers refuse such a url
    client.post(SETTINGS, form(cast.lisbon, website="lisbon.example.org"))
    cast.lisbon.refresh_from_db()
    assert cast.lisbon.website == "https://lisbon.example.org"


def test_resuming_is_offered_only_to_those_who_may(cast):
    rules.pause(chapter=cast.lisbon, reason="Fire", by=cast.actor(cast.lucia))
    home = reverse("chapter_home", args=["lisbon"])
    assert "See who paused it, or resume" in cast.client(cast.lucia).get(home).text
    page = cast.client(cast.ana).get(home).text
    assert "See who paused it" in page
    assert "or resume" not in page
