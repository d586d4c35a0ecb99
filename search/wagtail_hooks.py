"""What the search adds to Wagtail's admin."""

from __future__ import annotations

from django.contrib.auth.models import Permission
from django.db.models import QuerySet
from django.urls import URLPattern, reverse
from wagtail import hooks
from wagtail.admin.menu import MenuItem

from search.insight.screens import FiguresItem, figures_urls
from search.steering.screens import RuleViewSet


@hooks.register("register_admin_viewset")
def register_rules() -> RuleViewSet:
    return RuleViewSet()


@hooks.register("register_admin_urls")
def register_admin_urls() -> list[URLPattern]:
    return figures_urls()


@hooks.register("register_reports_menu_item")
def register_figures_item() -> MenuItem:
    return FiguresItem(
        "Suche auswerten", reverse("search_figures"), name="search-figures", icon_name="search", order=130
    )


@hooks.register("register_permissions")
def register_permissions() -> QuerySet[Permission]:
    models = ["steeringrule", "searchday"]
    return Permission.objects.filter(content_type__app_label="search", content_type__model__in=models)
