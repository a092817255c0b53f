from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PlaybooksConfig(AppConfig):
    """What the central team teaches."""

    name = "playbooks"
    verbose_name = _("Playbooks")

    def ready(self) -> None:
        from playbooks import feedback_todos, suggestion_todos  # noqa: F401 - they add sources of to-dos
