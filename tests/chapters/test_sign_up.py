"""From the link to the membership, and what else the sign-in library may do."""

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP
from django.core import mail as outbox
from django.urls import reverse

from chapters import invitations
from chapters.events import SYSTEM
from chapters.models import Membership, User
from chapters.permissions import Role
from tests.support.cast import PASSWORD, person

SIGN_UP = reverse("account_signup")
ACCEPT = reverse("invitation_accept")


@pytest.fixture
def invited(cast):
    return invitations.invite(
        chapter=cast.lisbon, email="nuno@example.org", role=Role.AUTHOR, by=cast.actor(cast.lucia)
    )


@pytest.fixture
def link(invited):
    return invitations.issue_link(invitation=invited, by=SYSTEM)


def answers(**changes):
    return {"name": "Nuno", "password1": PASSWORD, "password2": PASSWORD, **changes}


def test_sign_up_is_closed_without_an_invitation(client, db):
    for response in (client.get(SIGN_UP), client.post(SIGN_UP, answers(email="n@example.org"))):
        assert "by invitation" in response.text
    assert not User.objects.exists()


def test_invited_person_makes_an_account_and_is_in_the_chapter(client, link):
    page = client.get(link, follow=True)
    assert "Lucia invites you to join as Author" in page.text
    assert f'href="{SIGN_UP}"' in page.text
    assert 'value="nuno@example.org"' in client.get(SIGN_UP).text
    response = client.post(SIGN_UP, answers())
    assert response["Location"] == reverse("home")
    nuno = User.objects.get(email="nuno@example.org")
    assert nuno.name == "Nuno"
    assert Membership.objects.get(user=nuno).role == Role.AUTHOR
    address = EmailAddress.objects.get(user=nuno)
    assert (address.email, address.verified, address.primary) == ("nuno@example.org", True, True)
    assert client.get(reverse("home"))["Location"] == reverse("chapter_home", args=["lisbon"])
    arrived = client.get(reverse("home"), follow=True).text
    assert "Welcome. You are now in Lisbon. A good first step: open a playbook" in arrived
    assert "Successfully signed in" not in arrived
    assert outbox.outbox == [], "nothing to confirm"


def test_another_address_is_not_taken(client, link):
    client.get(link)
    client.post(SIGN_UP, answers(email="mallory@example.org"))
    assert not User.objects.filter(email="mallory@example.org").exists()
    assert User.objects.filter(email="nuno@example.org").exists()


def test_weak_password_makes_neither_account_nor_membership(client, link, invited):
    client.get(link)
    response = client.post(SIGN_UP, answers(password1="short", password2="short"))
    assert "Nuno" in response.text
    assert not User.objects.filter(email="nuno@example.org").exists()
    invited.refresh_from_db()
    assert invited.accepted_at is None


def test_link_withdrawn_while_the_form_was_open_makes_no_account(client, cast, link, invited):
    client.get(link)
    client.get(SIGN_UP)
    invitations.revoke(invitation=invited, by=cast.actor(cast.lucia))
    client.post(SIGN_UP, answers())
    assert not User.objects.filter(email="nuno@example.org").exists()


def test_refusal_in_the_last_moment_takes_the_account_back(client, link, monkeypatch):
    client.get(link)

    def too_late(**kwargs):
        raise invitations.Refused("too late")

    monkeypatch.setattr(invitations, "accept", too_late)
    assert client.post(SIGN_UP, answers())["Location"] == ACCEPT
    assert not User.objects.filter(email="nuno@example.org").exists()


def test_used_link_leads_nobody_to_sign_up(client, cast, link):
    client.get(link)
    client.post(SIGN_UP, answers())
    other = cast.client()
    response = other.get(link, follow=True)
    assert response.status_code == 410
    assert "has been used" in response.text
    assert "by invitation" in other.get(SIGN_UP).text


