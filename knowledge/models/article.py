from typing import Any

from django.db import models
from django.http import HttpRequest
from modelcluster.fields import ParentalKey, ParentalManyToManyField
from wagtail.admin.panels import (
    FieldPanel,
    FieldRowPanel,
    InlinePanel,
    MultiFieldPanel,
    PageChooserPanel,
    TitleFieldPanel,
)
from wagtail.models import Orderable

from knowledge.models.trust import TrustedPage
from knowledge.panels import duty_panels, law_panels, related_panel, tabs, topics_panel
from knowledge.reports.panels import ContactPanel
from portal.accounts.models import Municipality, Territory
from portal.core.fields import ChoiceListField


class PageSource(Orderable):
    """A source of a page, named with its date."""

    page = ParentalKey("wagtailcore.Page", related_name="sources", on_delete=models.CASCADE)
    title = models.CharField(
        "Quelle", max_length=300, help_text="Mit Datum, zum Beispiel „Kommune21, 15.01.2025“."
    )
    url = models.URLField("Adresse", blank=True, max_length=500)

    class Meta(Orderable.Meta):
        verbose_name = "Quelle"
        verbose_name_plural = "Quellen"


class RelatedPage(Orderable):
    """A page chosen by an editor as "see also"."""

    page = ParentalKey("wagtailcore.Page", related_name="curated_related", on_delete=models.CASCADE)
    target = models.ForeignKey(
        "wagtailcore.Page", verbose_name="Seite", related_name="+", on_delete=models.CASCADE
    )

    class Meta(Orderable.Meta):
        verbose_name = "Verwandte Seite"
        verbose_name_plural = "Verwandte Seiten"


class ArticlePage(TrustedPage):
    """A guidance article; its parent is the primary topic."""

    class Kind(models.TextChoices):
        LEITFADEN = "leitfaden", "Leitfaden"
        CHECKLISTE = "checkliste", "Checkliste"
        UEBERBLICK = "ueberblick", "Überblick"
        PRAXIS = "praxis", "Praxis"
        RECHTSSEITE = "rechtsseite", "Rechtsseite"
        MISSVERSTAENDNIS = "missverstaendnis", "Missverständnis"
        PRAXISBERICHT = "praxisbericht", "Praxisbericht"

    kind = models.CharField("Art", max_length=20, choices=Kind.choices, default=Kind.LEITFADEN)
    topics = ParentalManyToManyField(
        "knowledge.TopicPage", verbose_name="Weitere Themen", blank=True, related_name="+"
    )
    applies_to_sizes = ChoiceListField("Gilt für Größenklassen", choices=Municipality.SizeClass)
    applies_to_bodies = ChoiceListField("Gilt für", choices=Territory)
    leika_keys = models.CharField("LeiKa-Schlüssel", max_length=400, blank=True, help_text="Durch Komma getrennt.")
    ozg_keys = models.CharField("OZG-Schlüssel", max_length=400, blank=True, help_text="Durch Komma getrennt.")
    next_step_label = models.CharField("Nächster Schritt", max_length=120, blank=True)
    next_step_page = models.ForeignKey(
        "wagtailcore.Page", verbose_name="Führt zu", null=True, blank=True,
        on_delete=models.SET_NULL, related_name="+", help_text="Leer: Beratung anfragen.",
    )  # fmt: skip

    kind_label = "Artikel"
    md_type = "article"
    parent_page_types = ["knowledge.TopicPage"]
    subpage_types: list[str] = []
    template = "knowledge/article.html"
    # What a municipality has told, and whom to ask with consent, belongs to the one page it was told for.
    exclude_fields_in_copy = [*TrustedPage.exclude_fields_in_copy, "field_reports"]

    class Meta:
        verbose_name = "Artikel"
        verbose_name_plural = "Artikel"

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        from knowledge.page_context import article_context

        return {**super().get_context(request, *args, **kwargs), **article_context(self, request)}


ArticlePage.edit_handler = tabs(
    ArticlePage,
    (
        "Inhalt",
        [
            TitleFieldPanel("title", placeholder=False),
            FieldPanel("kind"),
            FieldPanel("short_answer"),
            FieldPanel("body"),
            InlinePanel(
                "field_reports",
                heading="Angaben zum Praxisbericht",
                label="Angaben",
                max_num=1,
                help_text="Nur bei der Art „Praxisbericht“.",
            ),
            ContactPanel(heading="Kontakt des Praxisberichts"),
            MultiFieldPanel(
                [FieldPanel("next_step_label"), PageChooserPanel("next_step_page")],
                heading="Nächster Schritt am Ende der Seite",
            ),
        ],
    ),
    ("Recht und Quellen", law_panels(sources_required=True)),
    (
        "Einordnung",
        [
            topics_panel(),
            FieldPanel("audience"),
            FieldPanel("search_words"),
            FieldRowPanel([FieldPanel("applies_to_bodies"), FieldPanel("applies_to_sizes")]),
            FieldRowPanel([FieldPanel("leika_keys"), FieldPanel("ozg_keys")]),
            related_panel(),
        ],
    ),
    ("Zuständigkeit", duty_panels()),
)
