"""Links within the portal, recorded whenever a page or a snippet is saved: who names an address.

Wagtail's index of references knows what was chosen in an editor, not what was typed as an address.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any
from urllib.parse import unquote, urljoin, urlsplit

from django.db import transaction
from django.db.models import CharField, F, Q, Value
from django.db.models.functions import Coalesce, Concat
from django.urls import Resolver404, resolve, reverse
from wagtail.contrib.redirects.models import Redirect
from wagtail.models import Page, Site

from knowledge.links.extraction import FoundLink, is_external, links_of, own_hosts
from knowledge.links.queries import on_live_content
from knowledge.models import Act, Deadline, GlossaryTerm, InternalLink
from knowledge.models.links import SUBJECTS
from knowledge.reading.kinds import WITH_TEXT, content_models, kind_of
from portal.core.visibility import Visibility, level_of_path, restriction_levels

LINK, SOURCE = "Link im Text", "Quelle"
# Other forms of a page under an address of their own: reading, printing, following.
_FORMS = re.compile(r"(\.md|\.pdf|/feed\.atom|/aenderungen\.atom)$")
_ADDRESSES: dict[type[Any], str] = {Act: "act", GlossaryTerm: "glossary_term", Deadline: "deadline"}
_SLASHES = re.compile(r"/{2,}")


def hosts() -> frozenset[str]:
    """Return every host name the portal answers to: settings, and the sites of the admin."""
    # Asked at saving, when nothing derived is kept: the names alone cost a tenth of the sites with all they join.
    return own_hosts() | {name.lower() for name in Site.objects.values_list("hostname", flat=True)}


def reader_path(page: Page) -> str:
    """Return the path of a page as readers write it: "/home/themen/ozg/" is "/themen/ozg/" for them."""
    return "/" + page.url_path.split("/", 2)[2] if page.url_path.count("/") > 1 else "/"


def path_of(subject: Any) -> str:
    """Return the path under which readers find a page or a snippet."""
    if isinstance(subject, Page):
        return reader_path(subject)
    return reverse(_ADDRESSES[type(subject)], args=[subject.slug])


def own_path(url: str, base: str, own: frozenset[str]) -> str:
    """Return the plain path an address leads to within the portal; "" for others and for the start page.

    `base` is the path of the page the address stands on, for relative ones.
    """
    try:
        parts = urlsplit(urljoin(f"https://own.invalid{base}", url.strip()))
    except ValueError:  # "http://[": no address at all
        return ""
    if parts.scheme not in ("http", "https"):
        return ""
    if parts.netloc != "own.invalid" and is_external(f"{parts.scheme}://{parts.netloc}", own):
        return ""
    path = _FORMS.sub("", _SLASHES.sub("/", unquote(parts.path)).rstrip("/"))
    return f"{path}/"[: InternalLink.MAX_PATH] if path else ""


def file_of(path: str) -> int | None:
    """Return the number of the file a path within the portal leads to."""
    try:
        match = resolve(path.rstrip("/"))
    except Resolver404:
        return None
    return int(match.args[0]) if match.url_name == "wagtaildocs_serve" and len(match.args[0]) < 19 else None


def levels_of_files(ids: Sequence[int]) -> Iterator[tuple[int, Visibility]]:
    """Yield (file, level) for each live text that names the address of one: who may have a file (core)."""
    rows = InternalLink.objects.filter(document__in=list(ids))
    restrictions = None
    # A deadline is closed with its topic.
    place = Coalesce("page__path", "deadline__topic__path")
    for document, path in rows.filter(on_live_content()).values_list("document", place):
        restrictions = restriction_levels() if restrictions is None else restrictions
        yield int(document or 0), level_of_path(path, restrictions) if path else Visibility.PUBLIC


def _way(link: FoundLink) -> str:
    if link.field == "sources":
        return SOURCE
    return LINK if link.field == "body" else link.label


def _rows(subject: Any) -> set[tuple[str, str]]:
    # A mark ("#fristen") leads to the same page, whatever becomes of it.
    found = [link for link in links_of(subject) if link.url and not link.url.startswith("#")]
    if not found:
        return set()
    base, own = path_of(subject), hosts()
    rows = {(own_path(link.url, base, own), _way(link)) for link in found}
    return {(path, way) for path, way in rows if path}


@transaction.atomic
def record(subject: Any) -> None:
    """Store the internal addresses a page or a snippet names; unchanged ones are left alone."""
    key = f"{kind_of(subject)}_id"
    wanted = _rows(subject)
    stored = {
        (path, way): pk
        for pk, path, way in InternalLink.objects.filter(**{key: subject.pk}).values_list("pk", "path", "way")
    }
    if gone := [pk for row, pk in stored.items() if row not in wanted]:
        InternalLink.objects.filter(pk__in=gone).delete()
    InternalLink.objects.bulk_create(
        InternalLink(path=path, way=way, document=file_of(path), **{key: subject.pk})
        for path, way in sorted(wanted - stored.keys())
    )


def record_all(models: Iterable[type[Any]] = ()) -> int:
    """Record the links of everything that is stored, or of some models; returns of how many objects."""
    total = 0
    for model in models or content_models():
        for pk in list(model._default_manager.order_by("pk").values_list("pk", flat=True)):
            subject = model._default_manager.filter(pk=pk).first()
            if subject is not None:
                record(subject)
                total += 1
    return total


def saved(instance: Any, update_fields: Any = None, raw: bool = False, **kwargs: Any) -> None:
    """Receiver of post_save: what is saved is recorded with it; rows go with their subject.

    A draft of something live is saved with `update_fields`: what the object holds is not what is stored then.
    """
    if update_fields is None and not raw and isinstance(instance, WITH_TEXT):
        record(instance)


def naming(subjects: Iterable[Any]) -> Iterable[tuple[str, int, str]]:
    """Yield (kind, id, way) of what names the subjects, what is below, or a forwarded address; one query."""
    found = Q(pk__in=[])
    below = Q(pk__in=[])
    for subject in subjects:
        path = path_of(subject)
        if path == "/":  # every text leads to the start page
            continue
        found |= Q(path__startswith=path[: InternalLink.MAX_PATH])
        if isinstance(subject, Page):
            below |= Q(redirect_page__path__startswith=subject.path)
    old = Redirect.objects.filter(below).values(
        address=Concat(F("old_path"), Value("/"), output_field=CharField())
    )
    rows = InternalLink.objects.filter(found | Q(path__in=old)).order_by("way")
    for way, *ids in rows.values_list("way", *SUBJECTS):
        yield from ((name, pk, way) for name, pk in zip(SUBJECTS, ids, strict=True) if pk is not None)


def live_text_names(address: str) -> bool:
    """True when a live page or snippet names something whose address begins so: files of readers (core)."""
    rows = InternalLink.objects.filter(path__startswith=address)
    return bool(rows.filter(on_live_content()).exists())
