"""Decision helps: a tree of questions that ends in results, and how often each result was shown."""

from __future__ import annotations

from typing import Any

from django.db import models, transaction
from django.http import HttpRequest, HttpResponse
from modelcluster.fields import ParentalManyToManyField
from wagtail.admin.panels import FieldPanel, TitleFieldPanel
from wagtail.fields import StreamField
from wagtail.models import ReferenceIndex

from knowledge.decisions.blocks import TreeBlock
from knowledge.decisions.panels import TreePanel
from knowledge.decisions.tree import MAX_KEY, Tree, tree_of
from knowledge.models.trust import TrustedPage, Upkept
from knowledge.panels import duty_panels, law_panels, related_panel, tabs, topics_panel, upkeep_panels
from portal.core.models import BasePage


class DecisionIndexPage(Upkept, BasePage):
    """The overview of all decision helps; there is one."""

    summary = models.TextField("Zusammenfassung", max_length=400, blank=True)

    kind_label = "Entscheidungshilfen"
    md_type = "decision_index"
    parent_page_types = ["home.HomePage"]
    subpage_types = ["knowledge.DecisionHelpPage"]
    max_count = 1
    template = "knowledge/decisions/index.html"
    content_panels = [*BasePage.content_panels, FieldPanel("summary"), *upkeep_panels()]

    class Meta:
        verbose_name = "Übersicht der Entscheidungshilfen"

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        from knowledge.decisions.showing import index_context

        return {**super().get_context(request, *args, **kwargs), **index_context(self, request)}


class DecisionHelpPage(TrustedPage):
    """Questions one by one, each with its answers, to a result with its ground.

    `short_answer` says what the help is good for. `body` is the tree; rendered, it is the whole of it as a text.
    """

    body = StreamField(TreeBlock(), verbose_name="Fragen und Ergebnisse")
    topics = ParentalManyToManyField("knowledge.TopicPage", verbose_name="Themen", blank=True, related_name="+")

    kind_label = "Entscheidungshilfe"
    md_type = "decision"
    parent_page_types = ["knowledge.DecisionIndexPage"]
    subpage_types: list[str] = []
    template = "knowledge/decisions/decision.html"

    class Meta:
        verbose_name = "Entscheidungshilfe"
        verbose_name_plural = "Entscheidungshilfen"

    def save(self, *args: Any, **kwargs: Any) -> None:
        with transaction.atomic():
            super().save(*args, **kwargs)
            if kwargs.get("update_fields") is None:  # the boxes of articles read it, before Wagtail's own task
                ReferenceIndex.create_or_update_for_object(self)

    @property
    def tree(self) -> Tree:
        return tree_of(self.body)

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        from knowledge.decisions.showing import decision_context

        return {**super().get_context(request, *args, **kwargs), **decision_context(self, request)}

    def serve(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Serve the step the address asks for; a chosen answer leads on to the address of the next one."""
        from knowledge.decisions.showing import served

        return served(self, request, lambda: super(DecisionHelpPage, self).serve(request, *args, **kwargs))


DecisionHelpPage.edit_handler = tabs(
    DecisionHelpPage,
    (
        "Inhalt",
        [
            TitleFieldPanel("title", placeholder=False),
            FieldPanel("short_answer", heading="Wobei sie hilft"),
            FieldPanel(
                "body",
                help_text=(
                    "Die oberste Frage ist der Anfang. Jede Antwort nennt das Kürzel, zu dem es weitergeht; jeder "
                    "Weg endet bei einem Ergebnis. Ein Entwurf darf Lücken haben."
                ),
            ),
            TreePanel(),
        ],
    ),
    ("Recht und Quellen", law_panels(sources_required=False)),
    ("Einordnung", [topics_panel(), FieldPanel("audience"), FieldPanel("search_words"), related_panel()]),
    ("Zuständigkeit", duty_panels()),
)


class ResultCount(models.Model):
    """How often one result was shown in a month, by its first day; nothing about who was shown it."""

    page = models.ForeignKey(DecisionHelpPage, on_delete=models.CASCADE, related_name="result_counts")
    result = models.CharField("Ergebnis", max_length=MAX_KEY)
    month = models.DateField("Monat")
    count = models.PositiveIntegerField("Anzahl", default=0)

    class Meta:
        verbose_name = "Anzahl eines Ergebnisses"
        verbose_name_plural = "Anzahlen der Ergebnisse"
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["page", "result", "month"], name="knowledge_result_once")]

    def __str__(self) -> str:
        return f"{self.page_id} {self.result} {self.month}"
