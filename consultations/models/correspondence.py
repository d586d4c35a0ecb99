"""What is said and kept about a case: messages, files, notes of the centre, minutes, tasks.

Written by `consultations.services` alone. Times are UTC. What is `internal`, and every note, stays in the centre.
"""

from __future__ import annotations

import hashlib
import uuid
from pathlib import PurePosixPath
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from portal.core.fields import at_most
from portal.core.models.texts import PrintableTexts

MESSAGE_LENGTH = 20_000
NOTE_LENGTH = 10_000
MINUTES_LENGTH = 30_000
FOLDER = "vorgaenge"
"""Below MEDIA_ROOT; the web process serves nothing of it by address."""


def case_file_path(instance: CaseFile, filename: str) -> str:
    """Return where a file lies: a name nobody guesses, with the ending of the one it came with."""
    return f"{FOLDER}/{instance.case_id}/{uuid.uuid4().hex}{PurePosixPath(filename).suffix.lower()[:10]}"


class Channel(models.TextChoices):
    """The way a concern, a message or a contact came."""

    PORTAL = "portal", "Portal"
    MAIL = "mail", "E-Mail"
    PHONE = "phone", "Telefon"
    EVENT = "event", "Veranstaltung"
    VISIT = "visit", "Besuch"


class CaseContact(PrintableTexts):
    """Whom of the municipality the centre reaches about a concern it has taken down; nobody needs an account."""

    case = models.OneToOneField("consultations.Case", on_delete=models.CASCADE, related_name="contact")
    channel = models.CharField("Eingang", max_length=10, choices=Channel.choices)
    name = models.CharField("Name", max_length=200, blank=True)
    email = models.EmailField("E-Mail-Adresse", blank=True)
    phone = models.CharField("Telefon", max_length=40, blank=True)

    class Meta:
        verbose_name = "Ansprechperson eines Vorgangs"
        verbose_name_plural = "Ansprechpersonen von Vorgängen"
        default_permissions = ()

    def __str__(self) -> str:
        return self.name or self.email or self.get_channel_display()


class Message(PrintableTexts):
    """One message between municipality and centre. `author_name` is for people without account."""

    class Side(models.TextChoices):
        MUNICIPALITY = "municipality", "Kommune"
        CENTRE = "centre", "Kompetenzstelle"

    case = models.ForeignKey("consultations.Case", on_delete=models.CASCADE, related_name="messages")
    side = models.CharField("Von", max_length=12, choices=Side.choices)
    channel = models.CharField("Weg", max_length=10, choices=Channel.choices, default=Channel.PORTAL)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="Geschrieben von", null=True, blank=True,
        on_delete=models.SET_NULL, related_name="+",
    )  # fmt: skip
    author_name = models.CharField("Name", max_length=200, blank=True)
    text = models.TextField("Nachricht", blank=True, **at_most(MESSAGE_LENGTH))
    at = models.DateTimeField("Zeitpunkt", auto_now_add=True)

    class Meta:
        verbose_name = "Nachricht"
        verbose_name_plural = "Nachrichten"
        ordering = ["pk"]
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.case_id}/{self.pk}"

    @property
    def from_centre(self) -> bool:
        return self.side == self.Side.CENTRE


class InternalNote(PrintableTexts):
    """A remark of the centre about a case; it never leaves the centre."""

    case = models.ForeignKey("consultations.Case", on_delete=models.CASCADE, related_name="notes")
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="Geschrieben von", null=True, on_delete=models.SET_NULL,
        related_name="+",
    )  # fmt: skip
    text = models.TextField("Notiz", **at_most(NOTE_LENGTH))
    at = models.DateTimeField("Zeitpunkt", auto_now_add=True)

    class Meta:
        verbose_name = "Interne Notiz"
        verbose_name_plural = "Interne Notizen"
        ordering = ["pk"]
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.case_id}/{self.pk}"


