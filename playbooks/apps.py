from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PlaybooksConfig(AppConfig):
    """What the central team teaches."""

    name = "playbooks"
    verbose_name = _("Playbooks")

    def ready(self) -> None:
        from playbooks import feedback_todos, review_todos  # noqa: F401 - add their sources of to-dos
