"""Writing the change log for rows that change with something else and announce nothing themselves."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Model

from search.models import SearchChange


def record(model: type[Model], ids: Iterable[int]) -> None:
    """Record that rows change or go, inside the transaction that does it: the follower reads them again."""
    label = model._meta.label_lower
    SearchChange.objects.bulk_create([SearchChange(object_key=f"{label}:{pk}") for pk in ids], batch_size=500)
