from django.conf import settings
from django.db import migrations

from knowledge.migrations._upkeep import plan_first_reviews, upkeep_fields

MODELS = ("decisionindexpage", "roleindexpage", "rolepage", "templateindexpage", "topicindexpage", "topicpage")


def plan_reviews(apps, schema_editor):
    plan_first_reviews(apps, "knowledge", MODELS)


class Migration(migrations.Migration):
    dependencies = [
        ("core", "0013_saved_search"),
        ("knowledge", "0025_deadline_levels"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [*upkeep_fields(MODELS), migrations.RunPython(plan_reviews, migrations.RunPython.noop)]
