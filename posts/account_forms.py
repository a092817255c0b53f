"""The forms of connecting and pausing an account."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from posts.platforms import registry
from posts.platforms.base import Adapter

REASON_MAX = 300


class ConnectForm(forms.Form):
    """Connecting to one platform; `host` is there where the person has to name a server."""

    platform = forms.CharField(widget=forms.HiddenInput)
    host = forms.CharField(
        label=_("Server"),
        max_length=255,
        help_text=_("The name after the second @ of your handle, for example mastodon.social."),
        error_messages={"required": _("Type the name of your server first.")},
        widget=forms.TextInput(attrs={"autocapitalize": "none", "autocorrect": "off", "spellcheck": "false"}),
    )

    def __init__(self, *args: Any, adapter: Adapter, **kwargs: Any) -> None:
        super().__init__(*args, initial={"platform": adapter.key}, auto_id=f"id_{adapter.key}_%s", **kwargs)
        self.adapter = adapter
        if not adapter.needs_host:
            del self.fields["host"]

    @property
    def typed_host(self) -> str:
        return self.cleaned_data.get("host", "")


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


def connect_forms(chosen: str = "", data: Any = None) -> list[ConnectForm]:
    """One form for each platform of this hub; the chosen one holds what was typed."""
    return [
        ConnectForm(data if adapter.key == chosen else None, adapter=adapter)
        for adapter in registry.offered()
    ]
