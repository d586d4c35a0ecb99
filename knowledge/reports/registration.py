"""What reports give to registries: their kind of work, rules of the review, the job that ends contacts."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from knowledge.models import ArticlePage, FieldReport
from knowledge.reports.queries import KIND
from knowledge.reports.services import (
    FORGOTTEN,
    REPORT_KIND,
    SUBMITTED,
    end_contacts,
    forget_expired,
    named_contacts,
    remove_contact,
)
from portal.accounts import belongings, own_data
from portal.accounts.belongings import Belonging
from portal.accounts.models import Municipality
from portal.accounts.own_data import Part
from portal.core import audit, schedule, work
from portal.core.pagecache import register_query
from portal.core.review import validation as review

MISSING = "Tragen Sie die Angaben zum Praxisbericht ein: Kommune, Produkt und Aufwand."
TOO_MUCH = "Angaben zum Praxisbericht gehören nur zu Seiten der Art „Praxisbericht“."


def report_errors(article: Any) -> Iterable[tuple[str, str]]:
    """Yield what keeps a report from going live."""
    has_report = bool(article.field_reports.all())
    if article.kind == KIND and not has_report:
        yield "field_reports", MISSING
    if article.kind != KIND and has_report:
        yield "field_reports", TOO_MUCH


def _own_reports(person: Any) -> list[dict[str, Any]]:
    """Return for the export of a person's data what they have handed in."""
    rows = FieldReport.objects.filter(submitted_by=person).select_related("page", "municipality").order_by("pk")
    return [
        {
            "title": row.page.title,
            "municipality": row.municipality.name,
            "submitted_at": row.submitted_at,
            "contact": {"name": row.contact_name, "email": row.contact_email, "until": row.contact_until},
        }
        for row in rows
    ]


def _erase_contacts(person: Any) -> None:
    """Delete the contacts of reports the person has handed in, and the person as contact of others."""
    end_contacts(person, None)
    for report in FieldReport.objects.filter(contact_email__iexact=person.email).select_related("page"):
        remove_contact(page=report.page, actor=person)


def register() -> None:
    """Called when the app is ready."""
    work.register_kind(REPORT_KIND, "Eingereichter Praxisbericht", team="Redaktion")
    audit.register_action(SUBMITTED, "Praxisbericht eingereicht")
    audit.register_action(FORGOTTEN, "Kontakt eines Praxisberichts gelöscht")
    schedule.register(
        "forget_report_contacts", timedelta(days=1), forget_expired, title="Abgelaufene Kontakte löschen",
        offset=timedelta(hours=1, minutes=40),
    )  # fmt: skip
    belongings.register(
        Belonging(
            "report_contacts", "Kontakt an Praxisberichten", named_contacts, end_contacts, order=45, personal=True
        )
    )
    review.register(ArticlePage, report_errors, children=True)
    own_data.register(Part("field_reports", _own_reports, _erase_contacts, order=70))
    register_query("groesse", "|".join(Municipality.SizeClass.values))
