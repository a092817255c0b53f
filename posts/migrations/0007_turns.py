from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("posts", "0006_threads")]

    operations = [
        migrations.AddField(
            model_name="lane",
            name="released_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="given back"),
        ),
    ]
