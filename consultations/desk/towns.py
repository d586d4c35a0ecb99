"""A municipality as the centre knows it: contacts, cases, appointments, tasks, notes, last contact."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe
from wagtail.admin import messages
from wagtail.admin.widgets import AdminDateInput

from consultations.contacts import last_contact, without_contact
from consultations.desk import rights
from consultations.desk.case_forms import long_text
from consultations.models import Appointment, Case, CaseContact, CaseTask, Channel, Concern, ContactNote
from consultations.models.correspondence import NOTE_LENGTH
from consultations.services import repeated
from consultations.states import CAME_TO_NOTHING, AppointmentState
from portal.accounts.models import Membership, Municipality
from portal.core import audit
from portal.core.text import printable

MOST, MOST_OF_ALL, LONGEST = 50, 2000, 60
CUT = {"people": "Ansprechpersonen", "cases": "Vorgänge", "appointments": "Termine", "tasks": "Aufgaben",
       "notes": "Kontaktnotizen"}  # fmt: skip
guard = rights.guarded(rights.VIEW)


class ContactNoteForm(forms.ModelForm[ContactNote]):
    text = long_text("Worum es ging", NOTE_LENGTH, rows=4, help_text="Sieht nur die Kompetenzstelle.")

    class Meta:
        model = ContactNote
        fields = ["day", "channel", "text"]
        widgets = {"day": AdminDateInput}

    def clean_day(self) -> date:
        day: date = self.cleaned_data["day"]
        if day > timezone.localdate():
            raise ValidationError("Dieser Tag kommt erst noch. Bitte geben Sie den Tag des Gesprächs an.")
        return day

    def clean_text(self) -> str:
        return printable(self.cleaned_data["text"])


def _head(title: str, town: Municipality | None = None) -> dict[str, Any]:
    crumbs = [{"url": reverse("consultations_desk"), "label": "Beratung"}]
    if town is not None:
        crumbs.append({"url": reverse("consultations_towns"), "label": "Kommunen"})
    return {
        "header_title": title, "page_title": title, "header_icon": "home",
        "breadcrumbs_items": [*crumbs, {"url": "", "label": title}],
    }  # fmt: skip


def _without_account(town: Municipality, most: int) -> list[str]:
    """Return who has asked for a municipality by phone, by mail or as a guest, the latest first; two queries."""
    found: list[tuple[str, str, str]] = []
    for rows, names in (
        (CaseContact.objects.all(), ("name", "email", "phone")),
        (Concern.objects.all(), ("contact_name", "contact_email", "phone")),
    ):
        asked = rows.filter(case__municipality=town, case__requester=None).order_by("-case__created_at", "-pk")
        found += asked.values_list(*names)[:most]
    return list(dict.fromkeys(", ".join(filter(None, row)) for row in found if any(row)))


def _people(town: Municipality) -> QuerySet[Membership]:
    """Return the members with an account; `said_phone`: the number they gave last with a request of this town."""
    rows = Membership.objects.filter(municipality=town, state=Membership.State.CONFIRMED, user__is_active=True)
    asked = Concern.objects.filter(case__municipality=town, case__requester=OuterRef("user"), contact_email="")
    said = asked.exclude(phone="").order_by("-pk").values("phone")[:1]
    return rows.select_related("user").annotate(said_phone=Subquery(said))


def _about(town: Municipality, most: int) -> dict[str, Any]:
    now = timezone.now()
    cases = Case.objects.filter(municipality=town).select_related("lead__user").order_by("-created_at", "-pk")
    coming = Appointment.objects.filter(
        case__municipality=town, state=AppointmentState.CONFIRMED, starts_at__gt=now
    )
    tasks = CaseTask.objects.filter(case__municipality=town, done_at=None, dropped_at=None)
    tasks = tasks.exclude(case__state__in=CAME_TO_NOTHING)
    lists = {
        "people": _people(town),
        "cases": cases,
        "appointments": coming.select_related("format", "case").order_by("starts_at"),
        "tasks": tasks.select_related("case"),
        "notes": ContactNote.objects.filter(municipality=town).select_related("author"),
    }
    shown = {name: list(rows[: most + 1]) for name, rows in lists.items()}
    return {
        "town": town, **{name: rows[:most] for name, rows in shown.items()},
        "contacts": _without_account(town, most), "most": most, "last": last_contact(town),
        "cut": [CUT[name] for name, rows in shown.items() if len(rows) > most],
    }  # fmt: skip


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@guard
def show(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a municipality, and take a note of a contact."""
    town = get_object_or_404(Municipality.objects.select_related("district"), pk=pk)
    may_note = request.user.has_perm(rights.WORK)
    bound = request.method == "POST" and may_note
    form = ContactNoteForm(request.POST if bound else None, initial={"day": timezone.localdate()})
    if bound and form.is_valid():
        _keep(form, town, request.user)
        messages.success(request, "Die Kontaktnotiz ist gespeichert.")
        return redirect("consultations_town", pk)
    most = MOST_OF_ALL if "alle" in request.GET else MOST
    context = {
        **_head(town.name, town), **_about(town, most), "form": form if may_note else None,
        "may_add": request.user.has_perm(rights.ADD), "may_invite": may_note and town.active,
    }  # fmt: skip
    return render(request, "consultations/desk/town.html", context, status=422 if bound else 200)


@transaction.atomic
def _keep(form: ContactNoteForm, town: Municipality, user: Any) -> None:
    note, said = form.save(commit=False), form.cleaned_data
    if repeated.contact_note(
        municipality=town, day=said["day"], channel=said["channel"], text=said["text"], by=user
    ):
        return
    note.municipality, note.author, note.channel = town, user, Channel(note.channel)
    note.save()
    audit.record("municipality.contact", actor=user, subject=note, municipality=town.pk)


@never_cache
@require_safe
@guard
def overview(request: HttpRequest) -> HttpResponse:
    """Find a municipality by its name, or those without contact for some months."""
    asked, months = request.GET.get("q", "").strip(), request.GET.get("monate", "")
    silent = int(months) if months.isdecimal() and 0 < int(months) <= LONGEST else None
    if silent is not None:
        rows = without_contact(silent)
    else:
        rows = Municipality.objects.filter(active=True, name__icontains=asked).select_related("district")
    rows = rows.filter(name__icontains=asked) if silent is not None and asked else rows
    context = {
        **_head("Kommunen"), "asked": asked, "months": silent, "rows": rows[:MOST], "number": rows.count(),
        "most": MOST, "may_invite": request.user.has_perm(rights.WORK),
    }  # fmt: skip
    return render(request, "consultations/desk/towns.html", context)
