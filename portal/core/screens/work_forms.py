"""Forms of the work item page: change, answer, note."""

from __future__ import annotations

import json
from typing import Any

from django import forms
from django.contrib.auth import get_user_model
from django.db.models import Q, QuerySet
from wagtail.admin.widgets import AdminDateInput

from portal.core import work
from portal.core.models import WorkItem
from portal.core.screens import stale_forms
from portal.core.visibility import STAFF_GROUPS
from portal.core.widgets import LongText

MANUAL = "manual"
ANSWER_LENGTH = 10_000
COMPARED = (*work.EDITABLE, "state")
work.register_kind(MANUAL, "Von Hand angelegt")


def staff(request: Any = None) -> QuerySet[Any]:
    """Return the people of the centre, for owners and filters."""
    people = get_user_model()._default_manager.filter(is_active=True)
    return people.filter(Q(groups__name__in=STAFF_GROUPS) | Q(is_superuser=True)).distinct()


def name_of(person: Any) -> str:
    """Return what colleagues call somebody: the name, else the address."""
    return str(person.get_full_name() or person) if person else ""


def _said(item: WorkItem, name: str) -> str:
    """Return the value of a field as people read it."""
    if name == "owner":
        return name_of(item.owner) or "Niemand"
    if name == "due_on":
        return f"{item.due_on:%d.%m.%Y}" if item.due_on else "kein Datum"
    return str(item.get_state_display() if name == "state" else getattr(item, name)) or "nichts"


class WorkForm(forms.ModelForm[WorkItem]):
    """What a person changes about a work item; only that is written, whatever colleagues have saved meanwhile."""

    shown = forms.CharField(required=False, widget=forms.HiddenInput)

    class Meta:
        model = WorkItem
        fields = ["title", "note", "team", "owner", "due_on", "state"]
        widgets = {"due_on": AdminDateInput, "note": LongText(attrs={"rows": 4})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.pop("for_user", None)
        super().__init__(*args, **kwargs)
        self.mine: set[str] = set()  # what this person has changed
        if self.instance.pk is not None:
            self.initial["shown"] = stale_forms.noted(self.instance, COMPARED)
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
        if state == WorkItem.State.OPEN and item.pk and item.dedupe_key and self._changes_state(state):
            others = WorkItem.objects.filter(kind=item.kind, dedupe_key=item.dedupe_key, state=state)
            other = others.exclude(pk=item.pk).first()
            if other:
                raise forms.ValidationError(
                    f"Zu diesem Anlass ist schon Aufgabe {other.pk} offen. Bitte arbeiten Sie dort weiter."
                )
        return state

    def _changes_state(self, state: str) -> bool:
        """True when this person wants another state, not just sends what the form showed."""
        return state != stale_forms.read(self.data.get("shown", "")).get("state", self.initial.get("state"))

    def clean(self) -> dict[str, Any]:
        """Refuse what somebody else has changed as well since the form was shown, and say what is there now."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if self.instance.pk is None:
            return cleaned
        now = work.locked(self.instance)
        shown = stale_forms.read(self.data.get("shown", ""))
        typed = {name: cleaned[name] for name in COMPARED if name in cleaned}
        found = stale_forms.Comparison.of(shown, typed, now)
        self.mine = found.mine
        for name in sorted(found.taken):
            self.add_error(name, stale_forms.TAKEN.format(now=_said(now, name)))
            shown[name] = stale_forms.plain(getattr(now, name))
        if found.taken:  # who saves once more has seen what was there
            self.data = {**dict(self.data.items()), "shown": json.dumps(shown, ensure_ascii=False)}
        return cleaned

    def write(self, actor: Any) -> WorkItem:
        """Store through the services, so that each change has its place in the history."""
        data = self.cleaned_data
        if self.instance.pk is None:
            fields = {name: data[name] for name in work.EDITABLE}
            item = work.open_item(kind=MANUAL, actor=actor, **fields)
        else:
            changes = {name: data[name] for name in work.EDITABLE if name in self.mine}
            item = work.change_item(item=self.instance, actor=actor, changes=changes)
        if "state" in (self.mine if self.instance.pk else self.changed_data):
            work.set_state(item=item, state=WorkItem.State(data["state"]), actor=actor)
        return item


class AnswerForm(forms.Form):
    """An answer by mail to everybody who left an address."""

    text = forms.CharField(
        label="Antwort",
        max_length=ANSWER_LENGTH,
        widget=LongText(attrs={"rows": 8}),
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
        if not answered_before:
            del self.fields["again"]


class NoteForm(forms.Form):
    """A remark for the history."""

    text = forms.CharField(
        label="Notiz für den Verlauf", max_length=ANSWER_LENGTH, widget=LongText(attrs={"rows": 3}),
        error_messages={"required": "Bitte schreiben Sie die Notiz."},
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("auto_id", "note_%s")
        super().__init__(*args, **kwargs)