def test_person_with_an_account_signs_in_and_joins(client, link):
    nuno = person("Nuno")
    page = client.get(link, follow=True)
    assert "Sign in and join" in page.text
    assert "by invitation" in client.get(SIGN_UP).text
    response = client.post(reverse("account_login"), {"login": nuno.email, "password": PASSWORD}, follow=True)
    assert response.redirect_chain == [(ACCEPT, 302)]
    response = client.post(ACCEPT)
    assert response["Location"] == reverse("chapter_home", args=["lisbon"])
    assert Membership.objects.get(user=nuno).chapter.slug == "lisbon"


def test_wrong_person_is_told_whose_it_is(cast, link):
    client = cast.client(cast.otto)
    response = client.get(link, follow=True)
    assert response.status_code == 403
    assert "nuno@example.org" in response.text
    assert "otto@example.org" in response.text
    assert client.post(ACCEPT).status_code == 403
    assert not Membership.objects.filter(user=cast.otto, chapter=cast.lisbon).exists()


def test_looking_at_the_link_uses_nothing_up(client, link, invited):
    client.get(link)
    client.head(link)
    invited.refresh_from_db()
    assert invited.accepted_at is None


def test_unknown_link_is_a_page_with_a_next_step(client, db):
    for url in (reverse("invitation", args=["x" * 43]), ACCEPT):
        response = client.get(url)
        assert response.status_code == 404
        assert "send it again" in response.text
    assert client.post(ACCEPT).status_code == 404


def test_session_holds_the_digest_not_the_token(client, link):
    client.get(link)
    token = link.rstrip("/").rpartition("/")[2]
    assert token not in str(dict(client.session))


def test_wrong_password_does_not_sign_in(cast, client):
    client.post(reverse("account_login"), {"login": "ana@example.org", "password": "wrong"})
    assert "_auth_user_id" not in client.session


def test_person_without_a_verified_address_is_sent_a_code(cast, client):
    EmailAddress.objects.filter(user=cast.ana).delete()
    client.post(reverse("account_login"), {"login": "ana@example.org", "password": PASSWORD})
    assert "_auth_user_id" not in client.session
    assert outbox.outbox[0].to == ["ana@example.org"]


def test_address_in_capitals_signs_in(cast, client):
    client.post(reverse("account_login"), {"login": "ANA@example.org", "password": PASSWORD})
    assert client.session["_auth_user_id"] == str(cast.ana.pk)


def test_reset_answers_the_same_for_known_and_unknown_addresses(cast, client):
    pages = [
        client.post(reverse("account_reset_password"), {"email": email}, follow=True)
        for email in ("ana@example.org", "nobody@example.org")
    ]
    assert pages[0].redirect_chain == pages[1].redirect_chain
    assert pages[0].text.replace("ana@", "nobody@").count("\n") == pages[1].text.count("\n")


def test_second_factor_secret_is_encrypted_in_its_row(cast):
    TOTP.activate(cast.ana, "JBSWY3DPEHPK3PXP")
    row = Authenticator.objects.get(user=cast.ana)
    assert "JBSWY3DPEHPK3PXP" not in str(row.data)
    assert row.data["secret"].startswith("test:")
    assert TOTP(row).instance.wrap() is not None


def test_second_factor_is_asked_for(cast, client):
    TOTP.activate(cast.ana, "JBSWY3DPEHPK3PXP")
    response = client.post(reverse("account_login"), {"login": "ana@example.org", "password": PASSWORD})
    assert response["Location"].startswith(reverse("mfa_authenticate"))
    assert "_auth_user_id" not in client.session


def test_admin_sends_to_the_hubs_own_sign_in(client, db):
    response = client.get("/admin/", follow=True)
    assert response.redirect_chain[-1][0].startswith(reverse("account_login"))
    assert "/admin/login/" not in response.text


def test_admin_refuses_members(cast):
    assert cast.client(cast.lucia).get("/admin/login/").status_code == 403
