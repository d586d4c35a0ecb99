"""System checks: no setting may open a second way to publish, or close the only one."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register

FINISH = "portal.core.review.finish.publish_reviewed"


@register()
def review_settings(**kwargs: Any) -> list[CheckMessage]:
    """The review needs Wagtail's workflows, and ends in our own action."""
    found: list[CheckMessage] = []
    if not getattr(settings, "WAGTAIL_WORKFLOW_ENABLED", True):
        found.append(
            Error("WAGTAIL_WORKFLOW_ENABLED is off: nothing could be published any more.", id="portal.E010",
                  hint="Leave the setting out (docs/review.md).")
        )  # fmt: skip
    if getattr(settings, "WAGTAIL_FINISH_WORKFLOW_ACTION", "") != FINISH:
        found.append(
            Error("WAGTAIL_FINISH_WORKFLOW_ACTION is not the portal's: approvals would publish unchecked.",
                  id="portal.E011", hint=f"Set it to {FINISH}.")
        )  # fmt: skip
    return found
