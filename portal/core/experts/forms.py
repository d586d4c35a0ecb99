"""What an expert and an editor may fill in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.utils import timezone
from wagtail.admin.widgets import AdminDateInput

from portal.core.models import ExpertInvitation, ExpertVote
from portal.core.open_form import EMAIL_INVALID, OpenForm
from portal.core.widgets import LongText

WHOLE = ""
LONGEST_DAYS = 90
GONE = "Diese Auswahl gibt es hier nicht. Bitte wählen Sie einen der Einträge."


class CommentForm(OpenForm):
    """A remark about the draft or one of its sections."""

    place = forms.ChoiceField(label="Stelle", required=False, error_messages={"invalid_choice": GONE})
    text = forms.CharField(
        label="Ihre Anmerkung", max_length=4000, widget=LongText(attrs={"rows": 6}),
        error_messages={
            "required": "Bitte schreiben Sie Ihre Anmerkung.",
            "max_length": "Bitte kürzen Sie Ihre Anmerkung auf 4.000 Zeichen oder teilen Sie sie auf.",
        },
    )  # fmt: skip

    def __init__(
        self, data: Mapping[str, Any] | None = None, *, places: Sequence[tuple[str, str]] = (), **kwargs: Any
    ) -> None:
        super().__init__(data, auto_id="anmerkung_%s", **kwargs)
        self.places = dict(places)
        place: Any = self.fields["place"]
        place.choices = [(WHOLE, "Allgemein"), *places]

    def place_name(self) -> str:
        """Return the heading the remark belongs to; empty for the whole draft."""
        return self.places.get(self.cleaned_data.get("place") or "", "")


class VoteForm(OpenForm):
    """Whether the expert agrees."""

    vote = forms.ChoiceField(
        label="Ihr Votum", choices=ExpertVote.Choice.choices, widget=forms.RadioSelect,
        help_text="Sie können es ändern, solange der Link gilt.",
        error_messages={"required": "Bitte wählen Sie Ihr Votum.", "invalid_choice": GONE},
    )  # fmt: skip

    def __init__(self, data: Mapping[str, Any] | None = None, **kwargs: Any) -> None:
        super().__init__(data, auto_id="votum_%s", **kwargs)


def default_end() -> date:
    return timezone.localdate() + timedelta(days=settings.EXPERT_LINK_DAYS)


class InvitationForm(forms.ModelForm[ExpertInvitation]):
    """Whom to ask, about what, until when."""

    until = forms.DateField(
        label="Link gilt bis", widget=AdminDateInput, initial=default_end, help_text="Bis zum Ende dieses Tages.",
        error_messages={"required": "Bitte geben Sie an, bis wann der Link gilt."},
    )  # fmt: skip

    class Meta:
        model = ExpertInvitation
        fields = ["name", "email", "purpose"]
        widgets = {"purpose": LongText(attrs={"rows": 3})}
        help_texts = {"purpose": "Steht in der E-Mail, zum Beispiel eine bestimmte Frage. Optional."}
        error_messages = {
            "name": {"required": "Bitte geben Sie den Namen an."},
            "email": {"required": "Bitte geben Sie die E-Mail-Adresse an.", "invalid": EMAIL_INVALID},
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].required = self.fields["email"].required = True

    def clean_until(self) -> date:
        until: date = self.cleaned_data["until"]
        today = timezone.localdate()
        if until < today:
            raise forms.ValidationError("Dieser Tag ist vorbei. Bitte wählen Sie heute oder einen späteren Tag.")
        if until > today + timedelta(days=LONGEST_DAYS):
            raise forms.ValidationError(f"Ein Link gilt höchstens {LONGEST_DAYS} Tage.")
        return until

    def expires_at(self) -> datetime:
        """Return the end of the chosen day, local time."""
        following = self.cleaned_data["until"] + timedelta(days=1)
        return timezone.make_aware(datetime.combine(following, time.min))
