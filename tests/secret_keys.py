"""A SECRET_KEY that is replaced the documented way."""

from __future__ import annotations

from typing import Any


def replace(settings: Any) -> None:
    """Give the portal another SECRET_KEY; the present one becomes a fallback."""
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    settings.SECRET_KEY = f"ein-anderer-Schlüssel-{len(settings.SECRET_KEY_FALLBACKS)}" * 4
