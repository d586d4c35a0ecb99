import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("search", "0002_saved_search"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="SteeringRule",
            fields=[
                (
                    "id",
                    models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("equal", "Gleiche Wörter"),
                            ("one_way", "Wort führt zu anderen"),
                            ("never", "Nie korrigieren"),
                            ("pin", "Treffer oben"),
                            ("hide", "Treffer ausgeblendet"),
                            ("deny", "Nicht vorschlagen"),
                        ],
                        max_length=10,
                        verbose_name="Art",
                    ),
                ),
                ("words", models.TextField(verbose_name="Wörter")),
                ("others", models.TextField(blank=True, verbose_name="Führt zu")),
                ("target", models.CharField(blank=True, max_length=60, verbose_name="Treffer")),
                ("place", models.PositiveSmallIntegerField(default=1, verbose_name="Platz")),
                ("note", models.CharField(blank=True, max_length=300, verbose_name="Begründung")),
                ("changed_at", models.DateTimeField(auto_now=True, verbose_name="Geändert")),
            ],
            options={
                "verbose_name": "Regel der Suche",
                "verbose_name_plural": "Regeln der Suche",
                "ordering": ["kind", "words", "id"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("words", ""), _negated=True), name="search_rule_has_words"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ["pin", "hide"]), ("target", ""), _connector="XOR"),
                        name="search_rule_target_by_kind",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("kind", "one_way"), ("others", ""), _connector="XOR"),
                        name="search_rule_others_by_kind",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="SteeringVersion",
            fields=[
                (
                    "id",
                    models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
                ),
                ("rule", models.PositiveBigIntegerField(db_index=True, verbose_name="Regel")),
                ("at", models.DateTimeField(auto_now_add=True, verbose_name="Zeitpunkt")),
                ("before", models.JSONField(blank=True, null=True, verbose_name="Vorher")),
                ("after", models.JSONField(blank=True, null=True, verbose_name="Nachher")),
                (
                    "actor",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="Person",
                    ),
                ),
                (
                    "undoes",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="search.steeringversion",
                        verbose_name="Macht rückgängig",
                    ),
                ),
            ],
            options={
                "verbose_name": "Änderung einer Regel der Suche",
                "verbose_name_plural": "Änderungen der Regeln der Suche",
                "ordering": ["-pk"],
                "default_permissions": (),
            },
        ),
    ]
