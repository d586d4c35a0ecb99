"""Forms of the review: its decisions and correction notices."""

from __future__ import annotations

from django import forms

from portal.core.models import CorrectionNotice
from portal.core.widgets import LongText


class CommentForm(forms.Form):
    """An approval; a comment goes to the authors."""

    comment = forms.CharField(
        label="Anmerkung", required=False, max_length=2000, widget=LongText(attrs={"rows": 4}),
        help_text="Geht an alle, die an der Fassung geschrieben haben.",
    )  # fmt: skip


class ReasonForm(forms.Form):
    """A version that goes back needs a reason."""

    comment = forms.CharField(
        label="Was zu ändern ist", max_length=2000, widget=LongText(attrs={"rows": 4}),
        error_messages={"required": "Schreiben Sie, was zu ändern ist, damit die Fassung verbessert werden kann."},
    )  # fmt: skip


class CorrectionForm(forms.ModelForm[CorrectionNotice]):
    """A correction notice."""

    class Meta:
        model = CorrectionNotice
        fields = ["text"]
        widgets = {"text": LongText(attrs={"rows": 4})}
        help_texts = {"text": "Was falsch war und was richtig ist. Erscheint sofort über dem Inhalt der Seite."}
        error_messages = {"text": {"required": "Schreiben Sie, was falsch war und was richtig ist."}}
