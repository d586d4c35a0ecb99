"""What the knowledge base needs from the machine, as system checks."""

from __future__ import annotations

from typing import Any

from django.core.checks import CheckMessage, register
from django.core.checks import Warning as CheckWarning

from knowledge.pdf import INSTALL_HINT, missing_library


@register()
def pdf_libraries(**kwargs: Any) -> list[CheckMessage]:
    """Say what to install where articles cannot be made into PDF; everything else works without."""
    reason = missing_library()
    if not reason:
        return []
    return [
        CheckWarning(
            f"Articles are not offered as PDF: {reason}",
            hint=f"Install the system libraries of WeasyPrint: {INSTALL_HINT}",
            id="knowledge.W001",
        )
    ]
