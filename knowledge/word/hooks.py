"""Where the import is found in the admin: main menu, menu of a topic, addresses."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.http import HttpRequest
from django.urls import URLPattern, path, reverse
from wagtail import hooks
from wagtail.admin.menu import MenuItem
from wagtail.admin.widgets.button import Button
from wagtail.permission_policies.pages import PagePermissionPolicy

from knowledge.models import TopicPage
from knowledge.word import views

LABEL = "Aus Word übernehmen"


class _WordItem(MenuItem):
    """Shown to those who may add pages somewhere."""

    def is_shown(self, request: HttpRequest) -> bool:
        return bool(PagePermissionPolicy().user_has_permission(request.user, "add"))


@hooks.register("register_admin_menu_item")
def register_word_item() -> MenuItem:
    return _WordItem("Aus Word", reverse("knowledge_word"), name="word", icon_name=views.ICON, order=205)


@hooks.register("register_page_header_buttons")
def word_button(page: Any, user: Any, view_name: str, next_url: str | None = None) -> Iterator[Button]:
    """Offer the import in the menu of a topic, with the topic chosen."""
    if isinstance(page, TopicPage) and page.permissions_for_user(user).can_add_subpage():
        url = f"{reverse('knowledge_word')}?topic={page.pk}"
        yield Button(LABEL, url, icon_name=views.ICON, priority=16)


@hooks.register("register_admin_urls")
def register_word_urls() -> list[URLPattern]:
    return [
        path("word/", views.StartView.as_view(), name="knowledge_word"),
        path("word/<str:token>/", views.UploadView.as_view(), name="knowledge_word_upload"),
        path("word/<str:token>/verwerfen/", views.discard, name="knowledge_word_discard"),
        path("word/<str:token>/<int:number>/", views.ReviewView.as_view(), name="knowledge_word_review"),
        path("word/<str:token>/<int:number>/bild/<int:position>/", views.image, name="knowledge_word_image"),
    ]


@hooks.register("register_log_actions")
def register_word_log(actions: Any) -> None:
    actions.register_action("knowledge.word", "Aus Word übernommen", "Aus einem Word-Dokument übernommen")
