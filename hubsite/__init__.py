"""The shell of the hub: settings, addresses, Celery, and what surrounds every page."""

from hubsite.celery import app as celery_app

__all__ = ["celery_app"]
