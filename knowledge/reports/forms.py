"""The form in which somebody of a municipality tells of a project."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.utils import timezone

from knowledge import validation
from knowledge.models import TopicPage
from knowledge.models.report import contact_errors
from knowledge.queries import Reader
from knowledge.reports.queries import open_topics
from portal.accounts.models import Municipality
from portal.core.blocks import markdown_error
from portal.core.open_form import EMAIL_INVALID, EMAIL_LENGTH, EMAIL_LONG
from portal.core.widgets import LongText

DEFAULT_CONSENT = timedelta(days=2 * 365)
LONGEST_TEXT = 10_000


class TopicChoice(forms.ModelChoiceField):  # type: ignore[type-arg]  # no generic class at run time
    """Topics with narrower ones set in below their own."""

    def label_from_instance(self, topic: Any) -> str:
        return f"{'– ' * max(0, topic.depth - 4)}{topic.title}"


def _text(
    label: str, rows: int, required: str, help_text: str = "", max_length: int = LONGEST_TEXT
) -> forms.CharField:
    return forms.CharField(
        label=label, max_length=max_length, help_text=help_text, error_messages={"required": required},
        widget=LongText(attrs={"rows": rows}),
    )  # fmt: skip


class ReportForm(forms.Form):
    """What a Praxisbericht needs; the contact only with consent and an end."""

    municipality = forms.ModelChoiceField(Municipality.objects.none(), label="Kommune", empty_label=None)
    title = forms.CharField(
        label="Überschrift", max_length=160, help_text="Was haben Sie eingeführt oder geändert?",
        error_messages={"required": "Bitte geben Sie dem Bericht eine Überschrift."},
    )  # fmt: skip
    topic = TopicChoice(
        TopicPage.objects.none(), label="Thema", empty_label="Bitte wählen",
        error_messages={"required": "Bitte wählen Sie das Thema, zu dem der Bericht am besten passt."},
    )  # fmt: skip
    product = forms.CharField(
        label="Produkt oder Verfahren", max_length=160,
        help_text="Zum Beispiel der Onlinedienst, der civento-Prozess oder das Fachverfahren.",
        error_messages={"required": "Bitte nennen Sie das Produkt oder Verfahren."},
    )  # fmt: skip
    effort_days = forms.IntegerField(
        label="Aufwand in Personentagen", min_value=1, max_value=5000,
        help_text="Arbeitstage aller Beteiligten Ihrer Kommune zusammen. Eine Schätzung genügt.",
        error_messages={
            "required": "Bitte schätzen Sie den Aufwand in Arbeitstagen.",
            "invalid": "Bitte geben Sie eine ganze Zahl an, zum Beispiel 12.",
            "min_value": "Bitte geben Sie mindestens einen Tag an.",
            "max_value": "Bitte geben Sie höchstens 5.000 Tage an.",
        },
    )  # fmt: skip
    summary = _text(
        "Das Wichtigste in Kürze", 3, "Bitte fassen Sie das Ergebnis in ein bis fünf Sätzen zusammen.",
        "Höchstens fünf Sätze.", 1200,
    )  # fmt: skip
    story = _text("Wie sind Sie vorgegangen?", 8, "Bitte beschreiben Sie, wie Sie vorgegangen sind.")
    lessons = _text(
        "Was haben Sie gelernt?", 6, "Bitte schreiben Sie, was andere Kommunen daraus lernen können.",
        "Was hat gut geklappt, was würden Sie anders machen?",
    )  # fmt: skip
    contact_consent = forms.BooleanField(
        label="Andere Kommunen dürfen mich dazu ansprechen. Ich willige ein, dass angemeldete Kommunen meinen "
        "Namen und meine E-Mail-Adresse an diesem Bericht sehen.",
        required=False,
        help_text="Freiwillig. Sie können die Einwilligung jederzeit unter „Meine Praxisberichte“ widerrufen.",
    )
    contact_name = forms.CharField(
        label="Name", max_length=120, required=False, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    contact_email = forms.EmailField(
        label="E-Mail-Adresse", required=False, max_length=EMAIL_LENGTH,
        error_messages={"invalid": EMAIL_INVALID, "max_length": EMAIL_LONG},
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )  # fmt: skip
    contact_until = forms.DateField(
        label="Einwilligung gilt bis", required=False, help_text="Danach löschen wir Name und Adresse von selbst.",
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        error_messages={"invalid": "Bitte geben Sie ein Datum an, zum Beispiel 31.12.2027."},
    )  # fmt: skip

    def __init__(self, data: Any = None, *, person: Any, municipalities: Any, reader: Reader) -> None:
        super().__init__(data)
        self.fields["municipality"].queryset = municipalities  # type: ignore[attr-defined]
        self.fields["topic"].queryset = open_topics(reader)  # type: ignore[attr-defined]
        self.fields["contact_name"].initial = f"{person.first_name} {person.last_name}".strip()
        self.fields["contact_email"].initial = person.email
        self.fields["contact_until"].initial = timezone.localdate() + DEFAULT_CONSENT

    @property
    def shown_fields(self) -> list[forms.BoundField]:
        return list(self)

    def _markdown(self, name: str) -> str:
        text = str(self.cleaned_data[name])
        if message := markdown_error(text):
            raise forms.ValidationError(message)
        return text

    def clean_story(self) -> str:
        return self._markdown("story")

    def clean_lessons(self) -> str:
        return self._markdown("lessons")

    def clean_summary(self) -> str:
        summary = str(self.cleaned_data["summary"])
        error = validation.short_answer_error(summary)
        if error:
            raise forms.ValidationError(error)
        return summary

    def clean(self) -> dict[str, Any]:
        """Without consent name and address are not even looked at: nothing of them is stored."""
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if data.get("contact_consent"):
            errors = contact_errors(
                name=data.get("contact_name", ""), email=data.get("contact_email", ""), consent=True,
                until=data.get("contact_until"),
            )  # fmt: skip
            for name, message in errors.items():
                if name not in self.errors:
                    self.add_error(name, message)
        else:
            for name in ("contact_name", "contact_email", "contact_until"):
                self.errors.pop(name, None)
        return data
