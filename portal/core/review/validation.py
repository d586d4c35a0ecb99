"""What must be complete before something goes live; apps register the rules of their own models."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.utils import timezone
from wagtail.fields import StreamField

from portal.core.models.publication import Significance
from portal.core.review.errors import Problem

Rule = Callable[[Any], Iterable[tuple[str, str]]]
_rules: list[tuple[type[Any], Rule, bool]] = []

NOTE_MISSING = "Beschreiben Sie in ein bis drei Sätzen, was sich für die Leserinnen und Leser ändert."
SIGNIFICANCE_MISSING = "Wählen Sie, ob die Änderung klein oder wesentlich ist."
FIRST_NOTE = "Erstveröffentlichung"
ENDS_IN_THE_PAST = "Dieser Zeitpunkt ist vorbei. Wählen Sie einen späteren, oder leeren Sie das Feld."
ENDS_BEFORE_IT_BEGINS = (
    "Die Fassung endet, bevor sie online geht. Wählen Sie ein späteres Ende oder einen früheren Beginn."
)


def register(model: type[Any], rule: Rule, *, children: bool = False) -> None:
    """Register a rule for a model and its subclasses: yields (field, message).

    `children`: it looks at child objects, which a form has not attached yet while it validates.
    """
    _rules.append((model, rule, children))


def is_first(subject: Any) -> bool:
    """True as long as readers have never seen the object."""
    return subject.first_published_at is None


def change_errors(significance: str, summary: str, *, first: bool) -> dict[str, str]:
    """Return what the note of a change lacks, by field; a first publication needs none."""
    if first:
        return {}
    if not significance:
        return {"change_significance": SIGNIFICANCE_MISSING}
    if significance == Significance.MAJOR and not summary.strip():
        return {"change_summary": NOTE_MISSING}
    return {}


def time_errors(subject: Any) -> list[tuple[str, str]]:
    """Return what is wrong with the end of a version: what is over before anybody reads it goes nowhere."""
    begin, end = getattr(subject, "go_live_at", None), getattr(subject, "expire_at", None)
    if end is None:
        return []
    if end <= timezone.now():
        return [("expire_at", ENDS_IN_THE_PAST)]
    return [("expire_at", ENDS_BEFORE_IT_BEGINS)] if begin is not None and end <= begin else []


def change_of(subject: Any, *, first: bool) -> tuple[Significance, str]:
    """Return significance and note a publication is recorded with."""
    note = getattr(subject, "change_summary", "").strip()
    value = getattr(subject, "change_significance", "")
    if first:
        return Significance(value or Significance.MAJOR), note or FIRST_NOTE
    if value == Significance.MAJOR and note:
        return Significance.MAJOR, note
    return Significance.MINOR, note


def rule_errors(subject: Any, *, children: bool = True) -> list[tuple[str, str]]:
    """Return what the registered rules say of an object."""
    found: list[tuple[str, str]] = []
    for model, rule, needs_children in _rules:
        if isinstance(subject, model) and (children or not needs_children):
            found += [(field, message) for field, message in rule(subject) if message]
    return found


def _field_errors(subject: Any) -> list[tuple[str, str]]:
    try:
        subject.full_clean()
    except ValidationError as error:
        if not hasattr(error, "error_dict"):
            return [("", message) for message in error.messages]
        return [(field, message) for field, texts in error.message_dict.items() for message in texts]
    return []


def _block_errors(subject: Any) -> list[tuple[str, str]]:
    """Validate the blocks of all bodies, which Django's own validation does not reach."""
    found = []
    for field in subject._meta.get_fields():
        if isinstance(field, StreamField):
            try:
                field.stream_block.clean(getattr(subject, field.name))
            except ValidationError as error:
                text = " ".join(str(message) for message in error.messages if message)
                found.append((field.name, text or "Ein Abschnitt ist unvollständig."))
    return found


def _label(subject: Any, name: str) -> str:
    try:
        return str(getattr(subject._meta.get_field(name), "verbose_name", name)) if name != "__all__" else ""
    except FieldDoesNotExist:
        return ""


def problems(subject: Any) -> list[Problem]:
    """Return everything that keeps a version from going live, each with the field it is about."""
    found = _field_errors(subject) + _block_errors(subject) + rule_errors(subject) + time_errors(subject)
    if hasattr(subject, "change_significance"):
        change = change_errors(subject.change_significance, subject.change_summary, first=is_first(subject))
        found += list(change.items())
    unique = dict.fromkeys(found)
    return [Problem(field, _label(subject, field), message) for field, message in unique]
