"""Deadlines: what falls due when, for whom, on what ground, and what holds once the day has passed."""

from __future__ import annotations

import uuid
from datetime import date
from typing import Any

from django.conf import settings
from django.db import models, transaction
from django.db.models import Q
from django.http import HttpRequest
from modelcluster.fields import ParentalKey
from modelcluster.models import ClusterableModel
from wagtail.models import (
    DraftStateMixin,
    LockableMixin,
    Orderable,
    PreviewableMixin,
    RevisionMixin,
    WorkflowMixin,
)

from knowledge.models.trust import left_people, staff_accounts
from portal.core.fields import MAX_LINES, MAX_PARAGRAPHS, ChoiceListField, at_most
from portal.core.models import ReviewedMixin
from portal.core.moved import lead_on, writes_address
from portal.core.signals import announce

_UIDS = uuid.uuid5(uuid.NAMESPACE_URL, "urn:kompetenzportal:fristen")  # a fixed name, the same for every portal


def derived_uid(slug: str) -> uuid.UUID:
    """Return the UID of a deadline that has had no other."""
    return uuid.uuid5(_UIDS, slug)


class Deadline(
    ReviewedMixin, WorkflowMixin, DraftStateMixin, LockableMixin, RevisionMixin, PreviewableMixin, ClusterableModel
):
    """A day (or an event without a day) that binds somebody; its calendar entry has one UID for life."""

    class Status(models.TextChoices):
        """Where a deadline stands; a duty whose day has passed is never said to have expired."""

        COMING = "kommt", "kommt"
        PASSED = "verstrichen", "Termin verstrichen – Pflicht gilt weiter"
        CHECK = "zu-pruefen", "zu prüfen"
        DONE = "erledigt", "erledigt"
        DROPPED = "entfallen", "entfallen"
        ANNOUNCED = "angekuendigt", "angekündigt"
        OPEN = "offen", "offen"

        @property
        def waits(self) -> bool:
            """True as long as the day itself changes something."""
            return self in (Deadline.Status.COMING, Deadline.Status.ANNOUNCED)

        def ends_with(self, kind: Deadline.Kind) -> bool:
            """True where the day changes the status: also of what was open before, but for a threshold."""
            return self.waits or (self is Deadline.Status.OPEN and kind.after is not self)

        @property
        def is_folded(self) -> bool:
            """True for what nobody has to keep in sight any more."""
            return self in (Deadline.Status.DONE, Deadline.Status.DROPPED)

    class Kind(models.TextChoices):
        DUTY = "pflicht", "Frist einer Pflicht"
        START = "geltung", "Geltungsbeginn"
        LIMIT = "befristung", "Befristung"
        PROMISE = "zusage", "Zusage"
        THRESHOLD = "schwelle", "Schwelle"

        def passed(self, day: date, today: date) -> bool:
            """Tell whether a day is over: what begins to hold does so on it, all else ends with it.

            Days are local (Europe/Berlin).
            """
            return day <= today if self is Deadline.Kind.START else day < today

        @property
        def after(self) -> Deadline.Status:
            """Return the status once the day has passed."""
            if self in (Deadline.Kind.DUTY, Deadline.Kind.START):
                return Deadline.Status.PASSED
            return Deadline.Status.OPEN if self is Deadline.Kind.THRESHOLD else Deadline.Status.CHECK

    class Binds(models.TextChoices):
        BUND = "bund", "Bund"
        LAND = "land", "Land"
        MUNICIPALITY = "kommune", "Kommune"

    slug = models.SlugField("Kennung und Adresse", max_length=80, unique=True)
    title = models.CharField(
        "Frist", max_length=200, help_text="Was ist wann zu tun oder gilt wann? In einer Zeile."
    )
    text = models.TextField(
        "Was gilt", **at_most(MAX_PARAGRAPHS),
        help_text="Ein oder zwei Absätze Markdown, mit der Gewissheit der Aussage.",
    )  # fmt: skip
    kind = models.CharField("Art", max_length=12, choices=Kind.choices, default=Kind.DUTY)
    status = models.CharField(
        "Stand", max_length=12, choices=Status.choices, default=Status.COMING,
        help_text="Ist der Tag vorbei, ändert das Portal den Stand selbst und legt eine Aufgabe an.",
    )  # fmt: skip
    day = models.DateField("Datum", null=True, blank=True, help_text="Leer: ohne festes Datum.")
    day_note = models.CharField(
        "Ohne festes Datum: wovon hängt es ab?", max_length=200, blank=True,
        help_text="Zum Beispiel „drei Jahre ab einer Bekanntmachung im Bundesgesetzblatt“.",
    )  # fmt: skip
    binds = ChoiceListField("Bindet", choices=Binds)
    topic = models.ForeignKey(
        "knowledge.TopicPage",
        verbose_name="Feld",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    legal_basis = models.TextField(
        "Rechtsgrundlage", blank=True, **at_most(MAX_LINES),
        help_text="Eine Angabe je Zeile, zum Beispiel „§ 9 Abs. 1 OZG“.",
    )  # fmt: skip
    source = models.CharField("Quelle", max_length=300, blank=True, help_text="Veröffentlichung mit Datum.")
    source_url = models.URLField("Adresse der Quelle", max_length=500, blank=True)
    state_date = models.DateField("Stand der Quelle", help_text="Tag, bis zu dem die Angabe geprüft ist.")
    facts = models.JSONField("Fakten", default=list, blank=True, editable=False)
    responsible_person = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="Verantwortlich", null=True, blank=True, on_delete=models.SET_NULL,
        related_name="+", limit_choices_to=staff_accounts,
        help_text="Bekommt die Aufgabe, wenn der Tag vorbei ist.",
    )  # fmt: skip
    # Both are for life: the host is part of what calendars have got from before it was left out.
    uid = models.UUIDField(unique=True, editable=False)
    uid_host = models.CharField(max_length=253, blank=True, default="", editable=False)
    sequence = models.PositiveIntegerField(default=0, editable=False)

    # What a calendar shows of it; a change of these raises the sequence (RFC 5545, 3.8.7.4).
    IN_CALENDAR = (
        "slug", "title", "text", "kind", "status", "day", "binds", "topic_id", "legal_basis", "source",
        "state_date", "live",
    )  # fmt: skip

    class Meta:
        verbose_name = "Frist"
        verbose_name_plural = "Fristen"
        ordering = ["day", "slug"]
        indexes = [models.Index(fields=["live", "status", "day"], name="knowledge_deadline_due")]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=["pflicht", "geltung", "befristung", "zusage", "schwelle"]),
                name="knowledge_deadline_kind",
            ),
            models.CheckConstraint(
                condition=Q(
                    status__in=[
                        "kommt", "verstrichen", "zu-pruefen", "erledigt", "entfallen", "angekuendigt", "offen",
                    ]
                ),
                name="knowledge_deadline_status",
            ),
            models.CheckConstraint(
                condition=Q(live=False) | Q(day__isnull=False) | ~Q(day_note=""),
                name="knowledge_deadline_when",
                violation_error_message="Geben Sie ein Datum an, oder sagen Sie, wovon der Termin abhängt.",
            ),
            models.CheckConstraint(
                condition=~Q(status="verstrichen") | Q(day__isnull=False, kind__in=["pflicht", "geltung"]),
                name="knowledge_deadline_passed",
                violation_error_message="„Termin verstrichen – Pflicht gilt weiter“ setzt eine Pflicht oder einen "
                "Geltungsbeginn mit Datum voraus. Sonst ist der Stand „zu prüfen“ oder „offen“.",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.title

    @property
    def closed_with(self) -> Any:
        """Return the topic whose readers are those of the deadline."""
        return self.topic

    def get_absolute_url(self) -> str:
        from django.urls import reverse

        return reverse("deadline", args=[self.slug])

    @property
    def status_label(self) -> str:
        """Return how the status reads: what has begun to hold is no duty with a day of its own."""
        if self.kind == self.Kind.START and self.status == self.Status.PASSED:
            return "gilt seit diesem Tag"
        return str(self.Status(self.status).label)

    @property
    def was_open_after_its_day(self) -> bool:
        """True where a source of after the day leaves it open: that is a finding, which no passed day changes."""
        if self.status != self.Status.OPEN or self.day is None:
            return False
        return self.Kind(self.kind).passed(self.day, self.state_date)

    @property
    def calendar_uid(self) -> str:
        """Return the identifier that calendars keep the entry under, whatever changes."""
        return f"frist-{self.uid}@{self.uid_host}" if self.uid_host else f"frist-{self.uid}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        with transaction.atomic():
            if self.uid is None:
                self.uid = self._fresh_uid()
            if self._state.adding:
                self.sequence = max(self.sequence, GoneDeadline.next_sequence(self.uid))
            names = kwargs.get("update_fields")
            if self.pk and (names is None or set(self.IN_CALENDAR) & {*names, *(f"{name}_id" for name in names)}):
                self._count_change()
                if names is not None:
                    kwargs["update_fields"] = {*names, "sequence"}
            old = type(self).objects.filter(pk=self.pk, live=True).values_list("slug", flat=True).first()
            super().save(*args, **kwargs)
            if old and writes_address(names):
                forms = ("/", ".md", "/versionen/", "/versionen.md")
                lead_on((f"/fristen/{old}{form}", f"/fristen/{self.slug}{form}") for form in forms)
            announce(self)

    def _fresh_uid(self) -> uuid.UUID:
        """Return what follows from the identifier, so that a portal built anew hands out the same.

        An identifier that is given a second time, after the first deadline got another one, follows nothing.
        """
        derived = derived_uid(self.slug)
        return uuid.uuid4() if type(self).objects.filter(uid=derived).exists() else derived

    def _count_change(self) -> None:
        """Keep the UID and raise the sequence when calendars that have the entry must show another one."""
        before = type(self).objects.select_for_update(of=("self",)).filter(pk=self.pk).first()
        if before is None:
            return
        known = before.live_revision_id is not None
        changed = known and any(getattr(before, name) != getattr(self, name) for name in self.IN_CALENDAR)
        self.uid, self.uid_host = before.uid, before.uid_host
        self.sequence = before.sequence + int(changed)

    def with_content_json(self, content: Any) -> Any:
        """Keep UID and sequence when a revision becomes the deadline: they belong to it, not to a revision.

        Somebody who has left since a revision was saved does not come back with it: the successor stays.
        """
        deadline = super().with_content_json(content)
        deadline.uid, deadline.uid_host, deadline.sequence = self.uid, self.uid_host, self.sequence
        if left_people(content, "responsible_person"):
            owner = type(self)._default_manager.filter(pk=self.pk).values_list("responsible_person", flat=True)
            deadline.responsible_person_id = owner.first()
        return deadline

    def get_preview_template(self, request: HttpRequest, mode_name: str) -> str:
        return "knowledge/preview_snippet.html"

    def get_preview_context(self, request: HttpRequest, mode_name: str) -> dict[str, Any]:
        from knowledge.markdown import render_markdown

        day = f"{self.day:%d.%m.%Y}" if self.day else f"ohne festes Datum: {self.day_note}"
        lead = f"{self.get_kind_display()}, {day}. {self.status_label}"
        return {"object": self, "title": self.title, "lead": lead, "html": render_markdown(self.text)}


class GoneDeadline(models.Model):
    """What is left of a deadline readers had: one made anew under its UID goes on with its sequence.

    Calendars ignore an entry with a lower sequence than the one they hold (RFC 5546, 2.1.5).
    """

    uid = models.UUIDField(unique=True)
    sequence = models.PositiveIntegerField()

    class Meta:
        verbose_name = "Gelöschte Frist"
        verbose_name_plural = "Gelöschte Fristen"

    def __str__(self) -> str:
        return f"frist-{self.uid}"

    @classmethod
    def remember(cls, deadline: Deadline) -> None:
        """Keep the sequence of a deadline that is about to be deleted; one nobody had seen leaves nothing."""
        rows = Deadline.objects.filter(pk=deadline.pk).exclude(live=False, first_published_at=None)
        for uid, sequence in rows.values_list("uid", "sequence"):
            cls.objects.update_or_create(uid=uid, defaults={"sequence": sequence})

    @classmethod
    def next_sequence(cls, uid: uuid.UUID) -> int:
        """Return the sequence from which a deadline made under a UID starts."""
        last = cls.objects.filter(uid=uid).values_list("sequence", flat=True).first()
        return 0 if last is None else last + 1


class DeadlineArticle(Orderable):
    """A page that a deadline concerns, chosen by an editor: it shows the deadline in a box."""

    deadline = ParentalKey(Deadline, related_name="articles", on_delete=models.CASCADE)
    target = models.ForeignKey(
        "wagtailcore.Page", verbose_name="Seite", related_name="+", on_delete=models.CASCADE
    )

    class Meta(Orderable.Meta):
        verbose_name = "Seite zur Frist"
        verbose_name_plural = "Seiten zur Frist"
