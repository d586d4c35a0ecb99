"""The setting's target: Wagtail imports it while its own models load, so it imports nothing itself."""

from __future__ import annotations

from typing import Any


def publish_reviewed(workflow_state: Any, user: Any = None) -> None:
    """Publish exactly the reviewed revision (portal.core.review.services.finish)."""
    from portal.core.review import services

    services.finish(workflow_state, user=user)