class CaseFile(PrintableTexts):
    """A file of a case, checked before it is stored; the municipality gets it unless it is internal."""

    case = models.ForeignKey("consultations.Case", on_delete=models.CASCADE, related_name="files")
    message = models.ForeignKey(Message, null=True, blank=True, on_delete=models.SET_NULL, related_name="files")
    file = models.FileField("Datei", upload_to=case_file_path, max_length=200)
    name = models.CharField("Dateiname", max_length=150)
    size = models.PositiveBigIntegerField("Größe in Byte")
    internal = models.BooleanField("Nur für die Kompetenzstelle", default=False)
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="Hochgeladen von", null=True, blank=True,
        on_delete=models.SET_NULL, related_name="+",
    )  # fmt: skip
    at = models.DateTimeField("Zeitpunkt", auto_now_add=True)

    class Meta:
        verbose_name = "Datei eines Vorgangs"
        verbose_name_plural = "Dateien von Vorgängen"
        ordering = ["pk"]
        default_permissions = ()

    def __str__(self) -> str:
        return self.name


class Minutes(PrintableTexts):
    """What was agreed; question and answer can become knowledge. Released: the municipality may read it."""

    case = models.ForeignKey("consultations.Case", on_delete=models.CASCADE, related_name="minutes")
    appointment = models.OneToOneField(
        "consultations.Appointment", null=True, blank=True, on_delete=models.SET_NULL, related_name="minutes"
    )
    question = models.TextField("Frage", blank=True, **at_most(MINUTES_LENGTH))
    answer = models.TextField("Antwort", blank=True, **at_most(MINUTES_LENGTH))
    text = models.TextField("Ergebnisse und Vereinbarungen", blank=True, **at_most(MINUTES_LENGTH))
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="Geschrieben von", null=True, on_delete=models.SET_NULL,
        related_name="+",
    )  # fmt: skip
    created_at = models.DateTimeField("Angelegt", auto_now_add=True)
    changed_at = models.DateTimeField("Geändert", auto_now=True)
    released_at = models.DateTimeField("Freigegeben", null=True, blank=True)

    class Meta:
        verbose_name = "Protokoll"
        verbose_name_plural = "Protokolle"
        ordering = ["pk"]
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.case_id}/{self.pk}"


class CaseTask(PrintableTexts):
    """Something one side has promised, with a day; those of the municipality are shown to it.

    Open, done (`done_at`) or dropped (`dropped_at`), never both of these.
    """

    case = models.ForeignKey("consultations.Case", on_delete=models.CASCADE, related_name="tasks")
    minutes = models.ForeignKey(Minutes, null=True, blank=True, on_delete=models.SET_NULL, related_name="tasks")
    side = models.CharField("Wer", max_length=12, choices=Message.Side.choices)
    text = models.CharField("Aufgabe", max_length=300)
    due_on = models.DateField("Fällig am", null=True, blank=True)
    created_at = models.DateTimeField("Angelegt", auto_now_add=True)
    done_at = models.DateTimeField("Erledigt am", null=True, blank=True)
    done_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    dropped_at = models.DateTimeField("Entfallen am", null=True, blank=True)

    class Meta:
        verbose_name = "Aufgabe aus einem Vorgang"
        verbose_name_plural = "Aufgaben aus Vorgängen"
        ordering = [
            F("dropped_at").asc(nulls_first=True), F("done_at").asc(nulls_first=True),
            F("due_on").asc(nulls_last=True), "pk",
        ]  # fmt: skip
        default_permissions = ()
        indexes = [models.Index(fields=["due_on"], condition=Q(done_at=None), name="consultations_task_open")]

    def __str__(self) -> str:
        return self.text

    @property
    def is_open(self) -> bool:
        return self.done_at is None and self.dropped_at is None

    @property
    def version(self) -> str:
        """What changes with its words: pages carry it to say which task a click is about."""
        said = f"{self.side}\n{self.due_on or ''}\n{self.text}"
        return hashlib.sha256(said.encode()).hexdigest()[:16]


