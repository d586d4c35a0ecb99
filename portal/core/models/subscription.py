"""Who wants to hear of which changes, and up to when each has been told (docs/subscriptions.md). Times: UTC."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.utils import timezone

from portal.core.models.publication import Publication


class Frequency(models.TextChoices):
    """How often somebody wants to hear of changes."""

    WEEKLY = "weekly", "Einmal in der Woche"
    DAILY = "daily", "Einmal am Tag"
    AT_ONCE = "at_once", "Sofort"


class SubjectKind(models.TextChoices):
    """What can be subscribed to; what belongs to each kind is registered (portal.core.subscriptions)."""

    PAGE = "page", "Seite"
    TOPIC = "topic", "Thema"
    ACT = "act", "Rechtsvorschrift"
    SEARCH = "search", "Neue Treffer"
    ALL = "all", "Alles"


class Subscriber(models.Model):
    """An address, confirmed by whoever reads its mail, or the account that subscribes.

    `told_until`: every change recorded before has been told or was of no interest. It moves in the transaction
    that stores the mail, so a worker may die at any moment. Since a restore it may be `holding.HELD`.
    `accepted_at`: when the first mail after the last refusal was taken; kept while there are refusals.
    """

    address = models.EmailField("E-Mail-Adresse", unique=True)
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, verbose_name="Konto", null=True, blank=True, on_delete=models.CASCADE,
        related_name="subscriber",
    )  # fmt: skip
    frequency = models.CharField("Wie oft", max_length=10, choices=Frequency.choices, default=Frequency.WEEKLY)
    generation = models.PositiveIntegerField("Generation der Links", default=1)
    confirmed_at = models.DateTimeField("Bestätigt", null=True, blank=True)
    told_until = models.DateTimeField("Informiert bis", null=True, blank=True)
    confirmation_sent_at = models.DateTimeField("Bestätigung erbeten", null=True, blank=True)
    link_sent_at = models.DateTimeField("Link gesendet", null=True, blank=True)
    refusals = models.PositiveSmallIntegerField("Abweisungen in Folge", default=0)
    accepted_at = models.DateTimeField("Seit der letzten Abweisung angenommen", null=True, blank=True)
    created_at = models.DateTimeField("Angelegt", auto_now_add=True)

    class Meta:
        verbose_name = "Abonnentin oder Abonnent"
        verbose_name_plural = "Abonnentinnen und Abonnenten"
        ordering = ["pk"]
        default_permissions = ("view",)
        constraints = [
            models.CheckConstraint(condition=Q(address=Lower("address")), name="core_subscriber_address_lower"),
            models.CheckConstraint(
                condition=Q(confirmed_at__isnull=True) | Q(told_until__isnull=False),
                name="core_subscriber_confirmed_is_told",
            ),
        ]
        indexes = [
            models.Index(
                fields=["frequency", "told_until"],
                condition=Q(confirmed_at__isnull=False),
                name="core_subscriber_due",
            )
        ]

    def __str__(self) -> str:
        return f"Abo {self.pk}"


class Subscription(models.Model):
    """One subject of one subscriber; nothing is sent before it is confirmed."""

    subscriber = models.ForeignKey(Subscriber, on_delete=models.CASCADE, related_name="subscriptions")
    kind = models.CharField("Art", max_length=10, choices=SubjectKind.choices)
    object_id = models.PositiveBigIntegerField("Nummer", default=0)
    confirmed_at = models.DateTimeField("Bestätigt", null=True, blank=True)
    created_at = models.DateTimeField("Angelegt", auto_now_add=True)

    class Meta:
        verbose_name = "Abo"
        verbose_name_plural = "Abos"
        ordering = ["pk"]
        default_permissions = ("view",)
        constraints = [
            models.UniqueConstraint(fields=["subscriber", "kind", "object_id"], name="core_subscription_once"),
            models.CheckConstraint(
                condition=Q(kind="all", object_id=0) | (~Q(kind="all") & Q(object_id__gt=0)),
                name="core_subscription_names_a_subject",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind}:{self.object_id}"


class ConfirmationMail(models.Model):
    """One mail that asked an address to confirm; outlives the address, which is kept as a keyed hash only."""

    address_key = models.CharField(max_length=64, db_index=True)
    sent_at = models.DateTimeField("Gesendet", default=timezone.now, db_index=True)

    class Meta:
        verbose_name = "Bitte um Bestätigung"
        verbose_name_plural = "Bitten um Bestätigung"
        default_permissions = ()

    def __str__(self) -> str:
        return f"ConfirmationMail {self.pk}"


class Change(models.Model):
    """A major publication that subscribers have to be told; written in the transaction that publishes it."""

    publication = models.OneToOneField(Publication, on_delete=models.CASCADE, related_name="change")
    recorded_at = models.DateTimeField("Aufgenommen", auto_now_add=True, db_index=True)

    class Meta:
        verbose_name = "Mitzuteilende Änderung"
        verbose_name_plural = "Mitzuteilende Änderungen"
        ordering = ["recorded_at", "pk"]
        default_permissions = ()

    def __str__(self) -> str:
        return f"Change {self.publication_id}"


class Delivery(models.Model):
    """One mail with changes to one subscriber: once for each end of a period, stored with its outbox message.

    `changes` are ids of publications. What they say is read when the mail is sent, so that nobody is told what
    may no longer be read.
    """

    subscriber = models.ForeignKey(Subscriber, on_delete=models.CASCADE, related_name="deliveries")
    since = models.DateTimeField("Von")
    until = models.DateTimeField("Bis")
    changes = models.JSONField("Änderungen", default=list)
    created_at = models.DateTimeField("Angelegt", auto_now_add=True, db_index=True)
    sent_at = models.DateTimeField("Gesendet", null=True, blank=True)

    class Meta:
        verbose_name = "Versand"
        verbose_name_plural = "Versand"
        ordering = ["pk"]
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["subscriber", "until"], name="core_delivery_once"),
            models.CheckConstraint(condition=Q(until__gt=F("since")), name="core_delivery_forward"),
        ]

    def __str__(self) -> str:
        return f"Delivery {self.pk}"
