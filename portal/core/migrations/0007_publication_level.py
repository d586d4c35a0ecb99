"""Every published version says for whom it was: an earlier one for whoever may read its page now, at most."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any

from django.db import migrations, models
from django.db.models import TextField
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast

# As portal.core.visibility had it at this time; from open to closed.
LEVELS = ["public", "municipality", "centre", "nobody"]
STAFF = {"Redaktion", "Fachprüfung", "Beratung", "Koordination", "Leitung", "Administration"}
BATCH = 500


def _asked(kind: str, groups: set[str | None]) -> str:
    if kind in {"none", "login"}:
        return "public" if kind == "none" else "municipality"
    if kind == "groups" and not groups >= STAFF:
        return "nobody"
    return "municipality" if kind == "groups" and "Kommune" in groups else "centre"


def _restrictions(apps: Any) -> list[tuple[str, str]]:
    rows = (
        apps.get_model("wagtailcore", "PageViewRestriction")
        .objects.order_by("pk")
        .values_list("pk", "page__path", "restriction_type", "groups__name")
    )
    grouped = groupby(rows, key=lambda row: row[:3])
    return [(path, _asked(kind, {row[3] for row in found})) for (_, path, kind), found in grouped]


def _strictest(levels: Iterable[str]) -> str:
    return max(levels, key=LEVELS.index, default="public")


def _page_types(apps: Any) -> dict[int, bool | None]:
    """Return by content type whether its objects are pages; None where the model is gone."""
    # The classes themselves: a historical model does not say what it inherits from apps migrated later.
    from django.apps import apps as installed
    from wagtail.models import Page

    found: dict[int, bool | None] = {}
    for pk, app, name in apps.get_model("contenttypes", "ContentType").objects.values_list(
        "pk", "app_label", "model"
    ):
        try:
            found[pk] = issubclass(installed.get_model(app, name), Page)
        except LookupError:
            found[pk] = None
    return found


def _levels(apps: Any, rows: list[Any]) -> Iterator[tuple[Any, str]]:
    """Return what each version is for: what is unknown stays closed."""
    restrictions, pages = _restrictions(apps), _page_types(apps)
    wanted = {row.object_id for row in rows if pages.get(row.content_type_id)}
    found = apps.get_model("wagtailcore", "Page").objects.values_list("pk", "path")
    paths = {str(pk): path for pk, path in found if str(pk) in wanted}
    for row in rows:
        path = paths.get(row.object_id) if pages.get(row.content_type_id) else None
        if path is not None:
            now = [level for prefix, level in restrictions if path.startswith(prefix)]
            yield row, _strictest([*now, row.own if row.own in LEVELS else "public"])
        elif pages.get(row.content_type_id) is False:
            yield row, "public"


def tell_levels(apps: Any, schema_editor: Any) -> None:
    """Give each version the stricter of what its page asks of readers now and what it stated itself."""
    Publication = apps.get_model("core", "Publication")  # noqa: N806
    stated = Cast(KeyTextTransform("visibility", "revision__content"), TextField())
    rows = list(Publication.objects.annotate(own=stated).only("pk", "content_type_id", "object_id").order_by("pk"))
    changed = []
    for row, level in _levels(apps, rows) if rows else ():
        row.level = level
        changed.append(row)
    Publication.objects.bulk_update(changed, ["level"], batch_size=BATCH)


class Migration(migrations.Migration):
    dependencies = [
        ("core", "0006_experts"),
        ("wagtailcore", "0098_apitoken"),
    ]

    operations = [
        migrations.AddField(
            model_name="publication",
            name="level",
            field=models.CharField(
                choices=[
                    ("public", "Öffentlich"),
                    ("municipality", "Angemeldete Kommunen"),
                    ("centre", "Nur Kompetenzstelle"),
                    ("nobody", "Niemand"),
                ],
                default="nobody",
                max_length=20,
                verbose_name="Sichtbarkeit damals",
            ),
        ),
        migrations.AddConstraint(
            model_name="publication",
            constraint=models.CheckConstraint(
                condition=models.Q(("level__in", ["public", "municipality", "centre", "nobody"])),
                name="core_publication_level_known",
            ),
        ),
        migrations.RunPython(tell_levels, migrations.RunPython.noop, elidable=False),
    ]
