"""The start page and the service pages around it."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.http import HttpRequest
from modelcluster.fields import ParentalKey
from wagtail.admin.panels import FieldPanel, InlinePanel, PageChooserPanel
from wagtail.models import Orderable

from knowledge.models import BodyPage, Upkept
from knowledge.page_context import service_context
from knowledge.panels import upkeep_panels
from portal.core.models import BasePage
from portal.home import routing


class NeededPage(Orderable):
    """A page the editors show as "most needed" on the start page."""

    page = ParentalKey("home.HomePage", related_name="needed_pages", on_delete=models.CASCADE)
    target = models.ForeignKey(
        "wagtailcore.Page", verbose_name="Seite", related_name="+", on_delete=models.CASCADE
    )

    class Meta(Orderable.Meta):
        verbose_name = "Oft gebrauchte Seite"
        verbose_name_plural = "Oft gebrauchte Seiten"


class HomePage(Upkept, BasePage):
    """The start page: search first, then the four fields."""

    intro = models.TextField("Einleitung", max_length=400, blank=True)

    kind_label = "Startseite"
    md_type = "home"
    parent_page_types = ["wagtailcore.Page"]
    subpage_types = [
        "knowledge.TopicIndexPage",
        "knowledge.TemplateIndexPage",
        "knowledge.DecisionIndexPage",
        "knowledge.RoleIndexPage",
        "home.StandardPage",
        "home.EasyLanguagePage",
        "home.SignLanguagePage",
    ]
    max_count = 1
    template = "home/home.html"
    content_panels = [
        *BasePage.content_panels,
        FieldPanel("intro"),
        InlinePanel(
            "needed_pages", heading="Oft gebraucht", label="Seite", panels=[PageChooserPanel("target")], max_num=6,
            help_text="Leer: die Seiten, auf die am häufigsten verwiesen wird.",
        ),
        *upkeep_panels(),
    ]  # fmt: skip

    class Meta:
        verbose_name = "Startseite"

    def route(self, request: HttpRequest, path_components: list[str]) -> Any:
        """Find the page of a path at once; what is not plainly a live page goes Wagtail's way."""
        reader = request.user if settings.SESSION_COOKIE_NAME in request.COOKIES else None
        signed_in = reader if reader is not None and reader.is_authenticated else None
        page = routing.find_page(self, path_components, signed_in) if path_components else None
        if page is not None:
            return page.route(request, [])
        return super().route(request, path_components)

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        from portal.home.queries import home_context

        return {**super().get_context(request, *args, **kwargs), **home_context(self, request)}


class StandardPage(Upkept, BodyPage):
    """A service or legal page."""

    intro = models.TextField("Einleitung", max_length=600, blank=True)
    shows_particulars = models.BooleanField(
        "Rechtliche Angaben zeigen", default=False,
        help_text="Impressum und Datenschutz: oben stehen die Angaben aus Einstellungen → Betreiber.",
    )  # fmt: skip

    kind_label = "Seite"
    md_type = "standard"
    parent_page_types = ["home.HomePage", "home.StandardPage"]
    subpage_types = ["home.StandardPage"]
    template = "home/standard.html"
    content_panels = [
        *BasePage.content_panels,
        FieldPanel("intro"),
        FieldPanel("shows_particulars"),
        FieldPanel("body"),
        *upkeep_panels(),
    ]

    class Meta:
        verbose_name = "Serviceseite"
        verbose_name_plural = "Serviceseiten"

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        return {**super().get_context(request, *args, **kwargs), **service_context(self, request)}


class EasyLanguagePage(Upkept, BodyPage):
    """A page in Leichte Sprache."""

    intro = models.TextField("Einleitung", max_length=600, blank=True)

    kind_label = "Leichte Sprache"
    md_type = "easy_language"
    parent_page_types = ["home.HomePage"]
    subpage_types: list[str] = []
    template = "home/easy_language.html"
    content_panels = [*BasePage.content_panels, FieldPanel("intro"), FieldPanel("body"), *upkeep_panels()]

    class Meta:
        verbose_name = "Seite in Leichter Sprache"
        verbose_name_plural = "Seiten in Leichter Sprache"

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        return {**super().get_context(request, *args, **kwargs), **service_context(self, request)}


class SignLanguagePage(Upkept, BodyPage):
    """A page with a video in Deutsche Gebärdensprache; the body is its transcript."""

    intro = models.TextField("Einleitung", max_length=600, blank=True)
    video = models.ForeignKey(
        "core.PortalDocument",
        verbose_name="Video",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    captions = models.ForeignKey(
        "core.PortalDocument",
        verbose_name="Untertitel (WebVTT)",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )

    kind_label = "Gebärdensprache"
    md_type = "sign_language"
    parent_page_types = ["home.HomePage"]
    subpage_types: list[str] = []
    template = "home/sign_language.html"
    content_panels = [
        *BasePage.content_panels,
        FieldPanel("intro"),
        FieldPanel("video"),
        FieldPanel("captions"),
        FieldPanel("body", heading="Text zum Video"),
        *upkeep_panels(),
    ]

    class Meta:
        verbose_name = "Seite in Gebärdensprache"
        verbose_name_plural = "Seiten in Gebärdensprache"

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        return {**super().get_context(request, *args, **kwargs), **service_context(self, request)}
