from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from hubsite.lib.db_guards import keep


class ChaptersConfig(AppConfig):
    """People, chapters, regions, roles and events: knows nothing of posts."""

    name = "chapters"
    verbose_name = _("Chapters and people")

    def ready(self) -> None:
        from chapters.guards import GUARDS

        keep(self, GUARDS)
