from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PlaybooksConfig(AppConfig):
    """What the central team teaches."""

    name = "playbooks"
    verbose_name = _("Playbooks")

    def ready(self) -> None:
        from playbooks import feedback_todos  # noqa: F401 - adds its sources of to-dos
