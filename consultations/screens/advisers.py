"""Advisers in the admin: who advises whom on what (Koordination), and when (each for themselves)."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import ProtectedError, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from wagtail.admin import messages
from wagtail.admin.forms import WagtailAdminModelForm
from wagtail.admin.panels import FieldPanel, FieldRowPanel, InlinePanel, ObjectList
from wagtail.admin.ui.tables import Column, TitleColumn
from wagtail.admin.views import generic
from wagtail.admin.views.generic.history import HistoryView
from wagtail.admin.views.generic.usage import UsageView
from wagtail.admin.viewsets.model import ModelViewSet

from consultations import from_outside
from consultations.belongings import lock_adviser, stands_in_the_way
from consultations.models import Adviser
from consultations.screens.rights import OwnListMixin, OwnRowsMixin
from consultations.services import appointments, repeated
from portal.accounts.models import User

KEPT = (
    "{person} hat schon beraten und bleibt im Verlauf stehen. Nehmen Sie stattdessen das Häkchen bei „Berät“ weg: "
    "Dann ist niemand mehr bei dieser Person buchbar."
)
NOT_ABLE = (
    "Diese Person gehört nicht zur Kompetenzstelle und ist nicht als externe Beratung gekennzeichnet. Setzen Sie "
    "das Kennzeichen zuerst an ihrer Zugehörigkeit (Kommunen, Zugehörigkeiten)."
)
NO_ROLE = (
    "Diese Person hat keine Rolle, mit der man Vorgänge bearbeitet. Die Administration kann ihr eine geben, zum "
    "Beispiel „Beratung“. Danach setzen Sie hier das Häkchen."
)
CLOSED = "Das Konto dieser Person ist geschlossen. Damit kann niemand beraten."
PERSON_HELP = (
    "Angeboten wird, wer eine Rolle hat, mit der man Vorgänge bearbeitet, oder wer an einer bestätigten "
    "Zugehörigkeit als „Externe Beratung“ gekennzeichnet ist. Wer keine solche Rolle hat, berät immer extern."
)
MARKED = (
    "{person} berät extern und ist als „Extern“ gekennzeichnet: Das Konto hat keine Rolle, mit der man Vorgänge "
    "bearbeitet."
)
PROFILE = "consultations.change_adviser"
HOURS_HELP = (
    "Ortszeit. Mehrere Zeiten an einem Tag sind möglich, zum Beispiel vor und nach der Mittagspause. "
    "Schon vereinbarte Termine bleiben, wenn sich die Zeiten ändern."
)
OVERRIDES_HELP = "Ersetzt an diesem Tag die Wochenzeiten. Ohne „von“ und „bis“ ist an dem Tag nichts buchbar."


class AdviserForm(WagtailAdminModelForm):
    """The person stands once the adviser exists.

    Whoever is able to (`from_outside`) and is none yet can become one. `marked`: they advise from outside, though
    that was not ticked.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.was_active = bool(self.instance.pk and self.instance.active)
        self.was_external = bool(self.instance.pk and self.instance.external)
        self.marked = False
        person = self.fields.get("user")
        if not isinstance(person, forms.ModelChoiceField):
            return
        if self.instance.pk:
            person.disabled = True
            person.queryset = User.objects.filter(pk=self.instance.user_id)
        else:
            person.queryset = from_outside.able().filter(adviser=None).order_by("last_name", "first_name")
            person.help_text = PERSON_HELP

    def clean_active(self) -> bool:
        """Refuse to end the advising of somebody who still has appointments or open cases."""
        active: bool = self.cleaned_data["active"]
        reason = ""
        if self.was_active and not active:
            lock_adviser(self.instance)  # what is booked at this moment is waited for, and then counts
            reason = stands_in_the_way(self.instance)
        if reason:
            raise ValidationError(reason)
        person = self.instance.user
        if active and person is not None and not self.was_active and not from_outside.is_able(person):
            raise ValidationError(_why_not(person))
        return active

    def clean(self) -> dict[str, Any]:
        """Whoever begins to advise without a role for it does so from outside, whatever was ticked.

        It stays so until they have one. Who has just lost theirs is not turned into somebody from outside by a
        change of hours: `without_role` switches them off.
        """
        cleaned: dict[str, Any] = super().clean()
        person = cleaned.get("user") or self.instance.user
        begins = self.instance.pk is None or (cleaned.get("active") and not self.was_active)
        if "external" not in self.fields or person is None or not (begins or self.was_external):
            return cleaned
        if not cleaned.get("external") and not from_outside.is_inside(person):
            cleaned["external"] = self.marked = True
        return cleaned

    def save(self, commit: bool = True) -> Adviser:
        """Store everything; a time that is there already, from a second click, is not stored again."""
        adviser: Adviser = super().save(commit=False)
        for times in (adviser.hours, adviser.overrides):
            _drop_repeated(times)
        if commit:
            adviser.save()
            self.save_m2m()
            if self.was_active and not adviser.active:
                appointments.release_of(adviser=adviser)
        return adviser


def _why_not(person: User) -> str:
    """Return in German why somebody is not able to advise, and what to do first."""
    if not person.is_active:
        return CLOSED
    return NO_ROLE if from_outside.is_staff(person) else NOT_ABLE


