"""The site a request is for, with its start page, operator and notice: one query, kept until content changes.

The same query tells where pages are addressed, which Wagtail would read once more.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import Model, OuterRef, Subquery
from django.http import HttpRequest
from django.http.request import split_domain_port
from wagtail.models import Site
from wagtail.models.sites import SiteRootPath

from portal.core.generation import cached
from portal.core.models.media import PortalRendition

# Wagtail reads the start page in two further steps and each setting in one; higher apps are named by string.
_JOINED = ("root_page__homepage", "root_page__locale", "operator__logo", "sitenotice")

LOGO_SIZE = "max-320x120"

# The attributes of a request in which Wagtail itself keeps the site and where each site's pages are addressed.
_KEPT = "_wagtail_site"
_ROOTS = "_wagtail_cached_site_root_paths"


def _load() -> list[Site]:
    logos = PortalRendition.objects.filter(image=OuterRef("operator__logo"), filter_spec=LOGO_SIZE).order_by("pk")
    sizes = {f"logo_{name}": Subquery(logos.values(name)[:1]) for name in ("file", "width", "height")}
    found = list(Site.objects.select_related(*_JOINED).annotate(**sizes).order_by("pk"))
    for site in found:
        # What Wagtail's router asks for, and what it would read once more.
        site.root_page.specific = getattr(site.root_page, "homepage", None) or site.root_page.specific
    return found


def all_sites() -> list[Site]:
    """Return all sites; no moment changes them, so the next moment itself may be derived from them."""
    return cached("sites", _load, timeless=True)


def choose(sites: Sequence[Site], hostname: str, port: str) -> Site | None:
    """Return the site for a host by Wagtail's rule: host and port, host of the default, only host, default."""
    same = [site for site in sites if site.hostname == hostname]
    exact = [site for site in same if str(site.port) == port] or [site for site in same if site.is_default_site]
    if exact or len(same) == 1:
        return (exact or same)[0]
    return next((site for site in sites if site.is_default_site), None)


def root_paths(sites: Sequence[Site]) -> list[SiteRootPath]:
    """Return what Wagtail's `Site.get_site_root_paths()` does (one language), most specific path first."""
    ordered = sorted(sites, key=lambda site: (not site.is_default_site, site.hostname))
    ordered.sort(key=lambda site: site.root_page.url_path, reverse=True)
    return [
        SiteRootPath(site.pk, site.root_page.url_path, site.root_url, site.root_page.locale.language_code)
        for site in ordered
    ]


def site_of(request: HttpRequest) -> Site | None:
    """Return the site of a request, and leave it where Wagtail looks for it."""
    if not hasattr(request, _KEPT):
        # The raw host as in Wagtail: the error page for a host that is not allowed has a site, too.
        hostname = split_domain_port(request._get_raw_host())[0]  # type: ignore[attr-defined]
        sites = all_sites()
        setattr(request, _KEPT, choose(sites, hostname, request.get_port()))
        setattr(request, _ROOTS, root_paths(sites))
    found: Site | None = getattr(request, _KEPT)
    return found


def logo_of(site: Site | None) -> PortalRendition | None:
    """Return the operator's logo in the size of the frame; made now where it has not been needed before."""
    operator = getattr(site, "operator", None)
    if operator is None or operator.logo is None:
        return None
    kept: Any = site
    if not kept.logo_file:
        made: PortalRendition = operator.logo.get_rendition(LOGO_SIZE)
        return made
    size = {"width": kept.logo_width, "height": kept.logo_height}
    return PortalRendition(image=operator.logo, file=kept.logo_file, **size)


def setting_of(model: type[Model], site: Site | None) -> Any:
    """Return a site's setting, or one with defaults: reading never writes (Wagtail's for_site would)."""
    return getattr(site, str(model._meta.model_name), None) or model(site=site)
