from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("posts", "0005_media")]

    operations = [
        migrations.AddField(
            model_name="delivery",
            name="parts",
            field=models.JSONField(blank=True, db_default=[], default=list, editable=False),
        ),
    ]
