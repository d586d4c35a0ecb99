"""Service pages are findable as well."""

from __future__ import annotations

from typing import Any

from portal.home.models import EasyLanguagePage, SignLanguagePage, StandardPage
from search.documents import Kind
from search.pages import PageContext, PageSource

PAGE = Kind("page", "Seite", "Seiten", 90)


class StandardSource(PageSource):
    name = "standard"
    kind = PAGE
    model = StandardPage
    plain_fields = ("title", "intro")

    def fields(self, page: Any, context: PageContext) -> dict[str, Any]:
        return {
            "summary": page.intro,
            "body": page.rendered.get("text", ""),
            "suggest": (page.title,),
            "badge": page.kind_label,
        }


class EasyLanguageSource(StandardSource):
    name = "easy_language"
    model = EasyLanguagePage


class SignLanguageSource(StandardSource):
    name = "sign_language"
    model = SignLanguagePage
