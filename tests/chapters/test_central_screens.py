import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from chapters import events, invitations
from chapters.models import Chapter, Invitation
from chapters.permissions import Role

CHAPTERS = reverse("chapter_list")
CREATE = reverse("chapter_create")


def lead_of(slug):
    return reverse("chapter_invite_lead", args=[slug])


@pytest.fixture
def cleo(cast):
    return cast.client(cast.cleo)


def answers(**changes):
    return {"name": "Faro", "slug": "", "time_zone": "Europe/Lisbon", "language": "pt", **changes}


def test_chapters_are_listed_by_region_without_the_central_team(cast, cleo):
    page = cleo.get(CHAPTERS)
    assert [row.name for row in page.context["page"].rows] == ["Braga", "Porto", "Lisbon"]
    places = [page.text.index(words) for words in ("<h2>North", "Braga", "<h2>South", ">Lisbon</h3>")]
    assert places == sorted(places)


def test_list_tells_nothing_of_a_chapters_life(cast, cleo):
    Chapter.objects.filter(pk=cast.porto.pk).update(state="paused", paused_reason="Quarrel")
    page = cleo.get(CHAPTERS).text
    for secret in ("Quarrel", "paused", "Paused", "Paulo", "paulo@example.org", "members"):
        assert secret not in page


def test_search_by_name_and_region(cast, cleo):
    def names(query):
        return [row.name for row in cleo.get(CHAPTERS, query).context["page"].rows]

    assert names({"q": "lis"}) == ["Lisbon"]
    assert names({"q": "north"}) == ["Braga", "Porto"]
    assert names({"region": "south"}) == ["Lisbon"]
    assert names({"q": "%"}) == []
    assert "Nothing matches that" in cleo.get(CHAPTERS, {"q": "zzz"}).text


def test_pages_reach_every_chapter_with_a_fixed_number_of_queries(cast, cleo):
    cleo.get(CHAPTERS)
    with CaptureQueriesContext(connection) as few:
        cleo.get(CHAPTERS)
    Chapter.objects.bulk_create(
        Chapter(name=f"Town {number % 7}", slug=f"town-{number}", region=[None, cast.north][number % 2])
        for number in range(90)
    )
    with CaptureQueriesContext(connection) as many:
        cleo.get(CHAPTERS)
    assert len(many) == len(few)
    seen, url = [], CHAPTERS
    while True:
        page = cleo.get(url).context["page"]
        seen += [row.pk for row in page.rows]
        if not page.later_url:
            break
        url = CHAPTERS + page.later_url
    assert len(seen) == len(set(seen)) == 93
    backwards = []
    while page.earlier_url:
        page = cleo.get(CHAPTERS + page.earlier_url).context["page"]
        backwards = [row.pk for row in page.rows] + backwards
    assert backwards == seen[: len(backwards)]
    assert len(backwards) == 75


@pytest.mark.parametrize("query", ["after=x", "before=999999", "after=" + "9" * 40, "after=²"])
def test_odd_places_lead_to_the_first_page(cast, cleo, query):
    assert len(cleo.get(f"{CHAPTERS}?{query}").context["page"].rows) == 3


def test_founding_a_chapter_and_inviting_its_first_lead(cast, cleo):
    response = cleo.post(CREATE, answers(region=cast.south.pk, first_lead="nuno@example.org"), follow=True)
    assert "Faro is founded, and an invitation is on its way to nuno@example.org" in response.text
    faro = Chapter.objects.get(slug="faro")
    assert (faro.region, faro.kind, faro.time_zone) == (cast.south, "chapter", "Europe/Lisbon")
    assert events.history(faro).get().actor == cast.cleo
    assert Invitation.objects.get().role == Role.LEAD


def test_founding_without_a_lead_goes_on_to_invite_one(cast, cleo):
    assert cleo.post(CREATE, answers())["Location"] == lead_of("faro")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": ""}, "name"),
        ({"slug": "lisbon"}, "slug"),
        ({"slug": "two words"}, "slug"),
        ({"name": "東京"}, "slug"),
        ({"first_lead": "nobody"}, "first_lead"),
        ({"time_zone": "Mars"}, "time_zone"),
    ],
)
def test_wrong_founding_form_founds_nothing(cast, cleo, changes, field):
    response = cleo.post(CREATE, answers(**changes))
    assert response.status_code == 422
    assert field in response.context["form"].errors
    assert Chapter.objects.count() == 4


def test_lead_is_invited_only_where_nobody_leads(cast, cleo):
    assert "has a lead" in cleo.get(lead_of("lisbon")).text
    assert cleo.post(lead_of("lisbon"), {"email": "n@example.org"}).status_code == 422
    cast.lucia.memberships.all().delete()
    assert "Nobody leads it." in cleo.get(CHAPTERS).text
    page = cleo.post(lead_of("lisbon"), {"email": "n@example.org"}, follow=True)
    assert "The members of Lisbon were told." in page.text
    assert "n@example.org" in page.text


def test_central_resends_and_withdraws_only_what_it_sent(cast, cleo):
    own = invitations.invite(
        chapter=cast.lisbon, email="own@example.org", role=Role.LEAD, by=cast.actor(cast.lucia)
    )
    cast.lucia.memberships.all().delete()
    ours = invitations.invite(
        chapter=cast.lisbon, email="ours@example.org", role=Role.LEAD, by=cast.actor(cast.cleo)
    )
    page = cleo.get(lead_of("lisbon")).text
    assert "ours@example.org" in page
    for verb in ("resend", "revoke"):
        name = f"chapter_lead_{verb}"
        assert cleo.post(reverse(name, args=["lisbon", ours.pk])).status_code == 302
        assert cleo.post(reverse(name, args=["porto", ours.pk])).status_code == 404
    assert Invitation.objects.get(pk=ours.pk).revoked_at
    assert Invitation.objects.get(pk=own.pk).revoked_at is None


def test_central_editor_looks_and_does_not_found(cast):
    cato = cast.client(cast.cato)
    page = cato.get(CHAPTERS)
    assert page.status_code == 200
    assert "Found a chapter" not in page.text
    assert cato.post(CREATE, answers()).status_code == 403
    assert cato.post(lead_of("lisbon"), {"email": "n@example.org"}).status_code == 403


@pytest.mark.parametrize("name", ["lucia", "otto", "ada"])
def test_nobody_else_learns_that_the_pages_exist(cast, name):
    client = cast.client(cast.people[name])
    for path in (CHAPTERS, CREATE, lead_of("lisbon")):
        assert client.get(path).status_code == 404
