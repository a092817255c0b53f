from django.apps import AppConfig
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from hubsite.lib.db_guards import keep


class PostsConfig(AppConfig):
    """Write, review, schedule, deliver."""

    name = "posts"
    verbose_name = _("Posts")

    def ready(self) -> None:
        from chapters import events
        from playbooks import agenda, for_you, own_posts, reach, todos
        from posts import agenda_points, help_todos, lived, pointing, standings
        from posts.guards import GUARDS
        from posts.platforms import registry
        from posts.platforms.base import AppKeys

        keep(self, GUARDS)
        events.QUIET |= {"adopted", "difference_taken", "difference_kept"}
        agenda.offer(agenda_points.failures)
        for_you.learn_from(lived.of)
        own_posts.offer(pointing.published_by)
        reach.measure_by(standings.standings_of)
        todos.SOURCES.append(help_todos.SOURCE)
        registry.load(
            {
                "allow_loopback": settings.HUB_ALLOW_LOOPBACK,
                "sandbox_url": settings.SANDBOX_URL,
                "app_name": settings.HUB_NAME,
                "app_website": settings.HUB_URL,
                "hub_base_url": settings.HUB_URL,
                "practice": settings.HUB_PRACTICE,
                "apps": {
                    platform: AppKeys(*keys) for platform, keys in settings.HUB_APPS.items() if all(keys)
                },
                "options": settings.HUB_PLATFORM_OPTIONS,
            }
        )
