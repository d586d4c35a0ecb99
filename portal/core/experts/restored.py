"""After a restore: links that were revoked since the backup work again, which the database cannot know."""

from __future__ import annotations

from datetime import datetime

from portal.core.models import ExpertInvitation


def remind(now: datetime) -> list[str]:
    """Say in German how many links of outside experts work, and how to find those to revoke again."""
    number = ExpertInvitation.objects.filter(revoked_at=None, erased_at=None, expires_at__gt=now).count()
    if not number:
        return []
    return [
        f"Links externer Fachleute, die jetzt gelten: {number}. Seit der Sicherung zurückgezogene sind darunter. "
        "Suchen Sie im Protokoll des Betriebs nach „expert.revoked“ seit der Sicherung und ziehen Sie diese "
        "Einladungen auf ihrer Seite noch einmal zurück."
    ]
