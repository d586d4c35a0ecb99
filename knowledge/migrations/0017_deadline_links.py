"""Links stand in deadlines too."""

from typing import Any

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


def forget_deadlines(apps: Any, schema_editor: Any) -> None:
    """On the way back, drop the rows the former constraint would refuse: they are read again from the texts."""
    for name in ("InternalLink", "LinkPlace"):
        apps.get_model("knowledge", name).objects.exclude(deadline=None).delete()


class Migration(migrations.Migration):
    dependencies = [
        ("knowledge", "0016_role_pages"),
        migrations.swappable_dependency(settings.WAGTAIL_PAGE_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="internallink",
            name="knowledge_internallink_one_subject",
        ),
        migrations.RemoveConstraint(
            model_name="linkplace",
            name="knowledge_linkplace_one_subject",
        ),
        migrations.AddField(
            model_name="internallink",
            name="deadline",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="knowledge.deadline",
            ),
        ),
        migrations.AddField(
            model_name="linkplace",
            name="deadline",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="knowledge.deadline",
            ),
        ),
        migrations.AddConstraint(
            model_name="internallink",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("act__isnull", True),
                        ("deadline__isnull", True),
                        ("page__isnull", False),
                        ("term__isnull", True),
                    ),
                    models.Q(
                        ("act__isnull", False),
                        ("deadline__isnull", True),
                        ("page__isnull", True),
                        ("term__isnull", True),
                    ),
                    models.Q(
                        ("act__isnull", True),
                        ("deadline__isnull", True),
                        ("page__isnull", True),
                        ("term__isnull", False),
                    ),
                    models.Q(
                        ("act__isnull", True),
                        ("deadline__isnull", False),
                        ("page__isnull", True),
                        ("term__isnull", True),
                    ),
                    _connector="OR",
                ),
                name="knowledge_internallink_one_subject",
            ),
        ),
        migrations.AddConstraint(
            model_name="linkplace",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("act__isnull", True),
                        ("deadline__isnull", True),
                        ("page__isnull", False),
                        ("term__isnull", True),
                    ),
                    models.Q(
                        ("act__isnull", False),
                        ("deadline__isnull", True),
                        ("page__isnull", True),
                        ("term__isnull", True),
                    ),
                    models.Q(
                        ("act__isnull", True),
                        ("deadline__isnull", True),
                        ("page__isnull", True),
                        ("term__isnull", False),
                    ),
                    models.Q(
                        ("act__isnull", True),
                        ("deadline__isnull", False),
                        ("page__isnull", True),
                        ("term__isnull", True),
                    ),
                    _connector="OR",
                ),
                name="knowledge_linkplace_one_subject",
            ),
        ),
        migrations.RunPython(migrations.RunPython.noop, forget_deadlines),
    ]
