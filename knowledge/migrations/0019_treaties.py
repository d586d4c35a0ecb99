from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("knowledge", "0018_withdrawn_contacts"),
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
