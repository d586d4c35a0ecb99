"""The site a request is for, with its start page, operator and notice: one query, kept until content changes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import Model
from django.http import HttpRequest
from django.http.request import split_domain_port
from wagtail.models import Site

from portal.core.generation import cached

# Wagtail reads the start page in two further steps and each setting in one; higher apps are named by string.
_JOINED = ("root_page__homepage", "operator__logo", "sitenotice")


def _load() -> list[Site]:
    found = list(Site.objects.select_related(*_JOINED).order_by("pk"))
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


def site_of(request: HttpRequest) -> Site | None:
    """Return the site of a request, and leave it where Wagtail looks for it."""
    state: Any = request
    if not hasattr(state, "_wagtail_site"):
        # The raw host as in Wagtail: the error page for a host that is not allowed has a site, too.
        hostname = split_domain_port(state._get_raw_host())[0]
        state._wagtail_site = choose(all_sites(), hostname, state.get_port())
    found: Site | None = state._wagtail_site
    return found


def setting_of(model: type[Model], site: Site | None) -> Any:
    """Return a site's setting, or one with defaults: reading never writes (Wagtail's for_site would)."""
    return getattr(site, str(model._meta.model_name), None) or model(site=site)
