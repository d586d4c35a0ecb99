"""What a draft says, read back in the types the rest of the portal works with.

Stored as JSON: `municipality`, `topic` (ids), `subject`, `goal`, `service`, `procedure`, `urgency`, `page` (text),
`deadline` (ISO day), `format` (key), `place`, `asked` ({question id: answer}), `participants` (a line each),
`private`, `way` (one of Way), `session` (id), `wishes` ([[ISO day, part]]), `wished` (the fields of the wishes as
they were typed), `name`, `email`, `phone`, `typed` (these three as they were typed), `concern` (the fields of the
concern as they were typed, until they are right), and what a link has brought
along: `subject_hint`, `wanted_session` (id).

`email` is where the latest link to confirm went: `sending.ask_to_confirm` alone writes it, with the mail. What was
kept for another format stays, for when it is chosen again, and counts for nothing: `place`, `participants` and the
answers to questions are read by the properties below.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from django.db import models
from django.utils import timezone

from consultations import queries
from consultations.models import Format, FormatQuestion, GroupSession, Place, RequestDraft
from consultations.refusals import NotPossible
from consultations.wizard.participants import read_participants
from knowledge.models import TopicPage
from portal.accounts.models import Municipality

LONGEST_ANSWER = 2000
"""Characters of the answer to a question of a format."""


class Way(models.TextChoices):
    """How the municipality will be helped."""

    SLOT = "slot", "Termin"
    SESSION = "session", "Platz in einem Gruppentermin"
    WAITING = "waiting", "Warteliste"
    WISHES = "wishes", "Terminwünsche"
    WRITTEN = "written", "Schriftliche Antwort"


@dataclass
class Answers:
    """The answers of one draft; what it points to is read once, and only when asked for.

    `marked`: read as if this format were the chosen one.
    """

    draft: RequestDraft
    marked: Format | None = None

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
        return self.marked or Format.objects.filter(key=self.text("format"), active=True).first()

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
    def has_past_deadline(self) -> bool:
        return self.deadline is not None and self.deadline < timezone.localdate()

    @property
    def concern(self) -> dict[str, str]:
        """The fields of the concern as they were typed, where something was wrong with them."""
        found: Any = self.draft.answers.get("concern", {})
        return dict(found)

    @property
    def wishes(self) -> list[tuple[date, str]]:
        rows: Any = self.draft.answers.get("wishes", [])
        return [(date.fromisoformat(day), part) for day, part in rows]

    @property
    def has_past_wish(self) -> bool:
        """True where a wish that counts is no day to come any more."""
        today = timezone.localdate()
        return self.way == Way.WISHES and any(day <= today for day, _ in self.wishes)

    @property
    def has_wish_without_advice(self) -> bool:
        """True where nobody advises (any more) on the day of a wish that counts."""
        return self.way == Way.WISHES and bool(queries.days_off(day for day, _ in self.wishes))

    @property
    def wished(self) -> dict[str, str]:
        """The fields of the wishes as they were typed, right or wrong."""
        found: Any = self.draft.answers.get("wished", {})
        return dict(found)

    @property
    def typed(self) -> dict[str, str]:
        """Who asks, as it was typed, right or wrong: to be shown again, and nothing else."""
        found: Any = self.draft.answers.get("typed", {})
        return dict(found)

    @property
    def asked(self) -> dict[str, str]:
        found: Any = self.draft.answers.get("asked", {})
        return dict(found)

    @property
    def private(self) -> bool:
        return bool(self.draft.answers.get("private"))

    @property
    def places(self) -> list[str]:
        """Where the format lets choose to meet: a session has its place, a written answer none."""
        return list(self.form.places) if self.form is not None and self.form.kind == Format.Kind.SINGLE else []

    @property
    def place(self) -> str:
        """The chosen place, or the only one; empty where none is chosen yet, or there is none to choose."""
        places, kept = self.places, self.text("place")
        return kept if kept in places else (places[0] if len(places) == 1 else "")

    @property
    def wants_call(self) -> bool:
        return self.place == Place.PHONE

    @property
    def asks_participants(self) -> bool:
        return self.form is None or self.form.kind != Format.Kind.WRITTEN

    @property
    def _named(self) -> str:
        return self.text("participants") if self.asks_participants else ""

    @property
    def participants(self) -> list[tuple[str, str]]:
        """Name and address of each; none while what was typed is not right yet."""
        try:
            return read_participants(self._named)
        except NotPossible:
            return []

    def _details_are_right(self) -> bool:
        try:
            read_participants(self._named)
        except NotPossible:
            return False
        if self.places and not self.place:
            return False
        said = [(row.required, self.asked.get(str(row.pk), "").strip()) for row in self.questions]
        return all(len(text) <= LONGEST_ANSWER and (text or not required) for required, text in said)

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
        """Everything written freely that is sent, for the look at citizens' data."""
        said = [self.text(name) for name in ("subject", "goal", "service", "procedure")]
        return [*said, self._named, *(row["answer"] for row in self.question_rows)]

    @property
    def is_complete(self) -> bool:
        return self.first_open() is None

    def first_open(self) -> str | None:
        """Return the first step that still needs something; None when all is there but the sending."""
        if self.municipality is None or not self.municipality.active:
            return "thema"
        if not self.text("subject") or self.concern:
            return "anliegen"
        if self.form is None or not self.way or not self._has_what_it_names() or not self._details_are_right():
            return "termin"
        return None

    def next_step(self) -> str:
        """Return where somebody goes on who comes back: the guidance before a format was ever looked at."""
        step = self.first_open() or "pruefen"
        return "hilfen" if step == "termin" and "way" not in self.draft.answers else step

    def _has_what_it_names(self) -> bool:
        if self.way == Way.SLOT or (self.way == Way.SESSION and self.draft.case_id is None):
            return self.draft.appointment_id is not None
        if self.way == Way.WAITING:
            return self.session is not None
        return self.way != Way.WISHES or bool(self.wishes)
