"""The forms of connecting, pausing and releasing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from posts.connecting import Choice
from posts.introductions import proposed_host
from posts.platforms import registry
from posts.platforms.base import Adapter, SignIn

REASON_MAX = 300
AS_TYPED = {"autocapitalize": "none", "autocorrect": "off", "spellcheck": "false"}


class ConnectForm(forms.Form):
    """The step before the platform's own page: a server where the platform has many, else nothing at all."""

    host = forms.CharField(
        label=_("Server"),
        max_length=255,
        help_text=_("The name after the second @ of your handle, for example mastodon.social."),
        error_messages={"required": _("Type the name of your server first.")},
        widget=forms.TextInput(attrs={**AS_TYPED, "autocomplete": "off"}),
    )

    def __init__(self, *args: Any, adapter: Adapter, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not adapter.needs_host:
            del self.fields["host"]
        elif only := proposed_host(adapter):
            self.fields["host"].help_text = _("For practice it is %(host)s.") % {"host": only}

    @property
    def typed_host(self) -> str:
        return self.cleaned_data.get("host", "")

    @property
    def place_of_errors(self) -> str | None:
        """The field beside which the platform's refusal is shown."""
        return "host" if "host" in self.fields else None


class AppPasswordForm(forms.Form):
    """Connecting with a password that the platform made for apps."""

    identifier = forms.CharField(
        label=_("Handle"),
        max_length=255,
        help_text=_("As others see it there, without the @."),
        error_messages={"required": _("Type the account’s handle.")},
        widget=forms.TextInput(attrs={**AS_TYPED, "autocomplete": "off"}),
    )
    password = forms.CharField(
        label=_("App password"),
        max_length=255,
        strip=True,
        help_text=_("The one made for this hub, not the one you sign in with. It is kept encrypted."),
        error_messages={"required": _("Type or paste the app password.")},
        widget=forms.PasswordInput(attrs={**AS_TYPED, "autocomplete": "off"}),
    )

    place_of_errors = None


def asks_password(adapter: Adapter) -> bool:
    """Whether an account is connected with a password made for apps, on a page of the hub."""
    return adapter.sign_in == SignIn.PASSWORD


def form_of(adapter: Adapter, data: Any = None, *, initial: dict[str, str] | None = None) -> forms.Form:
    """The form of an adapter's way in."""
    if asks_password(adapter):
        return AppPasswordForm(data, initial=initial)
    return ConnectForm(data, adapter=adapter, initial=initial)


class ChoiceForm(forms.Form):
    """Which of several accounts is meant."""

    number = forms.TypedChoiceField(
        label=_("Which account?"),
        coerce=int,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose the account that posts shall go out through.")},
    )

    def __init__(self, *args: Any, choices: Sequence[Choice], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["number"].choices = [(each.number, each.profile.display_name) for each in choices]


class LinkForm(forms.Form):
    """For which platform a connection link is; empty leaves it to whoever opens it."""

    platform = forms.ChoiceField(
        label=_("Platform"), required=False, help_text=_("Leave it open if the owner shall choose.")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offered = [(adapter.key, adapter.label) for adapter in registry.offered()]
        self.fields["platform"].choices = [("", _("Any platform of this hub")), *offered]


class PauseForm(forms.Form):
    """Why an account is paused."""

    reason = forms.CharField(
        label=_("Why"),
        max_length=REASON_MAX,
        help_text=_("The others see this beside the account."),
        error_messages={"required": _("Say why, so that the others know what to wait for.")},
    )


class DoubtForm(forms.Form):
    """What the hub may do by itself after a lost answer."""

    resend_absent = forms.BooleanField(
        label=_("Send again by itself what the platform shows is not there"),
        required=False,
        help_text=_("Without it the hub looks all the same, and then asks somebody of the chapter."),
    )
