from typing import Any

from django.db import models
from django.http import HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from modelcluster.fields import ParentalManyToManyField
from wagtail.admin.panels import FieldPanel, PageChooserPanel, TitleFieldPanel

from knowledge.forms import QuestionForm
from knowledge.models import TrustedPage
from knowledge.panels import duty_panels, law_panels, related_panel, tabs, topics_panel


class QuestionPage(TrustedPage):
    """A question with a short and a long answer; the title is the question, the parent the primary topic."""

    topics = ParentalManyToManyField(
        "knowledge.TopicPage", verbose_name="Weitere Themen", blank=True, related_name="+"
    )
    sort_order = models.PositiveSmallIntegerField("Reihenfolge", default=100)
    successor = models.ForeignKey(
        "faq.QuestionPage", verbose_name="Ersetzt durch", null=True, blank=True, on_delete=models.SET_NULL,
        related_name="predecessors", help_text="Wer diese Frage aufruft, wird zur neuen geleitet.",
    )  # fmt: skip

    kind_label = "Frage"
    md_type = "question"
    parent_page_types = ["knowledge.TopicPage"]
    subpage_types: list[str] = []
    template = "faq/question.html"
    base_form_class = QuestionForm

    class Meta:
        verbose_name = "Frage"
        verbose_name_plural = "Fragen"

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        from knowledge.page_context import trusted_context

        return {**super().get_context(request, *args, **kwargs), **trusted_context(self, request)}

    def said_offline(self) -> tuple[str, ...]:
        """Old addresses, and questions this one has replaced, lead to its successor while it is offline too."""
        leads = self.first_published_at is not None or self.predecessors.exists()
        return ("successor_id",) if leads else ()

    def serve(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Lead readers of a retired question to the one that replaced it; the answer of old is for all others."""
        from faq.queries import last_successor
        from knowledge.queries import Reader

        successor = last_successor(self)
        if successor is not None and Reader.of(request).may_read(successor.path):
            return HttpResponsePermanentRedirect(successor.get_url(request))
        return super().serve(request, *args, **kwargs)


QuestionPage.edit_handler = tabs(
    QuestionPage,
    (
        "Inhalt",
        [
            TitleFieldPanel("title", heading="Frage", placeholder=False),
            FieldPanel("short_answer"),
            FieldPanel("body"),
        ],
    ),
    ("Recht und Quellen", law_panels(sources_required=False)),
    (
        "Einordnung",
        [
            topics_panel(),
            FieldPanel("audience"),
            FieldPanel("search_words"),
            FieldPanel("sort_order"),
            related_panel(),
            PageChooserPanel("successor", "faq.QuestionPage"),
        ],
    ),
    ("Zuständigkeit", duty_panels()),
)
