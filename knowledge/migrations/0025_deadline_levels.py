"""Versions of deadlines say for whom they were: those from before their topic was asked count as its pages do now.

As with pages (core 0007) the stricter counts of what the row says and what holds at this moment: at the topic the
version names and at that of the deadline. A topic that is gone is known to nobody, so the version is for the centre.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from typing import Any

from django.db import migrations
from django.db.models import IntegerField
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast

# As portal.core.visibility had it at this time; from open to closed.
LEVELS = ["public", "municipality", "centre", "nobody"]
STAFF = {"Redaktion", "Fachprüfung", "Beratung", "Koordination", "Leitung", "Administration"}
GONE = "centre"


def _asked(kind: str, groups: set[str | None]) -> str:
    if kind in {"none", "login"}:
        return "public" if kind == "none" else "municipality"
    if kind == "groups" and not groups >= STAFF:
        return "nobody"
    return "municipality" if kind == "groups" and "Kommune" in groups else "centre"


def _strictest(levels: Iterable[str]) -> str:
    return max(levels, key=LEVELS.index, default="public")


def _levels_of_topics(apps: Any) -> dict[int, str]:
    """Return what each topic asks of its readers now, by the restrictions at it and above it."""
    rows = (
        apps.get_model("wagtailcore", "PageViewRestriction")
        .objects.order_by("pk")
        .values_list("pk", "page__path", "restriction_type", "groups__name")
    )
    grouped = groupby(rows, key=lambda row: row[:3])
    closed = [(path, _asked(kind, {row[3] for row in found})) for (_, path, kind), found in grouped]
    topics = apps.get_model("knowledge", "TopicPage").objects.values_list("pk", "path")
    return {pk: _strictest(level for above, level in closed if path.startswith(above)) for pk, path in topics}


def tell_levels(apps: Any, schema_editor: Any) -> None:
    """Close versions of deadlines whose topic is closed, where their row does not say so yet."""
    kind = apps.get_model("contenttypes", "ContentType").objects.filter(app_label="knowledge", model="deadline")
    named = Cast(KeyTextTransform("topic", "revision__content"), IntegerField())
    publications = apps.get_model("core", "Publication").objects.filter(content_type__in=kind)
    rows = list(publications.annotate(named=named).only("pk", "object_id", "level"))
    if not rows:
        return
    levels = _levels_of_topics(apps)
    present = {
        str(pk): topic for pk, topic in apps.get_model("knowledge", "Deadline").objects.values_list("pk", "topic")
    }
    changed = []
    for row in rows:
        topics = {row.named or None, present.get(row.object_id)} - {None}  # SQLite casts the null of JSON to 0
        level = _strictest([row.level, *(levels.get(topic, GONE) for topic in topics)])
        if level != row.level:
            row.level = level
            changed.append(row)
    publications.model.objects.bulk_update(changed, ["level"], batch_size=500)


class Migration(migrations.Migration):
    dependencies = [
        ("core", "0007_publication_level"),
        ("knowledge", "0024_gone_deadlines"),
        ("wagtailcore", "0098_apitoken"),
    ]

    operations = [migrations.RunPython(tell_levels, migrations.RunPython.noop, elidable=False)]
