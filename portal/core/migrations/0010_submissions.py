"""Who submitted what is under review gets a row of its own, read once from Wagtail's log.

`requested_by` could have changed hands, and stayed the first submitter's when a review was taken up again. Where the
log knows nobody there is no row: then nobody counts as the submitter, and a release takes two more people at most.
"""

from typing import Any

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

SUBMITTED = ("wagtail.workflow.start", "wagtail.workflow.resume")


def _submitter(apps: Any, flow: Any) -> int | None:
    """Return who submitted last: an object has one running review, so that is the one of its round."""
    page_type = apps.get_model("contenttypes", "ContentType").objects.filter(app_label="wagtailcore", model="page")
    if flow.base_content_type_id in page_type.values_list("pk", flat=True):
        rows = apps.get_model("wagtailcore", "PageLogEntry").objects.filter(page_id=flow.object_id)
    else:
        rows = apps.get_model("wagtailcore", "ModelLogEntry").objects.filter(
            content_type_id__in={flow.content_type_id, flow.base_content_type_id}, object_id=flow.object_id
        )
    last = rows.filter(action__in=SUBMITTED).order_by("-timestamp", "-pk").first()
    if last is None or last.user_id is None:
        return None
    user = apps.get_model(*settings.AUTH_USER_MODEL.split("."))
    return last.user_id if user.objects.filter(pk=last.user_id).exists() else None


def note_submitters(apps: Any, schema_editor: Any) -> None:
    flows = apps.get_model("wagtailcore", "WorkflowState").objects.filter(
        status="in_progress", current_task_state__isnull=False
    )
    submission = apps.get_model("core", "Submission")
    for flow in flows:
        user = _submitter(apps, flow)
        if user is not None:
            submission.objects.create(task_state_id=flow.current_task_state_id, user_id=user)


class Migration(migrations.Migration):
    dependencies = [
        ("core", "0009_operator_particulars"),
        ("wagtailcore", "0098_apitoken"),
        ("contenttypes", "0002_remove_content_type_name"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Submission",
            fields=[
                (
                    "id",
                    models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
                ),
                (
                    "task_state",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="submission",
                        to="wagtailcore.taskstate",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "Einreichung",
                "verbose_name_plural": "Einreichungen",
                "default_permissions": (),
            },
        ),
        migrations.RunPython(note_submitters, migrations.RunPython.noop),
    ]
