"""Calendar entries keep their UID when a portal is built anew or changes its address; old ones stay as they are."""

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.db import migrations, models


def keep_hosts(apps: Any, schema_editor: Any) -> None:
    """Write down the host that calendars have got so far."""
    host = urlsplit(settings.BASE_URL).hostname or "localhost"
    apps.get_model("knowledge", "Deadline").objects.update(uid_host=host)


class Migration(migrations.Migration):
    dependencies = [
        ("knowledge", "0019_facts_of_entries"),
    ]

    operations = [
        migrations.AddField(
            model_name="deadline",
            name="uid_host",
            field=models.CharField(blank=True, default="", editable=False, max_length=253),
        ),
        migrations.AlterField(
            model_name="deadline",
            name="uid",
            field=models.UUIDField(editable=False, unique=True),
        ),
        migrations.RunPython(keep_hosts, migrations.RunPython.noop),
    ]
