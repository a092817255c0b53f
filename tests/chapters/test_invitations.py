import hashlib
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from allauth.account.models import EmailAddress
from django.utils import timezone

from chapters import events, invitations, membership
from chapters.events import SYSTEM
from chapters.models import Invitation, Membership, Notice
from chapters.permissions import Role
from chapters.problems import Refused
from tests.support.cast import person


def token_of(invitation):
    link = invitations.issue_link(invitation=invitation, by=SYSTEM)
    return urlsplit(link).path.rstrip("/").rpartition("/")[2]


@pytest.fixture
def invited(cast):
    return invitations.invite(
        chapter=cast.lisbon, email="Nuno@Example.org ", role=Role.AUTHOR, by=cast.actor(cast.lucia)
    )


def test_lead_invites_an_address_in_its_one_spelling(cast, invited):
    assert invited.email == "nuno@example.org"
    assert invited.invited_by == cast.lucia
    assert [event.verb for event in events.history(invited)] == ["invited"]


def test_history_of_an_invitation_holds_no_address(invited):
    invitations.issue_link(invitation=invited, by=SYSTEM)
    for event in events.history(invited):
        assert "nuno" not in f"{event.subject_label}{event.data}".lower()


@pytest.mark.parametrize("name", ["vera", "ana", "eduardo", "otto", "cato", "ada"])
def test_nobody_but_a_lead_invites(cast, name):
    with pytest.raises(Refused, match="can’t invite"):
        invitations.invite(
            chapter=cast.lisbon, email="n@example.org", role=Role.AUTHOR, by=cast.actor(cast.people[name])
        )


def test_central_lead_invites_no_author_and_no_second_lead(cast):
    with pytest.raises(Refused, match="can’t invite"):
        invitations.invite(
            chapter=cast.lisbon, email="n@example.org", role=Role.AUTHOR, by=cast.actor(cast.cleo)
        )
    with pytest.raises(Refused, match="has a lead"):
        invitations.invite(
            chapter=cast.lisbon, email="n@example.org", role=Role.LEAD, by=cast.actor(cast.cleo)
        )


def test_every_member_is_told_when_central_invites_a_lead(cast):
    cast.lucia.is_active = False
    cast.lucia.save()
    invitations.invite(chapter=cast.lisbon, email="n@example.org", role=Role.LEAD, by=cast.actor(cast.cleo))
    told = set(Notice.objects.filter(kind="lead_invited").values_list("person__name", flat=True))
    assert told == {"Vera", "Ana", "Eduardo", "Rui"}


def test_member_is_not_invited_again(cast):
    with pytest.raises(Refused, match="already a member"):
        invitations.invite(
            chapter=cast.lisbon, email="ANA@example.org", role=Role.LEAD, by=cast.actor(cast.lucia)
        )


def test_second_invitation_of_an_address_is_refused_while_the_first_works(cast, invited):
    with pytest.raises(Refused, match="open invitation"):
        invitations.invite(
            chapter=cast.lisbon, email=invited.email, role=Role.EDITOR, by=cast.actor(cast.lucia)
        )


def test_expired_invitation_gives_way_to_a_new_one(cast, invited):
    Invitation.objects.update(expires_at=timezone.now() - timedelta(minutes=1))
    again = invitations.invite(
        chapter=cast.lisbon, email=invited.email, role=Role.EDITOR, by=cast.actor(cast.lucia)
    )
    invited.refresh_from_db()
    assert invited.revoked_at
    assert again.role == Role.EDITOR


def test_token_has_256_bits_and_only_its_hash_is_stored(invited):
    token = token_of(invited)
    invited.refresh_from_db()
    assert len(token) >= 43  # 32 bytes in base64
    assert invited.token_hash == hashlib.sha256(token.encode()).hexdigest()


def test_accepting_makes_a_member_and_uses_the_token_up(cast, invited):
    nuno = person("Nuno")
    digest = invitations.digest_of(token_of(invited))
    joined = invitations.accept(digest=digest, user=nuno)
    invited.refresh_from_db()
    assert (joined.chapter, joined.role) == (cast.lisbon, Role.AUTHOR)
    assert invited.accepted_by == nuno
    assert "used" in invitations.obstacle(invited)


def test_accepting_twice_changes_nothing(cast, invited):
    nuno = person("Nuno")
    digest = invitations.digest_of(token_of(invited))
    first = invitations.accept(digest=digest, user=nuno)
    membership.change_role(membership=first, role=Role.VIEWER, by=cast.actor(cast.lucia))
    assert invitations.accept(digest=digest, user=nuno).role == Role.VIEWER


