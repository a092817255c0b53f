import smtplib
from datetime import timedelta

import pytest
from django.core import mail as outbox
from django.core.mail.backends.locmem import EmailBackend
from django.urls import reverse
from django.utils import timezone

from chapters import events, invitation_mail, invitations, mail, notices, tasks
from chapters.models import Event, Invitation, Notice
from chapters.permissions import Role


@pytest.fixture(autouse=True)
def _rested(monkeypatch):
    monkeypatch.setattr(mail, "_resting_until", 0.0)


@pytest.fixture
def invited(cast):
    return invitations.invite(
        chapter=cast.lisbon, email="nuno@example.org", role=Role.AUTHOR, by=cast.actor(cast.lucia)
    )


def tell(*people, cause="cause", **details):
    notices.notify(
        people, chapter=None, cause=cause, kind="joined",
        **{"title": "Post “Tools & tea” waits", "body": "Read it, please.", "path": "/notices/", **details},
    )  # fmt: skip


def link_in(message):
    return next(line for line in message.body.splitlines() if line.startswith("http"))


class Unwilling(EmailBackend):
    """A mail server that refuses every mail to Ana."""

    def send_messages(self, messages):
        if "ana@example.org" in messages[0].to:
            raise smtplib.SMTPRecipientsRefused({})
        return super().send_messages(messages)


class Gone(EmailBackend):
    """A mail server that does not answer."""

    opened = 0

    def open(self):
        type(self).opened += 1
        raise ConnectionRefusedError


def test_a_notice_is_mailed_once_and_stays_in_the_hub(cast, settings):
    tell(cast.ana, cast.ana)
    tell(cast.ana)
    tasks.mail_notices()
    tasks.mail_notices()
    (message,) = outbox.outbox
    assert message.to == ["ana@example.org"]
    assert message.subject == "Post “Tools & tea” waits"
    assert f"{settings.HUB_URL}/notices/" in message.body
    assert "Tools &amp; tea" in message.alternatives[0].content
    assert Notice.objects.get().sent_at


def test_title_with_a_line_end_makes_no_second_header(cast):
    tell(cast.ana, title="One\nBcc: all@example.org")
    notices.mail_waiting()
    assert outbox.outbox[0].subject == "One Bcc: all@example.org"


def test_person_who_cannot_sign_in_gets_no_mail(cast):
    cast.ana.is_active = False
    cast.ana.save()
    tell(cast.ana)
    notices.mail_waiting()
    assert outbox.outbox == []


def test_refused_mail_stops_no_other_and_is_tried_again_later(cast, settings):
    settings.EMAIL_BACKEND = f"{__name__}.Unwilling"
    tell(cast.ana, cast.rui)
    assert notices.mail_waiting() == 1
    assert notices.mail_waiting() == 0
    waiting = Notice.objects.get(person=cast.ana)
    assert (waiting.sent_at, waiting.mail_tries) == (None, 1)
    Notice.objects.update(created_at=timezone.now() - timedelta(minutes=2))
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    assert notices.mail_waiting() == 1


def test_mail_server_in_trouble_is_left_alone_for_a_while(cast, settings):
    settings.EMAIL_BACKEND = f"{__name__}.Gone"
    tell(cast.ana)
    Gone.opened = 0
    for _ in range(3):
        assert notices.mail_waiting() == 0
    assert Gone.opened == 1
    assert Notice.objects.get().mail_tries == 0


def test_inviting_wakes_the_worker_without_a_secret(cast, wakes, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        invitations.invite(
            chapter=cast.lisbon, email="n@example.org", role=Role.AUTHOR, by=cast.actor(cast.lucia)
        )
    assert [wake.task for wake in wakes] == ["chapters.mail_notices"]


def test_invitation_is_mailed_once_with_a_link_that_works(cast, client, invited):
    tasks.mail_notices()
    tasks.mail_notices()
    (message,) = outbox.outbox
    assert message.to == ["nuno@example.org"]
    assert message.subject == "Your invitation to Lisbon"
    assert "Lucia invites you to join Lisbon" in message.body
    assert "72 hours" in message.body
    assert link_in(message) in message.alternatives[0].content
    response = client.get(link_in(message), follow=True)
    assert response.redirect_chain == [(reverse("invitation_accept"), 302)]
    assert "Join Lisbon" in response.text


def test_the_token_is_nowhere_but_in_the_mail(cast, invited):
    tasks.mail_notices()
    token = link_in(outbox.outbox[0]).rstrip("/").rpartition("/")[2]
    invited.refresh_from_db()
    assert invited.token_hash == invitations.digest_of(token)
    assert not Event.objects.filter(data__icontains=token).exists()


def test_sending_again_mails_a_new_link_and_kills_the_old(cast, client, invited):
    tasks.mail_notices()
    invitations.resend(invitation=invited, by=cast.actor(cast.lucia))
    assert client.get(link_in(outbox.outbox[0])).status_code == 404
    tasks.mail_notices()
    assert client.get(link_in(outbox.outbox[0])).status_code == 404
    assert client.get(link_in(outbox.outbox[1])).status_code == 302


def test_failed_invitation_is_tried_again_with_a_new_link(cast, settings):
    settings.EMAIL_BACKEND = f"{__name__}.Unwilling"
    invited = invitations.invite(
        chapter=cast.porto, email="ana@example.org", role=Role.AUTHOR, by=cast.actor(cast.paulo)
    )
    assert invitation_mail.mail_waiting() == 0
    assert events.history(invited).first().verb == invitation_mail.FAILED
    assert invitation_mail.mail_waiting() == 0, "not before its time"
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    later = timezone.now() + timedelta(minutes=2)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(mail.timezone, "now", lambda: later)
        assert invitation_mail.mail_waiting() == 1


@pytest.mark.parametrize("change", ["accepted", "revoked", "expired"])
def test_invitation_that_nobody_can_accept_is_not_mailed(cast, invited, change):
    if change == "expired":
        Invitation.objects.update(expires_at=timezone.now())
    elif change == "revoked":
        invitations.revoke(invitation=invited, by=cast.actor(cast.lucia))
    else:
        Invitation.objects.update(accepted_at=timezone.now())
    assert invitation_mail.mail_waiting() == 0
    assert outbox.outbox == []


def test_sign_in_mail_that_fails_says_so_instead_of_breaking_the_page(cast, client, monkeypatch):
    def refuse(*args, **kwargs):
        raise smtplib.SMTPServerDisconnected

    monkeypatch.setattr("django.core.mail.message.EmailMessage.send", refuse)
    response = client.post(reverse("account_reset_password"), {"email": "ana@example.org"}, follow=True)
    assert response.status_code == 200
    assert "could not be sent just now" in response.text
