"""Writes of the base that belong to no single concern of their own: files and tags."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from django.db import transaction
from django.urls import NoReverseMatch, reverse
from wagtail.models import Page

from portal.core.extraction import OFFICE, PLAIN, READABLE, SMALL, Extracted, extract, extract_apart
from portal.core.models import PageTag, PortalDocument, Tag
from portal.core.signals import announce
from portal.core.tagging import retag_revisions


def _store(document: PortalDocument, result: Extracted) -> None:
    values = {
        "page_texts": result.pages,
        "page_count": result.page_count,
        "extraction_error": result.error[:255],
        "extracted_hash": document.file_hash,
    }
    for name, value in values.items():
        setattr(document, name, value)
    with transaction.atomic():
        PortalDocument.objects.filter(pk=document.pk, file_hash=document.file_hash).update(**values)
        announce(document)


def extract_text(*, document: PortalDocument, apart: bool = True) -> None:
    """Read the text of a file and store it, unless that has been done for this content."""
    if document.extracted_hash == document.file_hash:
        return
    extension = document.file_extension.lower()
    if extension not in READABLE:
        _store(document, Extracted())
        return
    with tempfile.NamedTemporaryFile(suffix=f".{extension}") as copy, document.open_file() as source:
        for chunk in iter(lambda: source.read(1024 * 1024), b""):
            copy.write(chunk)
        copy.flush()
        result = (extract_apart if apart else extract)(Path(copy.name), extension)
    _store(document, result)


def file_saved(*, document: PortalDocument) -> None:
    """After saving a file: small office files are read at once, the rest by the queue `slow`.

    The old content's text is forgotten at once, so that nobody finds what is no longer there.
    """
    from portal.core.tasks import extract_document

    if not document.file:
        return
    if not document.file_hash:
        document._set_document_file_metadata()
        PortalDocument.objects.filter(pk=document.pk).update(
            file_hash=document.file_hash, file_size=document.file_size
        )
    if document.extracted_hash == document.file_hash:
        return
    document.page_texts, document.page_count, document.extraction_error = [], None, ""
    PortalDocument.objects.filter(pk=document.pk).update(page_texts=[], page_count=None, extraction_error="")
    small = (document.file_size or 0) <= SMALL
    if small and document.file_extension.lower() in OFFICE | PLAIN:
        extract_text(document=document, apart=False)
    else:
        extract_document.enqueue(document.pk)


def _lead_on(old_slug: str, tag: Tag) -> None:
    """Let the old address of a tag's page lead to its new one."""
    from portal.core.moved import lead_on

    if not old_slug or old_slug == tag.slug:
        return
    try:
        old, new = (reverse("tag", args=[slug]) for slug in (old_slug, tag.slug))
    except NoReverseMatch:
        return
    lead_on([(old, new)])


@transaction.atomic
def merge_tags(*, target: Tag, others: Iterable[Tag]) -> int:
    """Move all pages of other tags to one tag, drafts included, and delete the others; returns how many went."""
    gone = [tag for tag in others if tag.pk != target.pk]
    retag_revisions(replaced={tag.pk: target.pk for tag in gone})
    tagged = set(PageTag.objects.filter(tag=target).values_list("content_object_id", flat=True))
    for row in PageTag.objects.filter(tag__in=gone):
        if row.content_object_id in tagged:
            row.delete()
            continue
        tagged.add(row.content_object_id)
        row.tag = target
        row.save(update_fields=["tag"])
    _announce_pages(tagged)
    for tag in gone:
        _lead_on(tag.slug, target)
        tag.delete()
    return len(gone)


@transaction.atomic
def tag_changed(*, tag: Tag, old_slug: str = "") -> None:
    """Tell everybody that pages carry a renamed tag, and let its old address lead on."""
    _lead_on(old_slug, tag)
    _announce_pages(PageTag.objects.filter(tag=tag).values_list("content_object_id", flat=True))


def _announce_pages(ids: Iterable[Any]) -> None:
    for page in Page.objects.filter(pk__in=list(ids)):
        announce(page)
