"""Pages of a list that is ordered by a text and then by key: by place, not by number."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Q, QuerySet

from playbooks.models import Playbook

PER_PAGE = 20


@dataclass(frozen=True)
class Page:
    """Some rows, and whether there is more on either side."""

    rows: list[Playbook]
    has_earlier: bool = False
    has_later: bool = False

    @property
    def before(self) -> int | None:
        """What to ask for the page before this one."""
        return self.rows[0].pk if self.rows and self.has_earlier else None

    @property
    def after(self) -> int | None:
        """What to ask for the page after this one."""
        return self.rows[-1].pk if self.rows and self.has_later else None


def page(queryset: QuerySet[Playbook], *, by: str, before: str = "", after: str = "") -> Page:
    """The page of `queryset` next to the row whose key is given; the first page where there is none.

    `by` is the text column; together with the key it is the order. Two queries, one on the first page.
    """
    ordered = queryset.order_by(by, "pk")
    key = before or after
    place = Playbook.objects.filter(pk=key).values_list(by, "pk").first() if _is_key(key) else None
    if place is None:
        rows = list(ordered[: PER_PAGE + 1])
        return Page(rows[:PER_PAGE], has_later=len(rows) > PER_PAGE)
    text, pk = place
    if before:
        nearer = Q(**{f"{by}__lt": text}) | Q(**{by: text}, pk__lt=pk)
        rows = list(queryset.filter(nearer).order_by(f"-{by}", "-pk")[: PER_PAGE + 1])
        return Page(rows[:PER_PAGE][::-1], has_earlier=len(rows) > PER_PAGE, has_later=True)
    further = Q(**{f"{by}__gt": text}) | Q(**{by: text}, pk__gt=pk)
    rows = list(ordered.filter(further)[: PER_PAGE + 1])
    return Page(rows[:PER_PAGE], has_earlier=True, has_later=len(rows) > PER_PAGE)


def _is_key(text: str) -> bool:
    return text.isascii() and text.isdecimal()
