from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("chapters", "0001_initial")]

    operations = [
        migrations.AddIndex(
            model_name="notice",
            index=models.Index(
                condition=models.Q(("read_at", None)), fields=["kind", "cause"], name="notice_unread_cause"
            ),
        ),
    ]