class CasePage(models.Model):
    """A page of the knowledge base that helps with a case."""

    case = models.ForeignKey("consultations.Case", on_delete=models.CASCADE, related_name="page_links")
    page = models.ForeignKey("wagtailcore.Page", on_delete=models.CASCADE, related_name="+")
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        verbose_name = "Verknüpfte Seite"
        verbose_name_plural = "Verknüpfte Seiten"
        ordering = ["pk"]
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["case", "page"], name="consultations_case_page_once",
                violation_error_message="Diese Seite ist schon verknüpft.",
            )
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.case_id}/{self.page_id}"


class Assignment(PrintableTexts):
    """Who was given a case, whom the rules suggested, and why somebody else was chosen."""

    case = models.ForeignKey("consultations.Case", on_delete=models.CASCADE, related_name="assignments")
    adviser = models.ForeignKey(
        "consultations.Adviser", verbose_name="Zugeordnet", on_delete=models.PROTECT, related_name="+"
    )
    suggested = models.ForeignKey(
        "consultations.Adviser", verbose_name="Vorgeschlagen", null=True, blank=True, on_delete=models.SET_NULL,
        related_name="+",
    )  # fmt: skip
    reason = models.CharField("Grund", max_length=300, blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    at = models.DateTimeField("Zeitpunkt", auto_now_add=True)

    class Meta:
        verbose_name = "Zuordnung"
        verbose_name_plural = "Zuordnungen"
        ordering = ["pk"]
        default_permissions = ()
        constraints = [
            models.CheckConstraint(
                condition=Q(suggested=None) | Q(suggested=F("adviser")) | ~Q(reason=""),
                name="consultations_override_has_reason",
                violation_error_message="Bitte geben Sie an, warum Sie vom Vorschlag abweichen.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.case_id}: {self.adviser_id}"


class MinutesTemplate(PrintableTexts):
    """The beginning of minutes, for a format or for all; placeholders are checked when it is saved."""

    name = models.CharField("Name", max_length=80, unique=True)
    format = models.ForeignKey(
        "consultations.Format", verbose_name="Format", null=True, blank=True, on_delete=models.CASCADE,
        related_name="+", help_text="Keine Auswahl: alle Formate.",
    )  # fmt: skip
    text: Any = models.TextField("Text", **at_most(NOTE_LENGTH))

    class Meta:
        verbose_name = "Protokollvorlage"
        verbose_name_plural = "Protokollvorlagen"
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class ContactNote(PrintableTexts):
    """A contact with a municipality, also outside cases. It stays in the centre."""

    municipality = models.ForeignKey(
        "accounts.Municipality", verbose_name="Kommune", on_delete=models.PROTECT, related_name="contact_notes"
    )
    channel = models.CharField("Weg", max_length=10, choices=Channel.choices, default=Channel.PHONE)
    day = models.DateField("Tag")
    text = models.TextField("Worum es ging", **at_most(NOTE_LENGTH))
    author = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField("Geschrieben", auto_now_add=True)

    class Meta:
        verbose_name = "Kontaktnotiz"
        verbose_name_plural = "Kontaktnotizen"
        ordering = ["-day", "-pk"]
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.municipality_id} {self.day:%Y-%m-%d}"


class CaseWord(models.Model):
    """A word of a case, folded: what the search of the desk reads (`consultations.desk.words`)."""

    case = models.ForeignKey("consultations.Case", on_delete=models.CASCADE, related_name="words")
    word = models.CharField(max_length=40)

    class Meta:
        verbose_name = "Suchwort eines Vorgangs"
        verbose_name_plural = "Suchwörter von Vorgängen"
        ordering = ["pk"]
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["case", "word"], name="consultations_case_word_once")]
        indexes = [
            # Which cases have a word that begins so, from the index alone; PostgreSQL needs the class for LIKE.
            models.Index(
                fields=["word", "case"], opclasses=["varchar_pattern_ops", "int8_ops"],
                name="consultations_word_cases",
            )
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.word
