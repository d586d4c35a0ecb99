"""What reports give to registries: their kind of work, rules of the review, the job that ends contacts."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from knowledge.models import ArticlePage
from knowledge.reports.queries import KIND
from knowledge.reports.services import (
    FORGOTTEN,
    REPORT_KIND,
    SUBMITTED,
    end_contacts,
    forget_expired,
    named_contacts,
)
from portal.accounts import belongings
from portal.accounts.belongings import Belonging
from portal.accounts.models import Municipality
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
    register_query("groesse", "|".join(Municipality.SizeClass.values))
