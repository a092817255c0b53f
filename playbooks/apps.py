from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

QUIET = {
    "voted", "vote_changed", "pick_put_aside", "answer_found_helpful", "helpful_mark_taken_back",
    "suggestion_used", "suggestion_adapted", "suggestion_withdrawn",
}  # fmt: skip


class PlaybooksConfig(AppConfig):
    """What the central team teaches."""

    name = "playbooks"
    verbose_name = _("Playbooks")

    def ready(self) -> None:
        from chapters import attachments, events
        from playbooks import calendar_file, office_hour_todos

        for kind in calendar_file.KINDS:
            attachments.offer(kind, calendar_file.of_notice)
        office_hour_todos.add()
        events.QUIET |= QUIET
        from playbooks import feedback_todos, question_todos, review_todos, suggestion_todos  # noqa: F401
