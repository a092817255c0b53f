from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from hubsite.lib.db_guards import keep


class PostsConfig(AppConfig):
    """Write, review, schedule, deliver."""

    name = "posts"
    verbose_name = _("Posts")

    def ready(self) -> None:
        from posts.guards import GUARDS

        keep(self, GUARDS)