def test_used_link_does_not_bring_back_somebody_removed(cast, invited):
    nuno = person("Nuno")
    digest = invitations.digest_of(token_of(invited))
    joined = invitations.accept(digest=digest, user=nuno)
    membership.remove(membership=joined, by=cast.actor(cast.lucia))
    with pytest.raises(Refused, match="has been used"):
        invitations.accept(digest=digest, user=nuno)


def test_accepting_verifies_the_address(invited):
    nuno = person("Nuno")
    EmailAddress.objects.filter(user=nuno).update(verified=False)
    invitations.accept(digest=invitations.digest_of(token_of(invited)), user=nuno)
    assert EmailAddress.objects.get(user=nuno).verified


def test_nobody_else_can_accept(cast, invited):
    with pytest.raises(invitations.NotForYou, match=r"nuno@example\.org"):
        invitations.accept(digest=invitations.digest_of(token_of(invited)), user=cast.otto)
    assert not Membership.objects.filter(user=cast.otto, chapter=cast.lisbon).exists()


def test_unverified_second_address_is_not_enough_to_accept(cast, invited):
    EmailAddress.objects.create(user=cast.otto, email="nuno@example.org", verified=False)
    with pytest.raises(invitations.NotForYou):
        invitations.accept(digest=invitations.digest_of(token_of(invited)), user=cast.otto)


def test_expired_invitation_is_not_accepted(invited):
    digest = invitations.digest_of(token_of(invited))
    Invitation.objects.update(expires_at=timezone.now())
    with pytest.raises(Refused, match="run out"):
        invitations.accept(digest=digest, user=person("Nuno"))


def test_invitation_ends_with_the_right_of_whoever_made_it(cast, invited):
    digest = invitations.digest_of(token_of(invited))
    Membership.objects.filter(user=cast.rui).update(role=Role.LEAD)
    membership.change_role(membership=cast.membership(cast.lucia), role=Role.EDITOR, by=cast.actor(cast.rui))
    with pytest.raises(Refused, match="no longer invite"):
        invitations.accept(digest=digest, user=person("Nuno"))


def test_another_lead_revives_it_by_sending_it_again(cast, invited):
    Membership.objects.filter(user=cast.rui).update(role=Role.LEAD)
    membership.leave(membership=cast.membership(cast.lucia))
    invitations.resend(invitation=invited, by=cast.actor(cast.rui))
    joined = invitations.accept(digest=invitations.digest_of(token_of(invited)), user=person("Nuno"))
    assert joined.chapter == cast.lisbon


def test_second_lead_from_central_comes_too_late(cast):
    cast.lucia.is_active = False
    cast.lucia.save()
    both = [
        invitations.invite(
            chapter=cast.lisbon, email=f"{name}@example.org", role=Role.LEAD, by=cast.actor(cast.cleo)
        )
        for name in ("nuno", "mara")
    ]
    digests = [invitations.digest_of(token_of(each)) for each in both]
    invitations.accept(digest=digests[0], user=person("Nuno"))
    with pytest.raises(Refused, match="no longer invite"):
        invitations.accept(digest=digests[1], user=person("Mara"))


def test_sending_again_kills_the_old_link_at_once(cast, invited):
    old = invitations.digest_of(token_of(invited))
    Invitation.objects.update(expires_at=timezone.now() - timedelta(days=1))
    again = invitations.resend(invitation=invited, by=cast.actor(cast.lucia))
    assert invitations.find(old) is None
    assert again.expires_at > timezone.now()


def test_administrator_sends_again_in_the_name_of_the_lead(cast, invited):
    again = invitations.resend(invitation=invited, by=cast.actor(cast.ada))
    assert again.invited_by == cast.lucia
    assert events.history(invited).first().actor == cast.ada


def test_withdrawn_invitation_cannot_be_accepted_sent_or_withdrawn(cast, invited):
    digest = invitations.digest_of(token_of(invited))
    invitations.revoke(invitation=invited, by=cast.actor(cast.lucia))
    with pytest.raises(Refused, match="no longer works"):
        invitations.accept(digest=digest, user=person("Nuno"))
    with pytest.raises(Refused, match="withdrawn in the meantime"):
        invitations.resend(invitation=invited, by=cast.actor(cast.lucia))
    with pytest.raises(Refused, match="withdrawn in the meantime"):
        invitations.revoke(invitation=invited, by=cast.actor(cast.lucia))


def test_leads_hear_who_joined(cast, invited):
    invitations.accept(digest=invitations.digest_of(token_of(invited)), user=person("Nuno"))
    assert list(Notice.objects.filter(kind="joined").values_list("person__name", "title")) == [
        ("Lucia", "Nuno joined Lisbon as Author")
    ]
