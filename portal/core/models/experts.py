"""Outside experts who read a draft by a signed link: the invitation, what they say, how they vote."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone


class ExpertInvitation(models.Model):
    """One expert's access to one draft; only a hash of the link's secret is kept."""

    page = models.ForeignKey("wagtailcore.Page", on_delete=models.CASCADE, related_name="expert_invitations")
    revision = models.ForeignKey(
        "wagtailcore.Revision", null=True, on_delete=models.SET_NULL, related_name="+",
        help_text="What the expert was invited to; while a review runs, its revision is shown instead",
    )  # fmt: skip
    name = models.CharField("Name", max_length=120, blank=True)
    email = models.EmailField("E-Mail-Adresse", max_length=254, blank=True)
    purpose = models.TextField("Worum es geht", max_length=600, blank=True)
    secret_hash = models.CharField(max_length=64, unique=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField("Eingeladen", default=timezone.now)
    expires_at = models.DateTimeField("Gültig bis")
    revoked_at = models.DateTimeField("Zurückgezogen", null=True, blank=True)
    last_read_at = models.DateTimeField("Zuletzt gelesen", null=True, blank=True)
    erased_at = models.DateTimeField("Personendaten gelöscht", null=True, blank=True)

    class Meta:
        verbose_name = "Einladung einer Fachperson"
        verbose_name_plural = "Einladungen von Fachpersonen"
        default_permissions = ()
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.CheckConstraint(condition=Q(expires_at__gt=F("created_at")), name="core_expert_expires_later"),
            models.CheckConstraint(
                condition=Q(erased_at=None) | Q(name="", email="", purpose=""), name="core_expert_erased_is_empty"
            ),
        ]
        indexes = [models.Index(fields=["page", "created_at"], name="core_expert_page")]

    def __str__(self) -> str:
        return self.name or f"Fachperson {self.pk}"


class ExpertComment(models.Model):
    """What an expert wrote about a draft or one section of it."""

    invitation = models.ForeignKey(ExpertInvitation, on_delete=models.CASCADE, related_name="comments")
    revision = models.ForeignKey("wagtailcore.Revision", null=True, on_delete=models.SET_NULL, related_name="+")
    place = models.CharField("Stelle", max_length=200, blank=True, help_text="Heading; empty: the whole draft")
    text = models.TextField("Anmerkung", max_length=4000)
    created_at = models.DateTimeField("Geschrieben", auto_now_add=True)

    class Meta:
        verbose_name = "Anmerkung einer Fachperson"
        verbose_name_plural = "Anmerkungen von Fachpersonen"
        default_permissions = ()
        ordering = ["created_at", "pk"]
        constraints = [models.CheckConstraint(condition=~Q(text=""), name="core_expert_comment_has_text")]

    def __str__(self) -> str:
        return self.text[:60]


class ExpertVote(models.Model):
    """An expert's opinion of one revision; it releases nothing."""

    class Choice(models.TextChoices):
        AGREE = "agree", "Ich stimme zu"
        CHANGES = "changes", "Ich stimme mit Änderungen zu"
        REJECT = "reject", "Ich lehne ab"

    invitation = models.ForeignKey(ExpertInvitation, on_delete=models.CASCADE, related_name="votes")
    revision = models.ForeignKey("wagtailcore.Revision", on_delete=models.CASCADE, related_name="+")
    vote = models.CharField("Votum", max_length=7, choices=Choice.choices)
    at = models.DateTimeField("Abgegeben", default=timezone.now)

    class Meta:
        verbose_name = "Votum einer Fachperson"
        verbose_name_plural = "Voten von Fachpersonen"
        default_permissions = ()
        ordering = ["at", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["invitation", "revision"], name="core_expert_vote_once"),
            models.CheckConstraint(
                condition=Q(vote__in=["agree", "changes", "reject"]), name="core_expert_vote_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.invitation_id}: {self.vote}"
