"""After a restore: rights taken away since the backup are there again, which the database cannot know."""

from __future__ import annotations

from datetime import datetime

from portal.accounts.queries import active_staff


def remind(now: datetime) -> list[str]:
    """Say in German that accounts are open again, and how to find those to close."""
    number = active_staff().count()
    if not number:
        return []
    return [
        "Rechte sind wieder die vom Zeitpunkt der Sicherung: Seither geschlossene Konten sind offen, entzogene "
        "Rollen gelten, Passwörter und zweite Faktoren sind die alten (offene Konten der Kompetenzstelle: "
        f"{number}). Suchen Sie im Protokoll des Betriebs nach „accounts.rights_changed“ und "
        "„accounts.email_changed“ seit der Sicherung "
        "und holen Sie diese Änderungen unter „Benutzer“ nach, bevor Sie das Portal wieder öffnen."
    ]
