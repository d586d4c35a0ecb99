"""Pages, and descriptions of the whole site for machines."""

from __future__ import annotations

from django.conf import settings
from django.contrib.sitemaps.views import sitemap as render_sitemap
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from wagtail.views import serve

from portal.core.context import surroundings
from portal.core.seo import absolute, search_path
from portal.core.sites import site_of
from portal.home.sitemaps import public_sitemaps

SHORT_NAME_LENGTH = 16


def page(request: HttpRequest, path: str) -> HttpResponseBase:
    """Serve a page as Wagtail does, with the site and its start page out of what is kept."""
    site_of(request)
    answer: HttpResponseBase = serve(request, path)
    return answer


def sitemap(request: HttpRequest) -> HttpResponse:
    """The sitemap after sitemaps.org."""
    return render_sitemap(request, {**public_sitemaps(request)})


def opensearch(request: HttpRequest) -> HttpResponse:
    """The search as OpenSearch description (1.1), so that browsers can offer it in the address bar."""
    context = {
        "short_name": settings.SITE_NAME[:SHORT_NAME_LENGTH],
        "long_name": settings.SITE_NAME[:48],
        "contact": surroundings(request).operator.email,
        "search": absolute(search_path()),
        "own": absolute(request.path),
    }
    kind = "application/opensearchdescription+xml; charset=utf-8"
    return render(request, "home/opensearch.xml", context, content_type=kind)
