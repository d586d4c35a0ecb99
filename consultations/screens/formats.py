"""Formats and closures in the admin: the centre's own data, kept by Koordination."""

from __future__ import annotations

from typing import Any

from django import forms
from wagtail.admin.panels import FieldPanel, FieldRowPanel, InlinePanel, MultiFieldPanel
from wagtail.admin.ui.tables import Column
from wagtail.admin.viewsets.model import ModelViewSet

from consultations.models import Closure, Format
from portal.core.widgets import LongText


def _minutes(form: Format) -> str:
    return f"{form.duration} min" if form.duration else "–"


class FormatViewSet(ModelViewSet):
    """Formats are switched off, never deleted: appointments name them."""

    model = Format
    icon = "clipboard-list"
    url_prefix = "beratung/formate"
    name = "formats"
    menu_label = "Formate"
    add_to_reference_index = False
    copy_view_enabled = False
    list_display = [
        "name",
        Column("kind", label="Art", accessor="get_kind_display", sort_key="kind"),
        Column("entry", label="Zugang", accessor="get_entry_display", sort_key="entry"),
        Column("duration", label="Dauer", accessor=_minutes, sort_key="duration"),
        Column("active", label="Wird angeboten", accessor=lambda form: "ja" if form.active else "nein"),
    ]
    list_filter = ["kind", "entry", "active"]
    search_fields = ["name", "key", "text"]
    search_backend_name = None
    ordering = ["order", "name"]
    panels = [
        FieldRowPanel([FieldPanel("name"), FieldPanel("key")]),
        FieldRowPanel([FieldPanel("kind"), FieldPanel("entry")]),
        FieldPanel("text", widget=LongText(attrs={"rows": 4})),
        MultiFieldPanel(
            [
                FieldRowPanel([FieldPanel("duration"), FieldPanel("step")]),
                FieldRowPanel([FieldPanel("buffer_before"), FieldPanel("buffer_after")]),
                FieldRowPanel([FieldPanel("notice_hours"), FieldPanel("horizon_days")]),
                FieldRowPanel([FieldPanel("per_day"), FieldPanel("per_week")]),
            ],
            heading="Zeiten und Grenzen",
        ),
        FieldRowPanel([FieldPanel("capacity"), FieldPanel("accept_hours")], heading="Plätze"),
        FieldPanel("places"),
        InlinePanel(
            "questions", heading="Fragen vor dem Termin", label="Frage",
            panels=[
                FieldPanel("question"), FieldPanel("help_text"), FieldPanel("covers"), FieldPanel("required"),
            ],
        ),
        FieldPanel("files_to_bring", widget=LongText(attrs={"rows": 3})),
        FieldPanel("reminder_days"),
        FieldRowPanel([FieldPanel("active"), FieldPanel("order")]),
    ]  # fmt: skip


def _date(closure: Closure) -> str:
    return f"{closure.day}.{closure.month}.{closure.year or ' jedes Jahr'}"


class ClosureForm(forms.ModelForm[Closure]):
    class Meta:
        model = Closure
        fields = ["name", "day", "month", "year"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.pop("for_user", None)
        super().__init__(*args, **kwargs)


class ClosureViewSet(ModelViewSet):
    """Days without appointments beside the public holidays, which the portal knows by itself."""

    model = Closure
    icon = "calendar-alt"
    url_prefix = "beratung/schliesstage"
    name = "closures"
    menu_label = "Schließtage"
    add_to_reference_index = False
    copy_view_enabled = False
    list_display = ["name", Column("date", label="Tag", accessor=_date)]
    ordering = ["month", "day", "year"]

    def get_form_class(self, for_update: bool = False) -> type[forms.ModelForm[Closure]]:
        return ClosureForm
