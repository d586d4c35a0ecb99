"""Which addresses the portal's own views answer, so that a page there would never be reached."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.urls import Resolver404, resolve
from wagtail.models import Page

from portal.core.text import german_slug

PAGE_VIEWS = frozenset({"page", "wagtail_serve"})
TAKEN = (
    "Unter der Adresse „{address}“ steht schon eine feste Seite des Portals; eine eigene Seite wäre dort nicht "
    "erreichbar. Bitte wählen Sie eine andere Adresse."
)


def answered_elsewhere(address: str) -> bool:
    """True where a view other than that of pages answers a path like "/kontakt/"."""
    if address.startswith(f"/{settings.STATIC_URL.strip('/')}/"):
        return True
    try:
        return resolve(address).url_name not in PAGE_VIEWS
    except Resolver404:
        return False


def address_below(parent: Any, slug: str) -> str:
    """Return the path of a page with this slug below another page; empty where no site shows that."""
    parts = parent.get_url_parts()
    return f"{parts[2].rstrip('/')}/{slug}/" if parts and parts[2] else ""


def taken_address(parent: Any, slug: str) -> str:
    """Return the path a page would have, where a view answers it; empty where the page can be reached."""
    address = address_below(parent, slug) if slug else ""
    return address if address and answered_elsewhere(address) else ""


def free_slug(parent: Any, title: str, otherwise: str) -> str:
    """Return a slug for a new page below another one that neither a page nor a view has yet.

    `otherwise` is what it is made of where the title has no letters to make one of.
    """
    base = german_slug(title, max_length=70) or otherwise
    taken = set(parent.get_children().filter(slug__startswith=base).values_list("slug", flat=True))
    slug, number = base, 1
    while slug in taken or taken_address(parent, slug):
        number += 1
        slug = f"{base}-{number}"
    return slug


def taken_by_moving(page: Page, target: Any) -> str:
    """Return the first address of a page or one below it that a view answers after a move; empty for none."""
    new = address_below(target, page.slug)
    rest = [path.removeprefix(page.url_path) for path in page.get_descendants().values_list("url_path", flat=True)]
    if not new:
        return ""
    return next((new + path for path in ["", *rest] if answered_elsewhere(new + path)), "")
