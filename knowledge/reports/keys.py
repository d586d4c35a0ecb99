"""The facts of a Praxisbericht in the front matter of its article."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.core.exceptions import ValidationError
from django.utils import timezone

from knowledge.models import FieldReport
from knowledge.models.report import contact_errors
from knowledge.reports.queries import KIND
from portal.accounts.models import Municipality
from portal.core.content_io import (
    BadContentError,
    ExportContext,
    ImportContext,
    Key,
    World,
    check_length,
    lacking,
    suggestion,
)
from portal.core.content_io.keys import date_of, text_of

_FIELDS = ("municipality", "size_class", "product", "effort_days", "contact")
_CONTACT = ("name", "email", "until")
_OTHER = {field.name for field in FieldReport._meta.fields} - {"contact_name", "contact_email"}


class FieldReportKey(Key):
    """Municipality (by slug), size class, product, effort in days, contact with the last day of its consent.

    What everybody may read, the Markdown form of the page, never has the contact.
    """

    late = True

    def parse(self, raw: Any) -> dict[str, Any]:
        if raw == "":
            return {}
        self._known(raw, _FIELDS, ())
        for name in ("municipality", "product", "effort_days"):
            if not raw.get(name) and name == "product":
                lacking(f"„report“ braucht „{name}“.", at=(name,))
            elif not raw.get(name):
                raise BadContentError(f"„report“ braucht „{name}“.", at=(name,))
        size = text_of(raw.get("size_class", ""))
        if size and size not in Municipality.SizeClass.values:
            sizes = Municipality.SizeClass.values
            raise BadContentError(f"„{size}“ ist keine Größenklasse.{suggestion(size, sizes)}", at=("size_class",))
        days = text_of(raw["effort_days"])
        if not days.isascii() or not days.isdigit() or not 1 <= int(days[:9]) <= 5000:
            raise BadContentError("Der Aufwand ist eine ganze Zahl von 1 bis 5000.", at=("effort_days",))
        product = " ".join(text_of(raw.get("product", "")).split())
        column = FieldReport._meta.get_field("product")
        check_length(product, column, what="Das Produkt", at=("product",))
        found = {"municipality": text_of(raw["municipality"]), "size_class": size, "product": product}
        contact = self._contact(raw.get("contact") or {})
        return {name: value for name, value in {**found, "effort_days": int(days), **contact}.items() if value}

    def _contact(self, raw: Any) -> dict[str, Any]:
        if not raw:
            return {}
        self._known(raw, _CONTACT, ("contact",))
        name, email = text_of(raw.get("name", "")), text_of(raw.get("email", ""))
        try:
            until = date_of(raw.get("until", ""))
        except BadContentError as error:
            raise BadContentError(error.message, at=("contact", "until")) from error
        if until is not None and until < timezone.localdate():
            return {}  # written while the consent held: it ends in files, too, and stops no import
        names = {"contact_name": "name", "contact_email": "email", "contact_until": "until"}
        for field, message in contact_errors(name=name, email=email, consent=True, until=until).items():
            raise BadContentError(message, at=("contact", names[field]))
        try:
            FieldReport(contact_name=name, contact_email=email).clean_fields(exclude=_OTHER)
        except ValidationError as error:
            raise BadContentError(error.messages[0], at=("contact",)) from error
        return {"contact": {"name": name, "email": email, "until": until}}

    def _known(self, raw: Any, names: tuple[str, ...], at: tuple[str, ...]) -> None:
        if not isinstance(raw, dict):
            raise BadContentError(f"Hier stehen {', '.join(f'„{name}“' for name in names)}.", at=at)
        for name in raw:
            if name not in names:
                message = f"„{name}“ ist hier nicht bekannt.{suggestion(str(name), names)}"
                raise BadContentError(message, at=(*at, name))

    def check(self, value: Any, world: World) -> Iterable[BadContentError]:
        slug = value.get("municipality")
        if slug and not Municipality.objects.filter(slug=slug).exists():
            known = list(Municipality.objects.values_list("slug", flat=True))
            yield BadContentError(
                f"Die Kommune „{slug}“ gibt es nicht.{suggestion(slug, known)}", at=("municipality",)
            )

    def read(self, instance: Any, context: ExportContext) -> dict[str, Any]:
        report = next(iter(instance.field_reports.all()), None) if instance.kind == KIND else None
        if report is None:
            return {}
        found: dict[str, Any] = {
            "municipality": report.municipality.slug,
            "size_class": report.size_class,
            "product": " ".join(report.product.split()),
            "effort_days": report.effort_days,
        }
        if context.ids and report.has_contact(timezone.localdate()):
            found["contact"] = {
                "name": report.contact_name, "email": report.contact_email, "until": report.contact_until,
            }  # fmt: skip
        return {name: item for name, item in found.items() if item}

    def assign(self, instance: Any, value: Any, context: ImportContext) -> None:
        if not value:
            instance.field_reports = []
            return
        report = next(iter(instance.field_reports.all()), None) or FieldReport()
        report.municipality = Municipality.objects.get(slug=value["municipality"])
        report.size_class = value.get("size_class") or report.municipality.size_class
        report.product, report.effort_days = value.get("product", ""), value["effort_days"]
        contact = {} if report.contact_withdrawn else value.get("contact") or {}
        report.contact_consent = bool(contact)
        report.contact_name, report.contact_email = contact.get("name", ""), contact.get("email", "")
        report.contact_until = contact.get("until")
        instance.field_reports = [report]
