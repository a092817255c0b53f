from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse

from chapters.models import Chapter, Invitation, Membership
from chapters.permissions import Role


def setup_hub(email="cleo@example.org", name="Our central team"):
    out = StringIO()
    call_command("setup_hub", name=name, email=email, stdout=out)
    return out.getvalue()


def link_in(text):
    return next((line for line in text.splitlines() if line.startswith("http")), "")


def sign_up(client, link):
    assert client.get(link, follow=True).status_code == 200
    return client.post(
        reverse("account_signup"),
        {"name": "Cleo", "password1": "a long enough sentence", "password2": "a long enough sentence"},
    )


def test_it_makes_the_central_team_and_its_link_makes_the_lead(db, client):
    said = setup_hub()
    assert "“Our central team” is made" in said
    sign_up(client, link_in(said))
    lead = Membership.objects.get()
    assert (lead.user.email, lead.role, lead.chapter.kind) == (
        "cleo@example.org", Role.LEAD, Chapter.Kind.CENTRAL,
    )  # fmt: skip


def test_running_it_again_gives_a_fresh_link_and_ends_the_old_one(db, client):
    first, second = setup_hub(), setup_hub()
    assert "was there already" in second
    assert client.get(link_in(first)).status_code == 404
    assert client.get(link_in(second)).status_code == 302
    assert Chapter.objects.count() == 1


def test_running_it_with_another_address_withdraws_the_first(db):
    setup_hub(email="typo@example.org")
    setup_hub()
    assert list(Invitation.objects.filter(revoked_at=None).values_list("email", flat=True)) == [
        "cleo@example.org"
    ]


def test_once_somebody_leads_it_changes_nothing(cast):
    said = setup_hub(email="other@example.org")
    assert "Nothing was changed" in said
    assert link_in(said) == ""
    assert not Invitation.objects.exists()
    assert Chapter.objects.get(kind="central").name == "Central team"


def test_wrong_address_or_name_is_one_clear_sentence(db):
    with pytest.raises(CommandError, match="not a mail address"):
        setup_hub(email="cleo")
    with pytest.raises(CommandError, match="a name"):
        setup_hub(name=" ")
    assert not Chapter.objects.exists()