def _drop_repeated(times: Any) -> None:
    """Take new rows out that say the same as another one."""
    known: set[tuple[Any, ...]] = set()
    for row in sorted(times.all(), key=lambda row: row.pk is None):
        fields = [field for field in row._meta.fields if not field.primary_key and field.name != "adviser"]
        said = tuple(field.value_from_object(row) for field in fields)
        if row.pk is None and said in known:
            times.remove(row)
        known.add(said)


class _TellsMark:
    """Say so where somebody advises from outside though it was not ticked."""

    request: HttpRequest

    def form_valid(self, form: AdviserForm) -> HttpResponse:
        response: HttpResponse = super().form_valid(form)  # type: ignore[misc]
        if form.marked:
            messages.info(self.request, MARKED.format(person=form.instance))
        return response


class _CreateView(_TellsMark, generic.CreateView):
    """Whoever has just been made an adviser is not offered any more: a second click leads to them."""

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        made = repeated.made(Adviser, by=request.user).filter(user__pk=_number(request.POST.get("user", "")))
        if (adviser := made.first()) is None:
            return super().post(request, *args, **kwargs)
        messages.success(request, f"{adviser} ist angelegt. Hier ändern Sie die Angaben.")
        return redirect(reverse(AdviserViewSet().get_url_name("edit"), args=[adviser.pk]))


def _number(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 10 else 0


class _DeleteView(generic.DeleteView):
    """Who has ever had an appointment or a case stays: their history names them."""

    def form_valid(self, form: Any) -> HttpResponse:
        reason = stands_in_the_way(self.object)
        try:
            if not reason:
                with transaction.atomic():
                    return super().form_valid(form)
        except ProtectedError:
            reason = KEPT.format(person=self.object)
        messages.error(self.request, reason)
        return redirect(self.get_edit_url())

    def get_edit_url(self) -> str:
        return reverse(AdviserViewSet().get_url_name("edit"), args=[self.object.pk])


class _IndexView(OwnListMixin, generic.IndexView):
    def get_base_queryset(self) -> QuerySet[Adviser]:
        return super().get_base_queryset().select_related("user").prefetch_related("topics", "formats")


class _EditView(_TellsMark, OwnRowsMixin, generic.EditView):
    pass


class _HistoryView(OwnRowsMixin, HistoryView):
    pass


class _UsageView(OwnRowsMixin, UsageView):
    pass


def _names(rows: Any, everything: str) -> str:
    return ", ".join(str(row) for row in rows.all()) or everything


def _state(adviser: Adviser) -> str:
    if not adviser.active:
        return "berät nicht"
    return "extern" if adviser.external else "berät"


class AdviserViewSet(ModelViewSet):
    """Advisers are switched off, never deleted: appointments name them."""

    model = Adviser
    icon = "user"
    url_prefix = "beratung/beratende"
    name = "advisers"
    menu_label = "Beratende und Zeiten"
    add_to_reference_index = False
    copy_view_enabled = False
    index_view_class = _IndexView
    add_view_class = _CreateView
    edit_view_class = _EditView
    delete_view_class = _DeleteView
    history_view_class = _HistoryView
    usage_view_class = _UsageView
    list_display = [
        TitleColumn("user", label="Person", sort_key="user__last_name", url_name="advisers:edit"),
        Column("topics", label="Themen", accessor=lambda adviser: _names(adviser.topics, "alle")),
        Column("formats", label="Formate", accessor=lambda adviser: _names(adviser.formats, "alle")),
        Column("weight", label="Anteil", accessor=lambda adviser: f"{adviser.weight} %", sort_key="weight"),
        Column("state", label="Zustand", accessor=_state),
    ]
    list_filter = ["active", "external"]
    search_fields = ["user__last_name", "user__first_name", "user__email"]
    search_backend_name = None
    ordering = ["user__last_name", "user__first_name"]
    edit_handler = ObjectList(
        [
            FieldPanel("user", permission=PROFILE),
            FieldRowPanel(
                [
                    FieldPanel("active", permission=PROFILE),
                    FieldPanel("external", permission=PROFILE),
                    FieldPanel("weight", permission=PROFILE),
                ]
            ),
            InlinePanel(
                "hours", heading="Wochenzeiten", label="Wochenzeit", help_text=HOURS_HELP,
                panels=[
                    FieldRowPanel([FieldPanel("weekday"), FieldPanel("starts"), FieldPanel("ends")]),
                    FieldRowPanel([FieldPanel("valid_from"), FieldPanel("valid_until")]),
                ],
            ),
            InlinePanel(
                "overrides", heading="Abweichende Tage", label="Abweichender Tag", help_text=OVERRIDES_HELP,
                panels=[FieldRowPanel([FieldPanel("day"), FieldPanel("starts"), FieldPanel("ends")])],
            ),
            FieldPanel("formats", permission=PROFILE, widget=forms.CheckboxSelectMultiple),
            FieldPanel("topics", permission=PROFILE, widget=forms.CheckboxSelectMultiple),
            FieldPanel("regions", permission=PROFILE, widget=forms.CheckboxSelectMultiple),
        ],
        base_form_class=AdviserForm,
    )  # fmt: skip


def choosable(user: Any) -> QuerySet[Adviser]:
    """Return the advisers whose times a person sees to."""
    rows = Adviser.objects.filter(active=True).select_related("user")
    return rows if user.has_perm(PROFILE) else rows.filter(user=user)
