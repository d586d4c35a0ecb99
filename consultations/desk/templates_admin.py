"""Templates of minutes, kept by coordinators; placeholders are checked when they are saved."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.http import Http404, HttpRequest
from wagtail.admin.ui.tables import Column
from wagtail.admin.views import generic
from wagtail.admin.viewsets.model import ModelViewSet

from consultations.models import MinutesTemplate
from consultations.services import minutes
from portal.core.widgets import LongText


class MinutesTemplateForm(forms.ModelForm[MinutesTemplate]):
    class Meta:
        model = MinutesTemplate
        fields = ["name", "format", "text"]
        widgets = {"text": LongText(attrs={"rows": 16})}
        help_texts = {"text": "Platzhalter: " + ", ".join(f"{{{name}}}" for name in minutes.PLACEHOLDERS)}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.pop("for_user", None)
        super().__init__(*args, **kwargs)

    def clean_text(self) -> str:
        text: str = self.cleaned_data["text"]
        minutes.check_template(text)
        return text


class _WhileOpen:
    """There is no such screen while advice is closed."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        if not settings.CONSULTATIONS_OPEN:
            raise Http404
        return super().dispatch(request, *args, **kwargs)  # type: ignore[misc]


class _Index(_WhileOpen, generic.IndexView):
    pass


class _Create(_WhileOpen, generic.CreateView):
    pass


class _Edit(_WhileOpen, generic.EditView):
    pass


class _Delete(_WhileOpen, generic.DeleteView):
    pass


class MinutesTemplateViewSet(ModelViewSet):
    model = MinutesTemplate
    icon = "doc-empty"
    name = "minutes_templates"
    url_prefix = "beratung/protokollvorlagen"
    menu_label = "Protokollvorlagen"
    add_to_reference_index = False
    copy_view_enabled = False
    index_view_class = _Index
    add_view_class = _Create
    edit_view_class = _Edit
    delete_view_class = _Delete
    list_display = ["name", Column("format", label="Format", accessor=lambda row: row.format or "alle")]
    search_fields = ["name", "text"]
    search_backend_name = None
    ordering = ["name"]

    def get_form_class(self, for_update: bool = False) -> type[forms.ModelForm[MinutesTemplate]]:
        return MinutesTemplateForm
