"""What every page shows around its content: operator, notice, menus. Warm it costs no query."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, partial
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.functional import LazyObject, SimpleLazyObject
from wagtail.models import Page, Site

from portal.core.csp import is_admin_request
from portal.core.generation import cached, register_next_change
from portal.core.models import Operator, SiteNotice
from portal.core.sites import all_sites, logo_of, setting_of, site_of
from portal.core.visibility import Visibility, current_restriction_levels, level_of_path, level_of_user

# Menus name page types and routes of higher apps by string; what does not exist is left out.
PERSONAL = ("/beratung/",)  # addresses that may be a key: no link takes them along
LONGEST_PATH = 300  # what the contact form takes
NAV = (
    ("Themen", "page", "knowledge.topicindexpage"),
    ("Nach Rolle", "page", "knowledge.roleindexpage"),
    ("Fristen", "route", "deadlines"),
    ("Entscheidungshilfen", "page", "knowledge.decisionindexpage"),
    ("Vorlagen", "page", "knowledge.templateindexpage"),
    ("Glossar", "route", "glossary"),
    ("Recht", "route", "acts"),
    ("A–Z", "route", "az"),
)
SERVICE_ROUTES = (
    ("Kontakt", "contact"),
    ("Barriere melden", "report_barrier"),
    ("Änderungen abonnieren", "subscribe"),
    ("Übersicht", "site_map"),
)
WHEN_OPEN = (("Sprechstunden und Termine", "consultation_sessions"),)


@dataclass(frozen=True)
class Surroundings:
    """Everything of the frame that does not depend on the reader; kept with the content generation."""

    operator: Operator
    notice: SiteNotice | None
    nav: list[dict[str, str]]
    service_links: list[dict[str, str]]
    easy_language_url: str
    sign_language_url: str
    logo: dict[str, Any] | None


def url_of(route: str) -> str:
    """Return the address of a route, or "" where that part of the portal is not installed."""
    try:
        return reverse(route)
    except NoReverseMatch:
        return ""


def _public_pages(site: Site) -> list[Page]:
    """The live pages just below the start page that everybody may read, in their order."""
    restrictions = current_restriction_levels()
    pages = Page.objects.live().child_of(site.root_page).select_related("content_type").order_by("path")
    return [page for page in pages if level_of_path(page.path, restrictions) is Visibility.PUBLIC]


def _logo(site: Site | None) -> dict[str, Any] | None:
    rendition = logo_of(site)
    if rendition is None:
        return None
    return {
        "url": rendition.url,
        "alt": rendition.image.description,
        "width": rendition.width,
        "height": rendition.height,
    }


def _surroundings(request: HttpRequest) -> Surroundings:
    site = site_of(request)
    pages = _public_pages(site) if site else []
    kinds = [(f"{page.content_type.app_label}.{page.content_type.model}", page) for page in pages]

    def first(kind: str) -> str:
        return next((page.get_url(request) or "" for name, page in kinds if name == kind), "")

    nav = [
        {"title": title, "url": first(name) if source == "page" else url_of(name)} for title, source, name in NAV
    ]
    service = [
        {"title": page.title, "url": page.get_url(request) or ""} for k, page in kinds if k == "home.standardpage"
    ]
    routes = SERVICE_ROUTES + (WHEN_OPEN if settings.CONSULTATIONS_OPEN else ())
    service += [{"title": title, "url": url_of(name)} for title, name in routes]
    operator = setting_of(Operator, site)
    notice = setting_of(SiteNotice, site)
    return Surroundings(
        operator=operator,
        notice=notice if notice.active else None,
        nav=[item for item in nav if item["url"]],
        service_links=[item for item in service if item["url"]],
        easy_language_url=first("home.easylanguagepage"),
        sign_language_url=first("home.signlanguagepage"),
        logo=_logo(site),
    )


def surroundings(request: HttpRequest) -> Surroundings:
    """Return the frame of the request's site."""
    try:
        host = request.get_host()
    except DisallowedHost:  # the error page has a frame, too
        host = "-"
    return cached(f"surroundings:{host}", lambda: _surroundings(request))


def level_of_request(request: HttpRequest) -> Visibility:
    """Return the reader's level; a request without session cookie is anonymous without opening the session."""
    user = getattr(request, "user", None)
    if settings.SESSION_COOKIE_NAME not in request.COOKIES and isinstance(user, LazyObject):
        return Visibility.PUBLIC
    return level_of_user(user)


def next_notice_change(now: Any) -> Any:
    """Return the next start or end of a notice after `now`: a page kept longer would show it wrongly."""
    notices = [setting_of(SiteNotice, site) for site in all_sites()]
    moments = [moment for row in notices if row.active for moment in (row.starts_at, row.ends_at)]
    return min((moment for moment in moments if moment and moment > now), default=None)


register_next_change(next_notice_change)


AROUND = (
    "operator", "operator_logo", "site_notice", "nav", "service_links", "easy_language_url", "sign_language_url",
    "advice_url", "base_url", "user_level",
)  # fmt: skip


def advice_start() -> str:
    """Return where advice is asked for: the wizard of requests where it is open, the contact form otherwise."""
    return (url_of("consultation_start") if settings.CONSULTATIONS_OPEN else "") or url_of("contact")


def advice_url(request: HttpRequest, *, concern: str = "beratung", path: str = "") -> str:
    """Return the address where advice is asked for, with concern and page filled in; empty without a form."""
    url = advice_start()
    page = (path or request.path)[:LONGEST_PATH]
    filled = (
        {"anliegen": concern}
        if page in ("/", url) or page.startswith(PERSONAL)
        else {"anliegen": concern, "seite": page}
    )
    return f"{url}?{urlencode(filled)}" if url else ""


def _around(request: HttpRequest) -> dict[str, Any]:
    frame = surroundings(request)
    shown = frame.notice is not None and frame.notice.is_shown(timezone.now())
    return {
        "operator": frame.operator,
        "operator_logo": frame.logo,
        "site_notice": frame.notice if shown else None,
        "nav": frame.nav,
        "service_links": frame.service_links,
        "easy_language_url": frame.easy_language_url,
        "sign_language_url": frame.sign_language_url,
        "advice_url": advice_url(request),
        "base_url": settings.BASE_URL,
        "user_level": level_of_request(request),
    }


def portal(request: HttpRequest) -> dict[str, Any]:
    """Context processor of the public pages; the admin pays only where it shows one of them, as a refusal does."""
    if not is_admin_request(request) or getattr(request, "is_preview", False):
        return _around(request)
    around = cache(lambda: _around(request))
    return {name: SimpleLazyObject(partial(lambda key: around()[key], name)) for name in AROUND}
