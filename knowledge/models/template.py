from typing import Any

from django.db import models
from django.http import HttpRequest
from modelcluster.fields import ParentalManyToManyField
from wagtail.admin.panels import FieldPanel, FieldRowPanel, MultiFieldPanel, TitleFieldPanel

from knowledge.models.trust import TrustedPage, Upkept
from knowledge.panels import duty_panels, law_panels, related_panel, tabs, topics_panel, upkeep_panels
from portal.core.models import BasePage

EDITABLE = ("docx", "xlsx", "odt")


def file_error(name: str) -> str:
    """Return why a file is no template; empty when it is one."""
    if name.lower().rpartition(".")[2] in EDITABLE:
        return ""
    return "Eine Vorlage ist eine Datei zum Bearbeiten: Word (.docx), Excel (.xlsx) oder OpenDocument (.odt)."


class TemplateIndexPage(Upkept, BasePage):
    """The overview of all templates; there is one."""

    summary = models.TextField("Zusammenfassung", max_length=400, blank=True)

    kind_label = "Vorlagen"
    md_type = "template_index"
    parent_page_types = ["home.HomePage"]
    subpage_types = ["knowledge.TemplatePage"]
    max_count = 1
    template = "knowledge/template_index.html"
    content_panels = [*BasePage.content_panels, FieldPanel("summary"), *upkeep_panels()]

    class Meta:
        verbose_name = "Übersicht der Vorlagen"

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        from knowledge.listings import template_index_context

        return {**super().get_context(request, *args, **kwargs), **template_index_context(self, request)}


class TemplatePage(TrustedPage):
    """A file to be edited by a municipality (docx, xlsx, odt), with purpose, version and licence.

    `short_answer` says what the template is for.
    """

    file = models.ForeignKey(
        "core.PortalDocument",
        verbose_name="Datei",
        null=True,
        on_delete=models.PROTECT,
        related_name="template_pages",
    )
    file_version = models.CharField("Version", max_length=20, blank=True)
    version_date = models.DateField("Datum der Version", null=True, blank=True)
    licence = models.CharField("Lizenz", max_length=120, blank=True)
    change_note = models.CharField("Änderungsnotiz", max_length=255, blank=True)
    topics = ParentalManyToManyField("knowledge.TopicPage", verbose_name="Themen", blank=True, related_name="+")

    kind_label = "Vorlage"
    md_type = "template"
    parent_page_types = ["knowledge.TemplateIndexPage"]
    subpage_types: list[str] = []
    template = "knowledge/template.html"

    class Meta:
        verbose_name = "Vorlage"
        verbose_name_plural = "Vorlagen"

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        from knowledge.page_context import template_context

        return {**super().get_context(request, *args, **kwargs), **template_context(self, request)}


TemplatePage.edit_handler = tabs(
    TemplatePage,
    (
        "Inhalt",
        [
            TitleFieldPanel("title", placeholder=False),
            FieldPanel("short_answer", heading="Wofür die Vorlage ist"),
            FieldPanel("file"),
            MultiFieldPanel(
                [
                    FieldRowPanel([FieldPanel("file_version"), FieldPanel("version_date")]),
                    FieldPanel("licence"),
                    FieldPanel("change_note"),
                ],
                heading="Fassung der Datei",
            ),
            FieldPanel("body"),
        ],
    ),
    ("Recht und Quellen", law_panels(sources_required=False)),
    ("Einordnung", [topics_panel(), FieldPanel("audience"), FieldPanel("search_words"), related_panel()]),
    ("Zuständigkeit", duty_panels()),
)
