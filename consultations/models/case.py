"""Cases: what a municipality asks the centre, from the first word to the end."""

from __future__ import annotations

import secrets
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q

from consultations.states import CAME_TO_NOTHING, ENDED_CASES, CaseState
from portal.core.models.texts import PrintableTexts

# Without characters that look or sound alike; a reference is read out on the telephone.
_ALPHABET = "ACDEFGHJKLMNPQRTUVWXY34679"


def new_reference() -> str:
    """Return a number such as "B-K7QM-4TXR": 26^8 of them, so that none is guessed and none tells a count."""
    letters = [secrets.choice(_ALPHABET) for _ in range(8)]
    return f"B-{''.join(letters[:4])}-{''.join(letters[4:])}"


class Case(PrintableTexts):
    """One concern of a municipality. Times are UTC.

    `requester` is empty for a concern taken down by the centre (mail, telephone) that nobody has claimed yet.
    `answer_due` is the working day by which the centre owes a word (empty: it owes none), `first_answer_at` when
    it gave the first (`consultations.services.service_time`). Written by `consultations.services.cases` alone.
    """

    reference = models.CharField(
        "Vorgangsnummer", max_length=12, unique=True, default=new_reference, editable=False
    )
    municipality = models.ForeignKey(
        "accounts.Municipality", verbose_name="Kommune", on_delete=models.PROTECT, related_name="cases"
    )
    requester = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="Anfragende Person", null=True, blank=True,
        on_delete=models.SET_NULL, related_name="cases",
    )  # fmt: skip
    subject = models.CharField("Betreff", max_length=200)
    topic = models.ForeignKey(
        "knowledge.TopicPage", verbose_name="Thema", null=True, blank=True, on_delete=models.SET_NULL,
        related_name="+",
    )  # fmt: skip
    format = models.ForeignKey(
        "consultations.Format", verbose_name="Gewünschtes Format", null=True, blank=True,
        on_delete=models.SET_NULL, related_name="+",
    )  # fmt: skip
    state = models.CharField("Zustand", max_length=20, choices=CaseState.choices, default=CaseState.RECEIVED)
    lead = models.ForeignKey(
        "consultations.Adviser", verbose_name="Zuständig", null=True, blank=True, on_delete=models.PROTECT,
        related_name="led_cases",
    )  # fmt: skip
    further = models.ManyToManyField(
        "consultations.Adviser", verbose_name="Weitere Beratende", blank=True, related_name="further_cases"
    )
    reason = models.CharField("Grund", max_length=500, blank=True)
    created_at = models.DateTimeField("Eingegangen am", auto_now_add=True)
    ended_at = models.DateTimeField("Beendet am", null=True, blank=True)
    answer_due = models.DateField("Antwort fällig am", null=True, blank=True, editable=False)
    first_answer_at = models.DateTimeField("Erste Antwort am", null=True, blank=True, editable=False)

    class Meta:
        verbose_name = "Vorgang"
        verbose_name_plural = "Vorgänge"
        permissions = [
            ("assign_case", "Kann Vorgänge zuordnen"),
            ("read_case_figures", "Kann Zahlen zur Beratung lesen"),
        ]
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=ENDED_CASES, ended_at__isnull=False)
                | (~Q(state__in=ENDED_CASES) & Q(ended_at=None)),
                name="consultations_case_end_has_time",
            ),
            models.CheckConstraint(
                condition=~Q(state=CaseState.DECLINED) | ~Q(reason=""), name="consultations_case_declined_why"
            ),
            models.CheckConstraint(
                condition=Q(lead__isnull=False)
                | Q(state__in=(CaseState.RECEIVED, CaseState.DECLINED, CaseState.WITHDRAWN)),
                name="consultations_case_has_lead",
            ),
        ]
        indexes = [
            models.Index(fields=["state", "created_at"], name="consultations_case_state"),
            models.Index(fields=["municipality", "created_at"], name="consultations_case_town"),
            models.Index(fields=["lead", "state"], name="consultations_case_lead"),
            # The numbers of all queues and what is overdue, from the index alone; PostgreSQL needs the id in it.
            models.Index(
                fields=["state", "answer_due", "created_at", "lead", "id"], name="consultations_case_desk"
            ),
            models.Index(fields=["-created_at", "-id"], name="consultations_case_newest"),
            models.Index(
                fields=["answer_due"], condition=~Q(state__in=ENDED_CASES), name="consultations_case_due"
            ),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def is_open(self) -> bool:
        return CaseState(self.state).is_open

    @property
    def keeps_tasks(self) -> bool:
        """True while what was agreed is to be done: also once a case is closed, unless it came to nothing."""
        return self.state not in CAME_TO_NOTHING


class CaseEvent(models.Model):
    """One step in the life of a case: ids and states, no names and no texts. `appointment` says of which."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="events")
    appointment = models.ForeignKey(
        "consultations.Appointment", null=True, blank=True, on_delete=models.CASCADE, related_name="events"
    )
    action = models.CharField("Schritt", max_length=40)
    old = models.CharField("vorher", max_length=20, blank=True)
    new = models.CharField("nachher", max_length=20, blank=True)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    at = models.DateTimeField("Zeitpunkt", auto_now_add=True)
    detail: Any = models.JSONField("Angaben", default=dict)

    class Meta:
        verbose_name = "Schritt eines Vorgangs"
        verbose_name_plural = "Schritte eines Vorgangs"
        ordering = ["pk"]
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.case_id} {self.action}"
