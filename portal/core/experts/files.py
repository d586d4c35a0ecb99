"""The files a draft links: its expert has them as readers will once it is live, under the address of the link."""

from __future__ import annotations

import re
from typing import Any

from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from wagtail.documents.views.serve import serve

from portal.core.documents import levels_of_collections
from portal.core.experts.queries import Draft
from portal.core.live_files import uses_of
from portal.core.models import PortalDocument
from portal.core.visibility import Visibility

_SERVED = {200, 206, 304, 416}


def _address() -> str:
    """Return the pattern of how the address of a document begins, its number in a group."""
    return re.escape(reverse("wagtaildocs_serve", args=[0, "x"])).replace("0/x", r"(\d{1,9})/")


def files_of(shown: Draft) -> set[int]:
    """Return the numbers of the files that exactly this revision links or embeds, in a field or by address.

    What lies in a closed collection is not among them: nobody without account has that on a live page either.
    """
    uses = uses_of(shown.revision, shown.page)
    kind = ContentType.objects.get_for_model(PortalDocument).pk
    named = {int(key) for found, key in uses.objects if found == kind}
    named |= {int(number) for number in re.findall(_address(), uses.text)}
    there = set(PortalDocument.objects.filter(pk__in=named).values_list("pk", flat=True))
    closed = levels_of_collections(sorted(there))
    return {pk for pk in there if closed.get(pk, Visibility.PUBLIC) is Visibility.PUBLIC}


def lead_here(html: str, shown: Draft, own_path: str) -> str:
    """Return the shown draft with links to its files led to the address of the expert (`own_path` ends in "/")."""
    start = re.compile(rf'\b(href|src)="(?:{re.escape(settings.BASE_URL.rstrip("/"))})?{_address()}[^"]*"')
    if not start.search(html):
        return html
    files = files_of(shown)

    def place(found: re.Match[str]) -> str:
        pk = int(found[2])
        return f'{found[1]}="{own_path}datei/{pk}/"' if pk in files else found[0]

    return start.sub(place, html)


def is_opened(request: HttpRequest, document: Any) -> bool:
    """True for the one file that the link of an expert opens in this request."""
    return getattr(request, "opened_file", None) == document.pk


def answer(request: HttpRequest, shown: Draft, pk: int) -> HttpResponse:
    """Serve a file of the draft as every file is served, as attachment.

    `request` is the one of somebody without account. Raises Http404 for every file that is not the draft's.
    """
    if pk not in files_of(shown):
        raise Http404
    document = get_object_or_404(PortalDocument, pk=pk)
    request.opened_file = pk  # type: ignore[attr-defined]
    response: HttpResponse = serve(request, str(pk), document.filename)
    if response.status_code not in _SERVED:
        raise Http404
    return response
