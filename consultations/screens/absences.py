"""Absences in the admin: appointments in the way are named before anything is stored."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.utils import timezone
from wagtail.admin.ui.tables import Column, TitleColumn
from wagtail.admin.views import generic
from wagtail.admin.views.generic.history import HistoryView
from wagtail.admin.views.generic.usage import UsageView
from wagtail.admin.viewsets.model import ModelViewSet
from wagtail.admin.widgets import AdminDateInput

from consultations import from_outside
from consultations.models import Absence, Adviser
from consultations.refusals import SlotTaken
from consultations.screens.advisers import choosable
from consultations.screens.rights import OwnListMixin, OwnRowsMixin
from consultations.services import absences

DEPUTY = "Bekommt während der Abwesenheit die E-Mails der Vorgänge mit und findet sie unter „meine“."
BUSY = "Gerade wird ein Termin dieser Person gebucht. Bitte versuchen Sie es noch einmal."


class AbsenceForm(forms.ModelForm[Absence]):
    """The days and the deputy; the second try has a box to store it in spite of appointments."""

    anyway = forms.BooleanField(
        label="Trotz der Termine eintragen", required=False, widget=forms.HiddenInput,
        help_text="Die Termine bleiben stehen; die Koordination bekommt für jeden eine Aufgabe.",
    )  # fmt: skip

    class Meta:
        model = Absence
        fields = ["adviser", "first_day", "last_day", "deputy"]
        widgets = {"first_day": AdminDateInput, "last_day": AdminDateInput}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.acting_user = kwargs.pop("for_user", None)
        super().__init__(*args, **kwargs)
        own = choosable(self.acting_user)
        adviser, deputy = self.fields["adviser"], self.fields["deputy"]
        assert isinstance(adviser, forms.ModelChoiceField)  # noqa: S101 - fields of foreign keys
        assert isinstance(deputy, forms.ModelChoiceField)  # noqa: S101
        adviser.queryset = Adviser.objects.filter(pk=self.instance.adviser_id) if self.instance.pk else own
        adviser.disabled = bool(self.instance.pk)
        if not self.instance.pk and own.filter(user=self.acting_user).exists():
            adviser.initial = own.get(user=self.acting_user)
        named = Q(pk=self.instance.deputy_id) if self.instance.pk else Q(pk__in=())
        there = Q(pk__in=from_outside.advising().values("pk"))
        deputy.queryset = Adviser.objects.filter(there | named).select_related("user")
        deputy.help_text = DEPUTY

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        last = data.get("last_day")
        if last is not None and last < timezone.localdate() and not self.instance.pk:
            raise ValidationError({"last_day": "Die Abwesenheit liegt in der Vergangenheit."})
        return data

    def store(self) -> bool:
        """Store a valid form, or say why not: only under the adviser's lock it is known what stands in the way."""
        data = self.cleaned_data
        try:
            self.instance = absences.plan(
                adviser=data["adviser"], first_day=data["first_day"], last_day=data["last_day"],
                deputy=data["deputy"], by=self.acting_user, absence=self.instance if self.instance.pk else None,
                anyway=data["anyway"],
            )  # fmt: skip
        except absences.AppointmentsInTheWay as error:
            self.fields["anyway"].widget = forms.CheckboxInput()
            self.add_error(None, str(error))
        except SlotTaken:
            self.add_error(None, BUSY)
        return not self.errors

    def save(self, commit: bool = True) -> Absence:
        """Return what has been stored already."""
        return self.instance


class _FormMixin:
    """Stores before anything is called valid, so that what is refused comes back with all that was typed."""

    def is_valid(self, form: AbsenceForm) -> bool:
        if not super().is_valid(form):  # type: ignore[misc]
            return False
        if form.store():
            return True
        self.produced_error_code = "validation_error"
        self.produced_error_message = self.get_error_message()  # type: ignore[attr-defined]
        return False

    def get_form_kwargs(self) -> dict[str, Any]:
        kwargs: dict[str, Any] = super().get_form_kwargs()  # type: ignore[misc]
        return {**kwargs, "for_user": self.request.user}  # type: ignore[attr-defined]


class _CreateView(_FormMixin, generic.CreateView):
    pass


class _EditView(_FormMixin, OwnRowsMixin, generic.EditView):
    pass


class _DeleteView(OwnRowsMixin, generic.DeleteView):
    def delete_action(self) -> None:
        absences.end(absence=self.object, by=self.request.user)


class _HistoryView(OwnRowsMixin, HistoryView):
    pass


class _UsageView(OwnRowsMixin, UsageView):
    pass


class _IndexView(OwnListMixin, generic.IndexView):
    def get_base_queryset(self) -> QuerySet[Absence]:
        return super().get_base_queryset().select_related("adviser__user", "deputy__user")


class AbsenceViewSet(ModelViewSet):
    model = Absence
    icon = "date"
    url_prefix = "beratung/abwesenheiten"
    name = "absences"
    menu_label = "Abwesenheiten"
    add_to_reference_index = False
    copy_view_enabled = False
    index_view_class = _IndexView
    add_view_class = _CreateView
    edit_view_class = _EditView
    delete_view_class = _DeleteView
    history_view_class = _HistoryView
    usage_view_class = _UsageView
    list_display = [
        TitleColumn("adviser", label="Person", sort_key="adviser__user__last_name", url_name="absences:edit"),
        Column(
            "first_day", label="Erster Tag", accessor=lambda row: f"{row.first_day:%d.%m.%Y}", sort_key="first_day"
        ),
        Column(
            "last_day", label="Letzter Tag", accessor=lambda row: f"{row.last_day:%d.%m.%Y}", sort_key="last_day"
        ),
        Column("deputy", label="Vertretung", accessor=lambda row: row.deputy or "–"),
    ]
    ordering = ["-first_day"]

    def get_form_class(self, for_update: bool = False) -> type[forms.ModelForm[Absence]]:
        return AbsenceForm
