"""Names and days leave the admin's log: rows of advisers and absences are called by their number."""

from typing import Any

from django.db import migrations

LABELS = {"absence": "Abwesenheit", "adviser": "Beratende Person"}


def take_names_off(apps: Any, schema_editor: Any) -> None:
    types = apps.get_model("contenttypes", "ContentType").objects.filter(app_label="consultations")
    entries = apps.get_model("wagtailcore", "ModelLogEntry").objects
    for kind, pk in types.filter(model__in=LABELS).values_list("model", "pk"):
        rows = entries.filter(content_type=pk).order_by().values_list("object_id", flat=True)
        for number in rows.distinct():
            entries.filter(content_type=pk, object_id=number).update(label=f"{LABELS[kind]} {number}")


class Migration(migrations.Migration):
    dependencies = [
        ("consultations", "0087_texts_without_keys"),
        ("contenttypes", "0002_remove_content_type_name"),
        ("wagtailcore", "0069_log_entry_jsonfield"),
    ]

    operations = [migrations.RunPython(take_names_off, migrations.RunPython.noop)]
