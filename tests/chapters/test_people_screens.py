from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from chapters import invitations, membership
from chapters.models import Invitation, Membership
from chapters.permissions import Role
from tests.support.cast import member

PEOPLE = reverse("member_list", args=["lisbon"])
INVITE = reverse("member_invite", args=["lisbon"])


@pytest.fixture
def invited(cast):
    return invitations.invite(
        chapter=cast.lisbon, email="nuno@example.org", role=Role.AUTHOR, by=cast.actor(cast.lucia)
    )


def test_members_see_each_other_with_roles_and_what_they_may_do(cast, invited):
    page = cast.client(cast.vera).get(PEOPLE).text
    for words in ("Lucia", "Eduardo", "Lead", "Approve posts or ask for changes", "(your role)"):
        assert words in page
    for not_theirs in ("nuno@example.org", "ana@example.org", "Send the invitation", "Remove"):
        assert not_theirs not in page


def test_lead_invites_resends_and_withdraws(cast):
    lead = cast.client(cast.lucia)
    page = lead.post(INVITE, {"email": " Nuno@Example.org", "role": "editor"}, follow=True)
    assert "An invitation is on its way to nuno@example.org" in page.text
    invitation = Invitation.objects.get()
    page = lead.post(reverse("invitation_resend", args=["lisbon", invitation.pk]), follow=True)
    assert "The earlier one no longer works" in page.text
    page = lead.post(reverse("invitation_revoke", args=["lisbon", invitation.pk]), follow=True)
    assert "is withdrawn" in page.text
    assert "Invited, not here yet" not in page.text
    page = lead.post(reverse("invitation_revoke", args=["lisbon", invitation.pk]), follow=True)
    assert "withdrawn in the meantime" in page.text


def test_what_was_typed_stays_in_a_form_that_was_not_accepted(cast):
    response = cast.client(cast.lucia).post(INVITE, {"email": "not an address", "role": "editor"})
    assert response.status_code == 422
    assert 'value="not an address"' in response.text
    response = cast.client(cast.lucia).post(INVITE, {"email": "ana@example.org", "role": "editor"})
    assert response.status_code == 422
    assert "Ana is already a member of Lisbon" in response.text


def test_invitation_that_ran_out_says_so(cast, invited):
    Invitation.objects.update(expires_at=timezone.now() - timedelta(hours=1))
    assert "the link ran out on" in cast.client(cast.lucia).get(PEOPLE).text


@pytest.mark.parametrize("name", ["vera", "ana", "eduardo"])
def test_others_are_refused_what_leads_do(cast, invited, name):
    client = cast.client(cast.people[name])
    paths = [
        INVITE,
        reverse("invitation_resend", args=["lisbon", invited.pk]),
        reverse("invitation_revoke", args=["lisbon", invited.pk]),
        reverse("member_role", args=["lisbon", cast.ana.uid]),
        reverse("member_remove", args=["lisbon", cast.ana.uid]),
    ]
    for path in paths:
        assert client.post(path, {"email": "x@example.org", "role": "lead"}).status_code == 403


def test_lead_of_another_chapter_finds_nothing_here(cast, invited):
    otto = cast.client(cast.otto)
    assert otto.get(PEOPLE).status_code == 404
    assert otto.post(reverse("invitation_revoke", args=["braga", invited.pk])).status_code == 404
    assert otto.post(reverse("member_remove", args=["braga", cast.ana.uid])).status_code == 404
    assert cast.client(cast.cleo).get(PEOPLE).status_code == 404


def test_lead_changes_a_role(cast):
    lead = cast.client(cast.lucia)
    page = lead.post(reverse("member_role", args=["lisbon", cast.ana.uid]), {"role": "editor"}, follow=True)
    assert "Ana now has the role Editor." in page.text
    page = lead.post(reverse("member_role", args=["lisbon", cast.ana.uid]), {"role": "king"}, follow=True)
    assert "Choose one of the roles" in page.text
    page = lead.post(reverse("member_role", args=["lisbon", cast.lucia.uid]), {"role": "viewer"}, follow=True)
    assert "Lucia is the only lead of Lisbon" in page.text


def test_removing_asks_first(cast):
    lead = cast.client(cast.lucia)
    path = reverse("member_remove", args=["lisbon", cast.ana.uid])
    assert "Remove Ana from Lisbon?" in lead.get(path).text
    assert "no longer a member" in lead.post(path, follow=True).text
    assert not Membership.objects.filter(user=cast.ana).exists()
    assert cast.client(cast.ana).get(PEOPLE).status_code == 404


def test_leaving_asks_first(cast):
    ana = cast.client(cast.ana)
    path = reverse("member_leave", args=["lisbon"])
    assert "Leave Lisbon?" in ana.get(path).text
    assert "You are in no chapter yet" in ana.post(path, follow=True).text
    page = cast.client(cast.lucia).post(path, follow=True)
    assert "You are the only lead of Lisbon" in page.text


def test_too_few_approvers_is_said_where_it_can_be_mended(cast):
    for user in (cast.eduardo, cast.rui):
        membership.remove(membership=cast.membership(user), by=cast.actor(cast.lucia))
    assert "fewer than two people may approve" in cast.client(cast.lucia).get(PEOPLE).text


def test_query_count_does_not_grow_with_members_and_pages_reach_everybody(cast, django_assert_num_queries):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    lead = cast.client(cast.lucia)
    lead.get(PEOPLE)
    with CaptureQueriesContext(
        connection,
    ) as few:
        lead.get(PEOPLE)
    for number in range(60):
        member(f"Person{number:02}", cast.lisbon, Role.AUTHOR)
    with CaptureQueriesContext(connection) as many:
        page = lead.get(PEOPLE)
    assert len(many) == len(few)
    seen, url = set(), PEOPLE
    for _ in range(5):
        page = lead.get(url).context["page"]
        seen |= {row.user.name for row in page.rows}
        if not page.later_url:
            break
        url = PEOPLE + page.later_url
    assert len(seen) == 65
    back = lead.get(PEOPLE + page.earlier_url).context["page"]
    assert back.later_url
    assert back.earlier_url
