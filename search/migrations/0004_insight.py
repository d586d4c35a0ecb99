from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("search", "0003_steering"),
    ]

    operations = [
        migrations.CreateModel(
            name="ResultDay",
            fields=[
                (
                    "id",
                    models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
                ),
                ("day", models.DateField(verbose_name="Tag")),
                ("key", models.CharField(max_length=60, verbose_name="Treffer")),
                ("shown", models.PositiveIntegerField(default=0, verbose_name="Gezeigt")),
                ("top", models.PositiveIntegerField(default=0, verbose_name="Unter den ersten drei")),
                ("clicks", models.PositiveIntegerField(default=0, verbose_name="Klicks")),
            ],
            options={
                "verbose_name": "Treffer eines Tages",
                "verbose_name_plural": "Treffer",
                "default_permissions": (),
                "indexes": [models.Index(fields=["day"], name="search_result_day_day")],
                "constraints": [models.UniqueConstraint(fields=("key", "day"), name="search_result_day_once")],
            },
        ),
        migrations.CreateModel(
            name="SearchDay",
            fields=[
                (
                    "id",
                    models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
                ),
                ("day", models.DateField(verbose_name="Tag")),
                ("normal", models.CharField(max_length=200)),
                ("engine", models.CharField(max_length=20, verbose_name="Suchmaschine")),
                ("text", models.CharField(max_length=200, verbose_name="Suche")),
                ("count", models.PositiveIntegerField(default=0, verbose_name="Suchen")),
                ("hits", models.PositiveIntegerField(default=0, verbose_name="Treffer")),
                ("nothing", models.PositiveIntegerField(default=0, verbose_name="Ohne Treffer")),
                ("slow", models.PositiveIntegerField(default=0, verbose_name="Langsam")),
                ("milliseconds", models.PositiveBigIntegerField(default=0, verbose_name="Millisekunden")),
                ("slowest", models.PositiveIntegerField(default=0, verbose_name="Langsamste")),
                ("clicks", models.PositiveIntegerField(default=0, verbose_name="Klicks")),
                ("ranks", models.PositiveIntegerField(default=0, verbose_name="Summe der Plätze")),
            ],
            options={
                "verbose_name": "Suche eines Tages",
                "verbose_name_plural": "Suchen",
                "default_permissions": ("view", "change"),
                "indexes": [models.Index(fields=["day"], name="search_day_day")],
                "constraints": [
                    models.UniqueConstraint(fields=("normal", "day", "engine"), name="search_day_once"),
                    models.CheckConstraint(
                        condition=models.Q(("nothing__lte", models.F("count")), ("slow__lte", models.F("count"))),
                        name="search_day_parts",
                    ),
                ],
            },
        ),
    ]
