"""Forms of the work item page: change, answer, note."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth import get_user_model
from django.db.models import Q, QuerySet
from wagtail.admin.widgets import AdminDateInput

from portal.core import work
from portal.core.models import WorkItem
from portal.core.visibility import STAFF_GROUPS

MANUAL = "manual"
ANSWER_LENGTH = 10_000
work.register_kind(MANUAL, "Von Hand angelegt")


def staff(request: Any = None) -> QuerySet[Any]:
    """Return the people of the centre, for owners and filters."""
    people = get_user_model()._default_manager.filter(is_active=True)
    return people.filter(Q(groups__name__in=STAFF_GROUPS) | Q(is_superuser=True)).distinct()


def name_of(person: Any) -> str:
    """Return what colleagues call somebody: the name, else the address."""
    return str(person.get_full_name() or person) if person else ""


class WorkForm(forms.ModelForm[WorkItem]):
    """What a person changes about a work item; only what was really changed is written."""

    class Meta:
        model = WorkItem
        fields = ["title", "note", "team", "owner", "due_on", "state"]
        widgets = {"due_on": AdminDateInput, "note": forms.Textarea(attrs={"rows": 4})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.pop("for_user", None)
        super().__init__(*args, **kwargs)
        self.people = list(staff())  # read once, for the choices and the names in the history
        owner = self.fields["owner"]
        if isinstance(owner, forms.ModelChoiceField):
            owner.queryset = staff()
            owner.choices = [("", "Niemand"), *((person.pk, name_of(person)) for person in self.people)]
            owner.error_messages["invalid_choice"] = (
                "Diese Person gehört nicht (mehr) zur Kompetenzstelle. Bitte wählen Sie eine andere."
            )
        team = self.fields["team"]
        team.required = False  # the kind of work has one
        team.initial = work.team_of_kind(MANUAL)

    def clean_team(self) -> str:
        return self.cleaned_data.get("team") or self.initial.get("team") or work.team_of_kind(MANUAL)

    def clean_state(self) -> str:
        state: str = self.cleaned_data["state"]
        item = self.instance
        if state == WorkItem.State.OPEN and item.pk and item.dedupe_key and "state" in self.changed_data:
            others = WorkItem.objects.filter(kind=item.kind, dedupe_key=item.dedupe_key, state=state)
            other = others.exclude(pk=item.pk).first()
            if other:
                raise forms.ValidationError(
                    f"Zu diesem Anlass ist schon Aufgabe {other.pk} offen. Bitte arbeiten Sie dort weiter."
                )
        return state

    def write(self, actor: Any) -> WorkItem:
        """Store through the services, so that each change has its place in the history."""
        data = self.cleaned_data
        if self.instance.pk is None:
            fields = {name: data[name] for name in work.EDITABLE}
            item = work.open_item(kind=MANUAL, actor=actor, **fields)
        else:
            changes = {name: data[name] for name in self.changed_data if name in work.EDITABLE}
            item = work.change_item(item=self.instance, actor=actor, changes=changes)
        if "state" in self.changed_data:
            work.set_state(item=item, state=WorkItem.State(data["state"]), actor=actor)
        return item


class AnswerForm(forms.Form):
    """An answer by mail to everybody who left an address."""

    text = forms.CharField(
        label="Antwort",
        max_length=ANSWER_LENGTH,
        widget=forms.Textarea(attrs={"rows": 8}),
        help_text="Geht an jede Person einzeln. Die eigene Meldung wird darunter zitiert.",
        error_messages={
            "required": "Bitte schreiben Sie die Antwort.",
            "max_length": "Die Antwort hat %(show_value)d Zeichen, möglich sind %(limit_value)d. Bitte kürzen.",
        },
    )
    close = forms.BooleanField(label="Aufgabe danach beenden", required=False, initial=True)
    again = forms.BooleanField(label="Auch an Personen, die schon eine Antwort haben", required=False)

    def __init__(self, *args: Any, answered_before: bool = False, **kwargs: Any) -> None:
        kwargs.setdefault("auto_id", "answer_%s")
        super().__init__(*args, **kwargs)
        self.fields["text"].widget.attrs.pop("maxlength", None)  # a browser would cut pasted text silently
        if not answered_before:
            del self.fields["again"]


class NoteForm(forms.Form):
    """A remark for the history."""

    text = forms.CharField(
        label="Notiz für den Verlauf", max_length=ANSWER_LENGTH, widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "Bitte schreiben Sie die Notiz."},
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("auto_id", "note_%s")
        super().__init__(*args, **kwargs)
