"""The components on one page, for designers and for the accessibility tests; only where DEBUG or DEMO is set."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render


class SampleForm(forms.Form):
    """One field of each kind; sent, it shows its errors."""

    name = forms.CharField(label="Name", max_length=80)
    email = forms.EmailField(label="E-Mail", help_text="Für die Antwort. Wir geben sie nicht weiter.")
    topic = forms.ChoiceField(label="Thema", choices=[("", "Bitte wählen"), ("efa", "EfA-Kommunal")])
    size = forms.ChoiceField(
        label="Größe der Kommune", widget=forms.RadioSelect,
        choices=[("s", "bis 5.000 Einwohner"), ("m", "5.001 bis 20.000 Einwohner")],
    )  # fmt: skip
    roles = forms.MultipleChoiceField(
        label="Für wen", required=False, widget=forms.CheckboxSelectMultiple,
        choices=[("it", "IT"), ("fachamt", "Fachämter")],
    )  # fmt: skip
    text = forms.CharField(label="Ihr Anliegen", widget=forms.Textarea, required=False)
    file = forms.FileField(label="Datei", required=False)
    consent = forms.BooleanField(label="Ich habe die Hinweise zum Datenschutz gelesen.")


def sample_context() -> dict[str, Any]:
    """Return invented content for every component."""
    items = [
        {"title": "EfA-Dienst anschließen", "url": "#liste", "kind": "Leitfaden", "icon": "checklist",
         "summary": "Von der Auswahl bis zum Betrieb: sechs Schritte."},
        {"title": "Übersicht der Rechtsgrundlagen für Städte, Gemeinden und Landkreise", "url": "#liste",
         "kind": "Überblick", "icon": "info", "summary": "Was bindet, was nicht, und seit wann."},
    ]  # fmt: skip
    return {
        "items": items,
        "questions": [
            {"anchor": f"frage-{number}", "question": question, "url": "#frage", "has_more": True,
             "short_answer": "Ja. Die lange Antwort nennt die Rechtsgrundlage und den Stand."}
            for number, question in enumerate(("Muss jede Gemeinde jeden Dienst anbieten?", "Wer zahlt?"), 1)
        ],
        "toc": [{"id": name, "level": 2, "text": name.capitalize()} for name in ("liste", "karten", "formular")],
        "tags": [{"name": name, "url": "#schlagwort"} for name in ("civento", "Register", "Öffentlichkeit")],
        "file": {"title": "Registerinventar", "url": "#datei", "type": "xlsx", "size": 42_312},
        "next_step": {"label": "Beratung anfragen", "url": "#weiter"},
        "breadcrumbs": [{"title": "Startseite", "url": "/"}],
    }  # fmt: skip


def components(request: HttpRequest) -> HttpResponse:
    """Show all components; 404 in operation."""
    if not (settings.DEBUG or getattr(settings, "DEMO", False)):
        raise Http404
    form = SampleForm({}) if "fehler" in request.GET else SampleForm()
    return render(request, "home/components.html", {**sample_context(), "form": form})
