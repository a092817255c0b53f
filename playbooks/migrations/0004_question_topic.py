from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("playbooks", "0003_kept_wording")]

    operations = [
        migrations.AddField(
            model_name="question",
            name="topic",
            field=models.CharField(
                blank=True,
                default="",
                help_text="One that playbooks have.",
                max_length=60,
                verbose_name="topic",
            ),
            preserve_default=False,
        ),
    ]
