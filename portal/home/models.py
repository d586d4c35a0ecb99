"""The start page and the service pages around it."""

from __future__ import annotations

from django.db import models

from knowledge.models import BodyPage
from portal.core.models import BasePage


class HomePage(BasePage):
    """The start page: search first, then the four fields."""

    intro = models.TextField("Einleitung", max_length=400, blank=True)

    kind_label = "Startseite"
    md_type = "home"
    parent_page_types = ["wagtailcore.Page"]
    subpage_types = [
        "knowledge.TopicIndexPage",
        "knowledge.TemplateIndexPage",
        "home.StandardPage",
        "home.EasyLanguagePage",
        "home.SignLanguagePage",
    ]
    max_count = 1
    template = "home/home.html"

    class Meta:
        verbose_name = "Startseite"


class StandardPage(BodyPage):
    """A service or legal page."""

    intro = models.TextField("Einleitung", max_length=600, blank=True)

    kind_label = "Seite"
    md_type = "standard"
    parent_page_types = ["home.HomePage", "home.StandardPage"]
    subpage_types = ["home.StandardPage"]
    template = "home/standard.html"

    class Meta:
        verbose_name = "Serviceseite"
        verbose_name_plural = "Serviceseiten"


class EasyLanguagePage(BodyPage):
    """A page in Leichte Sprache."""

    intro = models.TextField("Einleitung", max_length=600, blank=True)

    kind_label = "Leichte Sprache"
    md_type = "easy_language"
    parent_page_types = ["home.HomePage"]
    subpage_types: list[str] = []
    template = "home/easy_language.html"

    class Meta:
        verbose_name = "Seite in Leichter Sprache"
        verbose_name_plural = "Seiten in Leichter Sprache"


class SignLanguagePage(BodyPage):
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

    class Meta:
        verbose_name = "Seite in Gebärdensprache"
        verbose_name_plural = "Seiten in Gebärdensprache"
