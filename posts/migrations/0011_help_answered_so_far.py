from django.db import migrations


def read_from_reviews(apps, schema_editor):
    """What was said already counts as an answer; a call was for the language of its chapter."""
    HelpRequest, Review = apps.get_model("posts", "HelpRequest"), apps.get_model("posts", "Review")
    for asked in HelpRequest.objects.select_related("post__chapter").iterator():
        said = Review.objects.filter(post=asked.post_id, created_at__gte=asked.created_at)
        said = said.filter(reviewer_chapter=asked.of_chapter_id or asked.taken_by_chapter_id)
        if asked.taken_by_id:
            said = said.filter(reviewer=asked.taken_by_id)
        if asked.closed_at is not None:
            said = said.filter(created_at__lte=asked.closed_at)
        last = said.order_by("pk").last()
        if last is not None:
            asked.answered_at, asked.answered_by_id = last.created_at, last.reviewer_id
        if asked.of_chapter_id is None:
            asked.language = asked.post.chapter.language
        if last is not None or asked.language:
            asked.save(update_fields=["answered_at", "answered_by", "language"])


class Migration(migrations.Migration):
    """By itself: PostgreSQL does not alter a table whose rows were changed in the same transaction."""

    dependencies = [("posts", "0010_help_answered")]

    operations = [migrations.RunPython(read_from_reviews, migrations.RunPython.noop, elidable=True)]
