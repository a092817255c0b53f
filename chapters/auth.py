"""How sign-up, sign-in and second factors fit the hub: what django-allauth asks us.

Nobody signs up without an invitation. Opening its link puts the digest of its token into the session (see
chapters/views/accepting.py); while that is good, sign-up is open, for the invited address and no other. That
address counts as verified, because the link was mailed to it.
"""

from __future__ import annotations

import logging
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.forms import SignupForm
from allauth.mfa.adapter import DefaultMFAAdapter
from django import forms
from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from chapters import invitations
from chapters.models import Invitation, User
from chapters.problems import Refused
from hubsite.lib.crypto import KeyRing

log = logging.getLogger(__name__)

# Where the session keeps the digest of an opened invitation. The digest, not the token: sessions lie in the
# database, and nobody who reads that shall be able to accept.
SESSION_KEY = "invitation"

# The associated data of every second-factor secret; the library does not say which row it encrypts for.
MFA_PLACE = "mfa"


def user_display(user: User) -> str:
    """How pages of the sign-in library name a person."""
    return user.display_name


def invitation_in(request: HttpRequest) -> Invitation | None:
    """The invitation opened in this session, if it can be accepted now."""
    invitation = invitations.find(request.session.get(SESSION_KEY, ""))
    if invitation is None or invitations.obstacle(invitation):
        return None
    return invitation


class AccountAdapter(DefaultAccountAdapter):
    """Sign-up is by invitation only."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        invitation = invitation_in(request)
        return invitation is not None and not invitations.has_account(invitation)

    def is_safe_url(self, url: str) -> bool:
        """Whether `?next=` may lead there; what is no address at all may not."""
        try:
            return super().is_safe_url(url)
        except ValueError:
            return False

    def get_signup_redirect_url(self, request: HttpRequest) -> str:
        return reverse("home")

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        """Somebody who opened an invitation and then signed in goes on with it."""
        if invitation_in(request):
            return reverse("invitation_accept")
        return super().get_login_redirect_url(request)

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Mail a code or a reset link. A mail server in trouble makes a sentence, not an error page."""
        try:
            super().send_mail(template_prefix, email, context)
        except OSError:  # every error of smtplib is one
            log.exception("sign-in mail failed", extra={"template": template_prefix})
            if self.request is not None:
                messages.error(
                    self.request,
                    _("The mail could not be sent just now. Please try again in a few minutes."),
                )


class InvitedSignupForm(SignupForm):
    """Sign-up with an invitation: the address is given, name and password are asked."""

    name = forms.CharField(
        label=gettext_lazy("Your name"),
        max_length=120,
        help_text=gettext_lazy("As the others in your chapter know you."),
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    field_order = ["email", "name", "password1", "password2"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.invitation = invitation_in(_current_request())
        email = self.fields["email"]
        email.label = gettext_lazy("Your address")
        email.help_text = gettext_lazy("The one the invitation was sent to.")
        email.disabled = True  # what a browser sends for it is not read
        email.initial = self.initial["email"] = self.invitation.email if self.invitation else ""

    def try_save(self, request: HttpRequest) -> tuple[User | None, HttpResponse | None]:
        """Make the person and their membership, or neither; somebody quicker gets the link's own page."""
        if self.account_already_exists or self.invitation is None:
            return None, redirect("invitation_accept")
        try:
            with transaction.atomic():
                return self.save(request), None
        except Refused:
            return None, redirect("invitation_accept")

    def save(self, request: HttpRequest) -> User:
        AccountAdapter(request).stash_verified_email(request, self.invitation.email)
        user = super().save(request)
        membership = invitations.accept(digest=self.invitation.token_hash, user=user)
        request.session.pop(SESSION_KEY, None)
        request.session["chapter_slug"] = membership.chapter.slug
        messages.success(request, invitations.welcome(membership))
        return user

    def signup(self, request: HttpRequest, user: User) -> None:
        """Called by the library between making the person and their address."""
        user.name = self.cleaned_data["name"].strip()
        user.save(update_fields=["name"])


class MFAAdapter(DefaultMFAAdapter):
    """Second-factor secrets are encrypted at rest."""

    def encrypt(self, text: str) -> str:
        return KeyRing.parse(settings.HUB_ENCRYPTION_KEYS).encrypt(text, place=MFA_PLACE)

    def decrypt(self, encrypted_text: str) -> str:
        return KeyRing.parse(settings.HUB_ENCRYPTION_KEYS).decrypt(encrypted_text, place=MFA_PLACE)


def _current_request() -> HttpRequest:
    from allauth.core import context

    return context.request
