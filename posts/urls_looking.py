"""Addresses of a chapter's home, plan and lists, and of what chapters ask the central team."""

from datetime import date

from django.urls import path, register_converter

from posts.calendar import FIRST_YEAR, LAST_YEAR
from posts.views import central, home, lists, plan, status


class DayConverter:
    """A date in an address, as YYYY-MM-DD; a day that no calendar has is no address."""

    regex = r"\d{4}-\d{2}-\d{2}"

    def to_python(self, value: str) -> date:
        day = date.fromisoformat(value)
        if not FIRST_YEAR <= day.year <= LAST_YEAR:
            raise ValueError(value)
        return day

    def to_url(self, value: date | str) -> str:
        return str(value)


register_converter(DayConverter, "day")

urlpatterns = [
    path("c/<slug:slug>/", home.chapter_home, name="chapter_home"),
    path("c/<slug:slug>/plan/", plan.plan, name="plan"),
    path("c/<slug:slug>/plan/<day:day>/", plan.plan_day, name="plan_day"),
    path("c/<slug:slug>/posts/", lists.post_list, name="post_list"),
    # the hub itself
    path("publishing/", status.publishing, name="publishing"),
    # the central team
    path("central/asking/", central.asking, name="asking"),
]
