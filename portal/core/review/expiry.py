"""What ends at its time takes no other time with it: a version released for later still goes live then."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from wagtail.actions.unpublish import UnpublishAction


def _keeping_schedule(unpublish: Callable[..., None]) -> Callable[..., None]:
    """Let an expiry leave the schedule alone; Wagtail clears it, as is right where a person takes it offline."""

    def unpublished(self: Any, obj: Any, set_expired: bool, *args: Any, **kwargs: Any) -> None:
        rows = obj.revisions.filter(approved_go_live_at__isnull=False)
        kept = list(rows.values_list("pk", "approved_go_live_at")) if set_expired else []
        unpublish(self, obj, set_expired, *args, **kwargs)
        for pk, at in kept:
            obj.revisions.filter(pk=pk).update(approved_go_live_at=at)

    return unpublished


def install() -> None:
    """Wrap Wagtail's action, which its own command uses too; called when the apps are ready."""
    UnpublishAction._unpublish_object = _keeping_schedule(UnpublishAction._unpublish_object)
