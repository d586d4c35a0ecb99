"""Contact and report of a barrier as Markdown: how to reach the centre, without the form itself."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from consultations.forms import CONCERNS, BarrierForm, ContactForm
from consultations.views import BARRIER_LEAD, CONTACT_LEAD
from portal.core.context import Surroundings, surroundings
from portal.core.markdown_answers import markdown_answer, markdown_link
from portal.core.open_form import OpenForm
from portal.core.text import escape_markdown


def _mail(address: str) -> str:
    return f"<mailto:{address}>"


def _particulars(frame: Surroundings) -> Iterator[str]:
    operator = frame.operator
    yield f"- Stelle: {escape_markdown(operator.name)}"
    if operator.region:
        yield f"- Zuständig für: {escape_markdown(operator.region)}"
    if operator.email:
        yield f"- Funktionspostfach: {_mail(operator.email)}"
    if operator.phone:
        yield f"- Telefon: {escape_markdown(operator.phone)}"


def _asked(form: OpenForm) -> Iterator[str]:
    """Name the fields of a form."""
    for field in form.shown_fields:
        needed = "" if field.field.required else " (freiwillig)"
        hint = f" – {escape_markdown(str(field.help_text))}" if field.help_text else ""
        yield f"- {escape_markdown(str(field.label))}{needed}{hint}"


def _service(frame: Surroundings, words: str) -> str:
    """Return a link to the service page whose title holds some words; nothing where there is none."""
    found = next((link for link in frame.service_links if words in link["title"]), None)
    return markdown_link(found["title"], found["url"]) if found else ""


def _privacy(frame: Surroundings) -> list[str]:
    link = _service(frame, "Datenschutz")
    return ["", f"Wir verwenden die Angaben nur, um das Anliegen zu bearbeiten. Mehr dazu: {link}"] if link else []


@require_safe
def contact(request: HttpRequest) -> HttpResponse:
    """How to reach the centre, what one can ask for, and the way to the form."""
    frame, form = surroundings(request), reverse("contact")
    addresses = {title: f"{form}?{urlencode({'anliegen': word})}" for word, title in CONCERNS.items()}
    subjects = [f"- {markdown_link(title, address)}" for title, address in addresses.items()]
    lines = [
        CONTACT_LEAD, "", *_particulars(frame), "",
        "## Worum es gehen kann", "", *subjects, "- jede andere Frage zu den Themen des Portals", "",
        "## Formular", "", f"{markdown_link('Nachricht schreiben', form)}. Das Formular fragt nach:", "",
        *_asked(ContactForm()), *_privacy(frame), "",
        "## Etwas ist nicht barrierefrei?", "", markdown_link("Barriere melden", reverse("report_barrier")),
    ]  # fmt: skip
    return markdown_answer("Kontakt", form, lines)


@require_safe
def report_barrier(request: HttpRequest) -> HttpResponse:
    """What to report, where to, and what helps where no answer comes."""
    frame, form = surroundings(request), reverse("report_barrier")
    mailbox = frame.operator.accessibility_email or frame.operator.email
    lines = [
        BARRIER_LEAD, "",
        *([f"Per E-Mail: {_mail(mailbox)}", ""] if mailbox else []),
        "## Formular", "", f"{markdown_link('Barriere melden', form)}, ohne Konto. Das Formular fragt nach:", "",
        *_asked(BarrierForm()), *_privacy(frame),
    ]  # fmt: skip
    if statement := _service(frame, "Erklärung zur Barrierefreiheit"):
        lines += ["", "## Keine Antwort bekommen?", ""]
        lines += [f"Nach sechs Wochen hilft die Durchsetzungsstelle. Sie steht hier: {statement}"]
    return markdown_answer("Barriere melden", form, lines)
