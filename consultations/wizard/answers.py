"""What a draft says, read back in the types the rest of the portal works with.

Stored as JSON: `municipality`, `topic` (ids), `subject`, `goal`, `service`, `procedure`, `urgency`, `page` (text),
`deadline` (ISO day), `format` (key), `place`, `asked` ({question id: answer}), `participants` (a line each),
`private`, `way` (one of Way), `session` (id), `wishes` ([[ISO day, part]]), `name`, `email`, `phone`, and what a
link has brought along: `subject_hint`, `wanted_session` (id).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import models

from consultations.models import Format, FormatQuestion, GroupSession, RequestDraft
from consultations.refusals import NotPossible
from knowledge.models import TopicPage
from portal.accounts.models import Municipality

MOST_PARTICIPANTS = 20
TOO_MANY = (
    f"Bis zu {MOST_PARTICIPANTS} Personen können Sie hier nennen. Nennen Sie bei größeren Runden nur, wer uns als "
    "Ansprechperson dient."
)


class Way(models.TextChoices):
    """How the municipality will be helped."""

    SLOT = "slot", "Termin"
    SESSION = "session", "Platz in einem Gruppentermin"
    WAITING = "waiting", "Warteliste"
    WISHES = "wishes", "Terminwünsche"
    WRITTEN = "written", "Schriftliche Antwort"


@dataclass
class Answers:
    """The answers of one draft; what it points to is read once, and only when asked for."""

    draft: RequestDraft

    def text(self, name: str) -> str:
        value = self.draft.answers.get(name, "")
        return value if isinstance(value, str) else ""

    def _id(self, name: str) -> int:
        """Return an id; 0, which nothing has, where there is none."""
        value = self.draft.answers.get(name)
        return value if isinstance(value, int) else 0

    @cached_property
    def municipality(self) -> Municipality | None:
        return Municipality.objects.select_related("district").filter(pk=self._id("municipality")).first()

    @cached_property
    def topic(self) -> TopicPage | None:
        return TopicPage.objects.live().filter(pk=self._id("topic")).first()

    @cached_property
    def form(self) -> Format | None:
        return Format.objects.filter(key=self.text("format"), active=True).first()

    @cached_property
    def session(self) -> GroupSession | None:
        return GroupSession.objects.select_related("format").filter(pk=self._id("session")).first()

    @property
    def way(self) -> str:
        return self.text("way")

    @property
    def deadline(self) -> date | None:
        value = self.text("deadline")
        return date.fromisoformat(value) if value else None

    @property
    def wishes(self) -> list[tuple[date, str]]:
        rows: Any = self.draft.answers.get("wishes", [])
        return [(date.fromisoformat(day), part) for day, part in rows]

    @property
    def asked(self) -> dict[str, str]:
        found: Any = self.draft.answers.get("asked", {})
        return dict(found)

    @property
    def private(self) -> bool:
        return bool(self.draft.answers.get("private"))

    @property
    def participants(self) -> list[tuple[str, str]]:
        """Name and address of each; none while what was typed is not right yet."""
        try:
            return read_participants(self.text("participants"))
        except NotPossible:
            return []

    def _details_are_right(self) -> bool:
        try:
            read_participants(self.text("participants"))
        except NotPossible:
            return False
        return all(self.asked.get(str(row.pk), "").strip() for row in self.questions if row.required)

    def covered(self, question: FormatQuestion) -> str:
        """Return the answer the concern holds already; empty where it has to be asked."""
        deadline = self.deadline
        if question.covers == FormatQuestion.Covers.DEADLINE:
            return f"{deadline:%d.%m.%Y}" if deadline else ""
        return self.text(question.covers) if question.covers else ""

    @cached_property
    def questions(self) -> list[FormatQuestion]:
        """The questions of the format that are not answered by the concern."""
        if self.form is None:
            return []
        return [row for row in self.form.questions.all() if not self.covered(row)]

    @property
    def question_rows(self) -> list[dict[str, str]]:
        """The questions with what was answered to them here, as they are kept with the case."""
        rows = [{"question": row.question, "answer": self.asked.get(str(row.pk), "")} for row in self.questions]
        return [row for row in rows if row["answer"]]

    @property
    def texts(self) -> list[str]:
        """Everything written freely, for the look at citizens' data."""
        names = ("subject", "goal", "service", "procedure", "participants")
        return [*(self.text(name) for name in names), *self.asked.values()]

    @property
    def is_complete(self) -> bool:
        return self.first_open() is None

    def first_open(self) -> str | None:
        """Return the first step that still needs something; None when all is there but the sending."""
        if self.municipality is None or not self.municipality.active:
            return "thema"
        if not self.text("subject"):
            return "anliegen"
        if self.form is None or not self.way or not self._has_what_it_names() or not self._details_are_right():
            return "termin"
        return None

    def _has_what_it_names(self) -> bool:
        if self.way == Way.SLOT or (self.way == Way.SESSION and self.draft.case_id is None):
            return self.draft.appointment_id is not None
        if self.way == Way.WAITING:
            return self.session is not None
        return self.way != Way.WISHES or bool(self.wishes)


def _check_address(name: str, email: str) -> None:
    try:
        if email:
            validate_email(email)
    except ValidationError as error:
        raise NotPossible(f"Bitte prüfen Sie die E-Mail-Adresse von {name}.") from error


def read_participants(text: str) -> list[tuple[str, str]]:
    """Return name and address of people given a line each: "Name, name@stadt.example"; the address may be missing.

    Raises:
        NotPossible: More than MOST_PARTICIPANTS, a name too long, or an address that is none.
    """
    found: dict[str, tuple[str, str]] = {}
    for line in text.splitlines():
        words = " ".join(line.replace(";", ",").split())
        if not words:
            continue
        name, _, rest = words.partition(",")
        email = next((part.strip("<>") for part in words.replace(",", " ").split() if "@" in part), "").lower()
        name = name.strip() if "@" not in name else (rest.strip() or email)
        if len(name) > 120 or len(email) > 254:
            raise NotPossible("Bitte schreiben Sie je Zeile einen Namen und eine E-Mail-Adresse.")
        _check_address(name, email)
        found.setdefault(email or name.casefold(), (name or email, email))
    if len(found) > MOST_PARTICIPANTS:
        raise NotPossible(TOO_MANY)
    return list(found.values())
