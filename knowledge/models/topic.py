from typing import Any

from django.db import models
from django.http import HttpRequest
from wagtail.admin.panels import FieldPanel

from knowledge.models.trust import Upkept
from knowledge.panels import upkeep_panels
from portal.core.models import BasePage


class TopicIndexPage(Upkept, BasePage):
    """The overview of all topics; there is one."""

    summary = models.TextField("Zusammenfassung", max_length=400, blank=True)

    kind_label = "Themenübersicht"
    md_type = "topic_index"
    parent_page_types = ["home.HomePage"]
    subpage_types = ["knowledge.TopicPage"]
    max_count = 1
    template = "knowledge/topic_index.html"
    content_panels = [*BasePage.content_panels, FieldPanel("summary"), *upkeep_panels()]

    class Meta:
        verbose_name = "Themenübersicht"

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        from knowledge.listings import topic_index_context

        return {**super().get_context(request, *args, **kwargs), **topic_index_context(self, request)}


class TopicPage(Upkept, BasePage):
    """A topic; its children are the articles and questions whose primary topic it is, and narrower topics."""

    summary = models.TextField("Zusammenfassung", max_length=400)
    is_field = models.BooleanField("Handlungsfeld", default=False, help_text="Steht auf der Startseite obenan.")
    sort_order = models.PositiveSmallIntegerField("Reihenfolge", default=100)
    icon = models.CharField("Symbol", max_length=40, default="info", help_text="Name eines KERN-Symbols.")

    kind_label = "Thema"
    md_type = "topic"
    parent_page_types = ["knowledge.TopicIndexPage", "knowledge.TopicPage"]
    subpage_types = ["knowledge.TopicPage", "knowledge.ArticlePage", "faq.QuestionPage"]
    template = "knowledge/topic.html"
    content_panels = [
        *BasePage.content_panels,
        FieldPanel("summary"),
        FieldPanel("is_field"),
        FieldPanel("sort_order"),
        FieldPanel("icon"),
        *upkeep_panels(),
    ]

    class Meta:
        verbose_name = "Thema"
        verbose_name_plural = "Themen"

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        from knowledge.listings import topic_context

        return {**super().get_context(request, *args, **kwargs), **topic_context(self, request)}
