from __future__ import annotations

from typing import Any, NoReturn

from django.db import models


class UnchangingRow(Exception):
    """Code tried to change a row that stays as it was written; what is new belongs in a new version."""


class UnchangingQuerySet(models.QuerySet):
    def update(self, **values: Any) -> NoReturn:
        raise UnchangingRow(f"{self.model._meta.label} rows are never changed; add a new version")

    def bulk_update(self, *args: Any, **kwargs: Any) -> NoReturn:
        self.update()


class Unchanging(models.Model):
    """A row that is written once. Raises UnchangingRow when saved again or updated in bulk."""

    objects = UnchangingQuerySet.as_manager()

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise UnchangingRow(f"{self._meta.label} {self.pk} is never changed; add a new version")
        super().save(*args, **kwargs)
