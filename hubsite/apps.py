from django.apps import AppConfig


class HubsiteConfig(AppConfig):
    """The shell around the apps: it may import them all, and none imports it."""

    name = "hubsite"

    def ready(self) -> None:
        from hubsite import checks  # noqa: F401 - registers the system checks
