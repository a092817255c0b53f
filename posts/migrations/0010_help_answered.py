import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


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
    dependencies = [
        ("posts", "0009_practices"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="helprequest",
            name="language",
            field=models.CharField(
                blank=True, default="", max_length=16, verbose_name="language of the post"
            ),
        ),
        migrations.AddField(
            model_name="helprequest",
            name="answered_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="answered"),
        ),
        migrations.AddField(
            model_name="helprequest",
            name="answered_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="answered by",
            ),
        ),
        migrations.RunPython(read_from_reviews, migrations.RunPython.noop, elidable=True),
    ]
