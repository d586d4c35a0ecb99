"""Files named by their address in a text are files of that page: links keep the number of the file."""

import re
from typing import Any

from django.db import migrations, models

FILE = re.compile(r"/dokumente/(\d{1,18})/")


def number_files(apps: Any, schema_editor: Any) -> None:
    links = apps.get_model("knowledge", "InternalLink").objects
    for link in links.filter(path__startswith="/dokumente/").iterator(chunk_size=500):
        found = FILE.match(link.path)
        if found:
            links.filter(pk=link.pk).update(document=int(found[1]))


class Migration(migrations.Migration):
    dependencies = [("knowledge", "0011_expiry_reminders")]

    operations = [
        migrations.AddField(
            model_name="internallink",
            name="document",
            field=models.PositiveBigIntegerField(blank=True, db_index=True, null=True, verbose_name="Datei"),
        ),
        migrations.RunPython(number_files, migrations.RunPython.noop),
    ]
