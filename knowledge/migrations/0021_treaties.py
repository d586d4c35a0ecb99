from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("knowledge", "0020_deadline_uids"),
    ]

    operations = [
        migrations.AlterField(
            model_name="act",
            name="level",
            field=models.CharField(
                choices=[
                    ("eu", "Europäische Union"),
                    ("bund", "Bund"),
                    ("land", "Land"),
                    ("beide", "Bund und Länder"),
                ],
                max_length=5,
                verbose_name="Ebene",
            ),
        ),
    ]
