"""Tags for the head of a page and for staff: metadata, JSON-LD, the way to the editor."""

from __future__ import annotations

from typing import Any

from django import template
from django.urls import reverse
from django.utils.safestring import SafeString
from wagtail.admin.admin_url_finder import AdminURLFinder
from wagtail.models import Page

from portal.core.seo import PageMeta, describe, json_script, reads_as_staff

register = template.Library()


@register.simple_tag(takes_context=True)
def page_meta(context: template.Context) -> PageMeta:
    """Return the description of the current page."""
    return describe({str(name): value for name, value in context.flatten().items()})


@register.simple_tag
def json_ld(nodes: list[dict[str, Any]]) -> SafeString:
    """Return JSON-LD nodes as the content of a script element of type application/ld+json."""
    return json_script(nodes)


@register.simple_tag(takes_context=True)
def edit_url(context: template.Context) -> str:
    """Return where staff edit what is shown (`edit_target` or `page`); nothing for others, without a query."""
    request = context.get("request")
    instance = context.get("edit_target") or context.get("page")
    if not instance or request is None or not reads_as_staff(request):
        return ""
    if isinstance(instance, Page):
        if request.user.is_superuser or getattr(request.user, "edits_all", False):
            return reverse("wagtailadmin_pages:edit", args=[instance.pk])
        if not getattr(request.user, "edits_some", True) and instance.owner_id != request.user.pk:
            return ""
    return AdminURLFinder(request.user).get_edit_url(instance) or ""
