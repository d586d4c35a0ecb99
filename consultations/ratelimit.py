"""The limit of forms lives in the base (portal.core.ratelimit); the name stays for this app's views."""

from portal.core.ratelimit import HOUR, PER_HOUR, count, is_exhausted

__all__ = ["HOUR", "PER_HOUR", "count", "is_exhausted"]
