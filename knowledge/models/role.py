"""Ways in by role: what somebody with one task in a municipality needs first, and what falls due for them."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q
from django.http import HttpRequest
from modelcluster.fields import ParentalKey
from wagtail.admin.panels import FieldPanel, InlinePanel, MultiFieldPanel, PageChooserPanel
from wagtail.models import Orderable

from knowledge.facts.panels import NamedFactsPanel
from knowledge.forms import RolePageForm
from knowledge.models.trust import Audience, Upkept
from knowledge.panels import upkeep_panels
from portal.core.models import BasePage

FIRST_PAGES = 3
TAKEN = "Für diese Rolle gibt es schon eine Seite. Wählen Sie eine andere Rolle."


class RoleIndexPage(Upkept, BasePage):
    """The overview of all ways in by role; there is one."""

    summary = models.TextField("Zusammenfassung", max_length=400, blank=True)

    kind_label = "Übersicht der Rollen"
    md_type = "role_index"
    parent_page_types = ["home.HomePage"]
    subpage_types = ["knowledge.RolePage"]
    max_count = 1
    template = "knowledge/role_index.html"
    content_panels = [*BasePage.content_panels, FieldPanel("summary"), *upkeep_panels()]

    class Meta:
        verbose_name = "Übersicht der Rollen"

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        from knowledge.role_pages.listing import role_index_context

        return {**super().get_context(request, *args, **kwargs), **role_index_context(self, request)}


class FirstPage(Orderable):
    """A page the editors put first for a role."""

    page = ParentalKey("knowledge.RolePage", related_name="first_pages", on_delete=models.CASCADE)
    target = models.ForeignKey(
        "wagtailcore.Page", verbose_name="Seite", related_name="+", on_delete=models.CASCADE
    )

    class Meta(Orderable.Meta):
        verbose_name = "Erste Seite"
        verbose_name_plural = "Erste Seiten"


class RolePage(Upkept, BasePage):
    """The way in for one role: this quarter, three pages to begin with, checklists, deadlines.

    A copy is for another role: it has none until an editor chooses it.
    """

    exclude_fields_in_copy = [*Upkept.exclude_fields_in_copy, "role"]

    role = models.CharField(
        "Rolle", max_length=30, choices=Audience.choices, default="",
        help_text="Für jede Rolle gibt es eine Seite. Was sie zeigt, folgt aus „Für wen“ der anderen Seiten.",
    )  # fmt: skip
    phrase = models.CharField(
        "„Ich bin …“", max_length=80, blank=True,
        help_text="So geht der Satz auf der Startseite weiter, zum Beispiel „in der IT“. Leer: der Titel.",
    )  # fmt: skip
    summary = models.TextField("Zusammenfassung", max_length=400)
    facts = models.JSONField("Fakten", default=list, blank=True, editable=False)

    kind_label = "Einstieg"
    md_type = "role"
    parent_page_types = ["knowledge.RoleIndexPage"]
    subpage_types: list[str] = []
    template = "knowledge/role.html"
    base_form_class = RolePageForm
    content_panels = [
        *BasePage.content_panels,
        FieldPanel("role"),
        FieldPanel("phrase"),
        FieldPanel("summary"),
        InlinePanel(
            "first_pages", heading="Die ersten drei Seiten", label="Seite", max_num=FIRST_PAGES,
            panels=[PageChooserPanel("target")],
            help_text="Fehlt eine, oder darf jemand sie nicht lesen, ergänzt das Portal Artikel für diese Rolle.",
        ),
        MultiFieldPanel(
            [FieldPanel("fact_list", heading="Fakten", disable_comments=True), NamedFactsPanel()],
            heading="Worauf sich die Seite stützt",
        ),
        *upkeep_panels(),
    ]  # fmt: skip

    class Meta:
        verbose_name = "Einstieg für eine Rolle"
        verbose_name_plural = "Einstiege nach Rolle"
        constraints = [
            models.UniqueConstraint(
                fields=["role"], condition=~Q(role=""), name="knowledge_one_page_for_a_role",
                violation_error_message=TAKEN,
            )
        ]  # fmt: skip

    @property
    def said(self) -> str:
        """Return how "Ich bin …" goes on."""
        return self.phrase or self.title

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        from knowledge.role_pages.listing import role_context

        return {**super().get_context(request, *args, **kwargs), **role_context(self, request)}
