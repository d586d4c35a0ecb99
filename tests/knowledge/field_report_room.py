"""What a Praxisbericht needs: a municipality, somebody of it, the form, a published report, a contact."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.test import Client
from django.utils import timezone

from knowledge.models import ArticlePage, FieldReport
from portal.accounts.models import Membership, Municipality
from tests import factories

REPORT = ArticlePage.Kind.PRAXISBERICHT
FORM = "/praxisberichte/einreichen/"


def town(name: str = "Musterstadt", size: str = Municipality.SizeClass.UP_TO_20000) -> Municipality:
    slug = name.lower()
    return Municipality.objects.create(
        name=name, slug=slug, kind=Municipality.Kind.KREISFREIE_STADT, size_class=size, ags=None
    )


def member() -> Any:
    person = factories.member()
    Membership.objects.create(
        user=person, municipality=town(), state=Membership.State.CONFIRMED, confirmed_at=timezone.now()
    )
    return person


def data(**changes: Any) -> dict[str, Any]:
    today = timezone.localdate()
    return {
        "municipality": Municipality.objects.get(slug="musterstadt").pk, "title": "Wohnsitz online anmelden",
        "topic": factories.topic("Meldewesen").pk, "product": "Elektronische Wohnsitzanmeldung",
        "effort_days": "12", "summary": "Der Dienst läuft. Die Schulung war der größte Aufwand.",
        "story": "Wir haben zuerst geprüft, wer zuständig ist.", "lessons": "- Früh schulen\n- Spät umstellen",
        "contact_name": "", "contact_email": "", "contact_until": (today + timedelta(days=90)).isoformat(),
        **changes,
    }  # fmt: skip


def with_contact(**changes: Any) -> dict[str, Any]:
    return data(contact_consent="on", contact_name="Erika Muster", contact_email="muster@example.org", **changes)


def client_of(person: Any) -> Client:
    client = Client()
    client.force_login(person)
    return client


def report(**fields: Any) -> ArticlePage:
    """A published report."""
    page: Any = factories.article(kind=REPORT, **{name: fields.pop(name) for name in ("title",) if name in fields})
    body = fields.pop("municipality", None) or Municipality.objects.filter(slug="musterstadt").first() or town()
    values = {"product": "Fachverfahren", "effort_days": 12, **fields}
    page.field_reports = [FieldReport(municipality=body, **values)]
    page.save_revision(clean=False).publish()
    return page


CONTACT: dict[str, Any] = {
    "contact_name": "Erika Muster", "contact_email": "muster@example.org", "contact_consent": True,
    "contact_until": None,
}  # fmt: skip


def contact(days: int = 30) -> dict[str, Any]:
    return {**CONTACT, "contact_until": timezone.localdate() + timedelta(days=days)}
