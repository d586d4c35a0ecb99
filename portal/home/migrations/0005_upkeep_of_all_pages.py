from django.conf import settings
from django.db import migrations

from knowledge.migrations._upkeep import plan_first_reviews, upkeep_fields

MODELS = ("easylanguagepage", "homepage", "signlanguagepage", "standardpage")


def plan_reviews(apps, schema_editor):
    plan_first_reviews(apps, "home", MODELS)


class Migration(migrations.Migration):
    dependencies = [
        ("core", "0013_saved_search"),
        ("home", "0004_particulars"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [*upkeep_fields(MODELS), migrations.RunPython(plan_reviews, migrations.RunPython.noop)]
