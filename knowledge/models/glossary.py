from __future__ import annotations

from typing import Any

from django.db import models, transaction
from django.http import HttpRequest
from wagtail.models import DraftStateMixin, LockableMixin, PreviewableMixin, RevisionMixin, WorkflowMixin

from portal.core.fields import MAX_LINES, MAX_PARAGRAPHS, at_most
from portal.core.models import ReviewedMixin
from portal.core.moved import lead_on, writes_address
from portal.core.signals import announce


class GlossaryTerm(
    ReviewedMixin, WorkflowMixin, DraftStateMixin, LockableMixin, RevisionMixin, PreviewableMixin, models.Model
):
    """A term with its meaning; true synonyms feed the search, related terms never do."""

    term = models.CharField("Begriff", max_length=120, unique=True)
    slug = models.SlugField("Adresse", max_length=120, unique=True)
    expansion = models.CharField("Langform", max_length=255, blank=True)
    meaning = models.TextField(
        "Bedeutung", **at_most(MAX_PARAGRAPHS),
        help_text="Ein oder zwei Absätze Markdown.",
    )  # fmt: skip
    synonyms = models.TextField(
        "Echte Synonyme",
        blank=True,
        **at_most(MAX_LINES),
        help_text="Eines je Zeile. Nur was dasselbe bedeutet: die Suche setzt sie gleich.",
    )
    related = models.TextField(
        "Verwandte Begriffe", blank=True, **at_most(MAX_LINES),
        help_text="Einer je Zeile; nicht gleichbedeutend.",
    )  # fmt: skip
    never_correct = models.BooleanField("Nie als Tippfehler behandeln", default=False)
    explain = models.BooleanField("Beim ersten Vorkommen im Text erklären", default=True)
    facts = models.JSONField("Fakten", default=list, blank=True, editable=False)

    class Meta:
        verbose_name = "Begriff"
        verbose_name_plural = "Glossar"
        ordering = ["term"]

    def __str__(self) -> str:
        return self.term

    def save(self, *args: Any, **kwargs: Any) -> None:
        with transaction.atomic():
            before = type(self).objects.filter(pk=self.pk, live=True).first() if self.pk else None
            super().save(*args, **kwargs)
            if before and writes_address(kwargs.get("update_fields")):
                forms = ("/", ".md", "/versionen/", "/versionen.md")
                lead_on((f"/glossar/{before.slug}{form}", f"/glossar/{self.slug}{form}") for form in forms)
            announce(self)

    def get_preview_template(self, request: HttpRequest, mode_name: str) -> str:
        return "knowledge/preview_snippet.html"

    def get_preview_context(self, request: HttpRequest, mode_name: str) -> dict[str, Any]:
        from knowledge.markdown import render_markdown

        return {"object": self, "title": self.term, "lead": self.expansion, "html": render_markdown(self.meaning)}

    @property
    def synonym_list(self) -> list[str]:
        return [line.strip() for line in self.synonyms.splitlines() if line.strip()]

    @property
    def related_list(self) -> list[str]:
        return [line.strip() for line in self.related.splitlines() if line.strip()]
