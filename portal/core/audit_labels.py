"""German names of what the log holds: actions, kinds of objects, keys of the details."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.apps import apps

from portal.core import audit

ACTIONS = {
    "account.handed_over": "Konto übergeben",
    "audit.shortened": "Protokoll gekürzt",
    "backup.made": "Sicherung erstellt",
    "backup.restored": "Sicherung eingespielt",
    "correction.publish": "Korrekturhinweis veröffentlicht",
    "correction.withdraw": "Korrekturhinweis zurückgenommen",
    "expert.comment": "Fachleute: Anmerkung",
    "expert.erase": "Fachleute: Name und Adresse gelöscht",
    "expert.invite": "Fachleute: eingeladen",
    "expert.read": "Fachleute: Entwurf gelesen",
    "expert.revoke": "Fachleute: Einladung zurückgenommen",
    "expert.vote": "Fachleute: Votum",
    "knowledge.word": "Aus Word übernommen",
    "link.accept": "Link als in Ordnung vermerkt",
    "override.import": "Import überschreibt Geprüftes",
    "override.publish": "Ohne Freigabe veröffentlicht (System)",
    "publish": "Veröffentlicht",
    "review.approve": "Fassung bestätigt",
    "review.reject": "Fassung zurückgegeben",
    "review.release": "Fassung freigegeben",
    "review.unchanged": "Geprüft, unverändert",
    "review.unschedule": "Zeitplan aufgehoben",
    "review.withdraw": "Einreichung zurückgezogen",
    "rights.account": "Konto geschaltet",
    "rights.groups_add": "Rolle gegeben",
    "rights.groups_of_add": "Rolle Personen gegeben",
    "rights.groups_of_remove": "Rolle Personen genommen",
    "rights.groups_remove": "Rolle genommen",
    "rights.permissions_add": "Recht gegeben",
    "rights.permissions_of_add": "Recht an mehrere gegeben",
    "rights.permissions_of_remove": "Recht mehreren genommen",
    "rights.permissions_remove": "Recht genommen",
    "search.rule": "Regel der Suche geändert",
    "search.rule_deleted": "Regel der Suche gelöscht",
    "search.rule_new": "Regel der Suche angelegt",
    "unpublish": "Offline genommen",
    "work.addresses_forgotten": "E-Mail-Adressen gelöscht",
}
DETAILS = {
    "active": "aktiv", "adviser": "Beratende Person", "case": "Vorgang", "former": "bisher",
    "asked_anew": "erneut gefragte Einladungen",
    "session": "Gruppentermin", "old": "vorher", "new": "nachher", "external_adviser": "externe Beratung",
    "groups": "Rollen", "reason": "Grund", "removed": "entfernt", "reset": "Antrag", "role": "Rolle",
    "superuser": "alle Rechte", "suggested": "vorgeschlagen", "overridden": "vom Vorschlag abgewichen",
    "task": "Aufgabe", "further": "weitere Beratende", "file": "Datei", "side": "Seite des Gesprächs",
    "comment": "Anmerkung", "days": "Tage", "files": "Dateien", "held": "angehaltene Nachrichten",
    "ids": "Nummern", "images": "Bilder", "invitation": "Einladung", "is_active": "aktiv",
    "is_superuser": "alle Rechte", "link": "Link", "mail": "E-Mail", "moved": "übergeben",
    "municipality": "Kommune", "format": "Beratungsformat", "private": "nur für Genannte",
    "colleagues": "genannte Konten", "requester": "anfragendes Konto",
    "notice": "Hinweis", "number": "Anzahl", "page": "Seite", "revision": "Fassung", "rows": "Zeilen",
    "successors": "Nachfolge (Konto)", "topic": "Thema", "version": "Version", "vote": "Votum",
}  # fmt: skip
NAMES = {"accounts.user": "Konto"}
_codes: dict[str, dict[str, str]] = {}


def register_codes(detail: str, names: Mapping[str, str]) -> None:
    """Give the codes a detail holds, as value or as keys of its values, their German names."""
    _codes.setdefault(detail, {}).update(names)


def register() -> None:
    """Called when the app is ready."""
    for action, label in ACTIONS.items():
        audit.register_action(action, label)


def object_label(model: str) -> str:
    """Return the German name of a kind of object, given as "app.model"; of one that is gone its code."""
    if model in NAMES:
        return NAMES[model]
    app, _, name = model.partition(".")
    try:
        return str(apps.get_model(app, name)._meta.verbose_name)
    except LookupError:
        return model


def detail_text(detail: dict[str, Any]) -> str:
    """Return ids and states as one line: "Fassung: 12, Version: 3"."""
    return ", ".join(f"{DETAILS.get(name, name)}: {_value(value, name)}" for name, value in detail.items())


def _value(value: Any, detail: str) -> str:
    names = _codes.get(detail, {})
    if isinstance(value, bool):
        return "ja" if value else "nein"
    if isinstance(value, list):
        return " ".join(_value(item, detail) for item in value)
    if isinstance(value, dict):
        return "; ".join(f"{names.get(name, name)} {_value(item, detail)}" for name, item in value.items())
    return "–" if value is None else names.get(str(value), str(value))
