"""Addresses in the admin of a reviewed object, page or snippet."""

from __future__ import annotations

from typing import Any

from django.contrib.admin.utils import quote
from django.urls import reverse
from wagtail.models import AbstractPage


def _address(subject: Any, page_view: str, snippet_view: str, *args: Any) -> str:
    if isinstance(subject, AbstractPage):
        return reverse(f"wagtailadmin_pages:{page_view}", args=[subject.pk, *args])
    name: str = subject.snippet_viewset.get_url_name(snippet_view)
    return reverse(name, args=[quote(subject.pk), *args])


def edit_url(subject: Any) -> str:
    return _address(subject, "edit", "edit")


def preview_url(subject: Any, revision: Any) -> str:
    return _address(subject, "revisions_view", "revisions_view", revision.pk)


def compare_url(subject: Any, revision: Any) -> str:
    """Return where the version is shown beside what readers see now."""
    return _address(subject, "revisions_compare", "revisions_compare", "live", revision.pk)
