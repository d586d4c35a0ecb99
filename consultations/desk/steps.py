"""What can be done with a case by a form of its own: one entry each, with its words, right and effect."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from consultations import from_outside
from consultations.desk import case_forms as forms
from consultations.desk import rights
from consultations.models import Case, Channel
from consultations.services import (
    assignment,
    cases,
    correspondence,
    minutes,
    municipality_side,
    notices,
)
from consultations.times import local_day

Perform = Callable[[Case, Any, Any], str]
"""(case, valid form, user): carry it out and return the sentence that says so."""


@dataclass(frozen=True)
class Step:
    """One form. `inside`: not for external advisers; `open_only`: not for a case that has ended."""

    title: str
    button: str
    form: type[forms.CaseForm]
    perform: Perform
    inside: bool = False
    open_only: bool = True
    initial: Callable[[Case], dict[str, Any]] = lambda case: {}
    right: str = rights.WORK


def _answer(case: Case, form: Any, user: Any) -> str:
    data = form.cleaned_data
    correspondence.answer(case=case, text=data["text"], by=user, files=data["uploads"], wait=form.then_waits)
    if notices.address_of(case):
        return "Die Nachricht ist gesendet. Die Kommune bekommt eine E-Mail mit dem Link."
    return (
        "Die Nachricht steht im Vorgang. Eine E-Mail-Adresse fehlt: Bitte geben Sie der Kommune selbst Bescheid."
    )


def _received(case: Case, form: Any, user: Any) -> str:
    data = form.cleaned_data
    correspondence.receive(
        case=case, text=data["text"], by=user, files=data["uploads"], channel=data["channel"],
        author_name=data["author_name"],
    )  # fmt: skip
    return "Die Mitteilung der Kommune steht im Vorgang."


def _note(case: Case, form: Any, user: Any) -> str:
    correspondence.add_note(case=case, text=form.cleaned_data["text"], by=user)
    return "Die interne Notiz ist gespeichert."


def _files(case: Case, form: Any, user: Any) -> str:
    data = form.cleaned_data
    stored = correspondence.add_files(
        case=case, files=data["uploads"], by=user, internal=data.get("internal", False)
    )
    return f"{len(stored)} {'Datei ist' if len(stored) == 1 else 'Dateien sind'} gespeichert."


def _task(case: Case, form: Any, user: Any) -> str:
    data = form.cleaned_data
    last = case.minutes.last()
    minutes.add_task(case=case, by=user, side=data["side"], text=data["text"], due_on=data["due_on"], minutes=last)
    return "Die Aufgabe ist eingetragen."


def _page(case: Case, form: Any, user: Any) -> str:
    page = form.cleaned_data["page"]
    correspondence.link_page(case=case, page=page, by=user)
    return f"„{page.title}“ ist verknüpft."


def _assign(case: Case, form: Any, user: Any) -> str:
    data = form.cleaned_data
    assignment.assign(case=case, adviser=data["adviser"], by=user, reason=data["reason"], further=data["further"])
    left = "".join(
        f" {part.adviser} hat noch den Termin am {local_day(part.blocks_from):%d.%m.%Y}, sieht den Vorgang aber "
        "nicht. Bitte übergeben Sie den Termin."
        for part in from_outside.shut_out(case)
    )
    return f"Der Vorgang ist {data['adviser']} zugeordnet.{left}"


def _assign_initial(case: Case) -> dict[str, Any]:
    suggested = case.lead or assignment.suggest(case).adviser
    return {
        "adviser": suggested.pk if suggested else None,
        "further": [person.pk for person in case.further.all()],
    }


def _decline(case: Case, form: Any, user: Any) -> str:
    cases.decline(case=case, by=user, reason=form.cleaned_data["reason"])
    return "Der Vorgang ist abgelehnt. Offene Termine sind abgesagt."


def _withdraw(case: Case, form: Any, user: Any) -> str:
    cases.withdraw(case=case, by=user, reason=form.cleaned_data["reason"])
    return "Der Rückzug der Kommune ist festgehalten. Offene Termine sind abgesagt."


def _contact(case: Case, form: Any, user: Any) -> str:
    data = form.cleaned_data
    if data["colleague"] is not None:
        municipality_side.hand_to(case=case, to=data["colleague"], by=user, by_centre=True)
        return f"Ansprechperson ist jetzt {data['colleague']}. Sie bekommt eine E-Mail mit dem Link."
    municipality_side.hand_to_address(case=case, name=data["name"], email=data["email"], by=user, by_centre=True)
    return f"Ansprechperson ist jetzt {data['name']}. Sie bekommt eine E-Mail mit dem Link."


STEPS: dict[str, Step] = {
    "nachricht": Step("Nachricht an die Kommune", "Nachricht senden", forms.AnswerForm, _answer),
    "mitteilung": Step(
        "Mitteilung der Kommune festhalten", "Mitteilung speichern", forms.ReceivedForm, _received,
        open_only=False, initial=lambda case: {"channel": Channel.PHONE},
    ),
    "notiz": Step("Interne Notiz", "Notiz speichern", forms.NoteForm, _note, inside=True, open_only=False),
    "dateien": Step("Dateien hochladen", "Hochladen", forms.FilesForm, _files, open_only=False),
    "aufgabe": Step("Neue Aufgabe", "Aufgabe eintragen", forms.TaskForm, _task),
    "seite": Step("Seite verknüpfen", "Verknüpfen", forms.PageForm, _page, open_only=False),
    "zuordnen": Step(
        "Vorgang zuordnen", "Zuordnen", forms.AssignForm, _assign, inside=True, initial=_assign_initial,
        right=rights.ASSIGN,
    ),
    "ansprechperson": Step(
        "Ansprechperson ändern", "Ansprechperson ändern", forms.ContactForm, _contact, inside=True,
        open_only=False,
    ),
    "ablehnen": Step("Vorgang ablehnen", "Ablehnen", forms.ReasonForm, _decline, inside=True),
    "zurueckgezogen": Step(
        "Rückzug der Kommune festhalten", "Rückzug festhalten", forms.OwnReasonForm, _withdraw, inside=True
    ),
}  # fmt: skip


def possible_for(case: Case, user: Any) -> list[str]:
    """Return the steps a person can take now."""
    external = rights.is_external(user)
    return [
        name
        for name, step in STEPS.items()
        if user.has_perm(step.right) and not (step.inside and external) and (case.is_open or not step.open_only)
    ]
