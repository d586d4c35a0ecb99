"""What readers get, column by column, so that the matrix can say what one person has changed for them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection
from wagtail.contrib.redirects.models import Redirect
from wagtail.models import Page, PageViewRestriction

from knowledge.models import FieldReport, PageSource, Provision, RelatedPage
from portal.accounts.models import Municipality
from portal.core.models import CorrectionNotice, Operator, PageTag, PortalDocument, PortalImage, SiteNotice, Tag
from tests.core.matrix_room import MAKERS, Room

HIDDEN = {
    "id", "draft_title", "has_unpublished_changes", "latest_revision", "latest_revision_created_at",
    "locked", "locked_at", "locked_by", "go_live_at", "expire_at", "expired", "owner", "path", "depth",
    "numchild", "last_published_at", "change_significance", "change_summary", "page_ptr",
    "translation_key", "locale", "content_type", "sort_order",
}  # fmt: skip
"""What readers do not see of a live object: bookkeeping, and its place among its siblings: a matter of roles."""
REPORT = [
    "municipality_id", "size_class", "product", "effort_days", "contact_name", "contact_email", "contact_consent",
    "contact_until",
]  # fmt: skip
"""What readers see of the facts of a Praxisbericht; the contact those who are signed in."""
WRITING = re.compile(r'(?:INSERT (?:OR IGNORE )?INTO|UPDATE|DELETE FROM) "(\w+)"')
BESIDE = {"django_session", "wagtailusers_userprofile", "wagtailadmin_editingsession", "usersessions_usersession"}
"""Tables any request may write to: having written there proves nothing."""

Seen = dict[tuple[str, Any], dict[str, Any]]
Section = Callable[[Room], Seen]


def _rows(model: Any, columns: list[str], **only: Any) -> Section:
    def read(room: Room) -> Seen:
        found: Seen = {}
        for row in model._default_manager.filter(**only).values("pk", *columns):
            found[model._meta.model_name, row.pop("pk")] = row
        return found

    return read


def _own(model: Any) -> list[str]:
    return [row.attname for row in model._meta.local_concrete_fields if row.name not in HIDDEN]


def _shown(model: Any, *columns: str) -> Section:
    """The words and content of files readers have; the others are nobody's concern."""
    return lambda room: _rows(model, [*columns, "file", "file_hash"], pk__in=room.shown[model])(room)


def _towns(room: Room) -> Seen:
    """The names of municipalities that live reports show."""
    return _rows(
        Municipality, ["name"], pk__in=FieldReport.objects.filter(page__live=True).values("municipality")
    )(room)


def _closed(room: Room) -> Seen:
    """Who is kept from a live page, by it or a section above: what goes opens it, what comes hides it."""
    closed = list(PageViewRestriction.objects.order_by("pk").values_list("page__path", "restriction_type"))
    live = Page.objects.live().values_list("pk", "path")
    return {("closed", pk): {"to": [kind for path, kind in closed if own.startswith(path)]} for pk, own in live}


def _sections() -> dict[str, Section]:
    """Return what readers get by the table it stands in."""
    found = {model: _rows(model, _own(model), live=True) for model in (Page, *MAKERS)}
    found |= {model: _rows(model, _own(model)) for model in (Operator, SiteNotice)}
    found |= {
        PageSource: _rows(PageSource, ["title", "url"], page__live=True),
        RelatedPage: _rows(RelatedPage, ["target_id"], page__live=True),
        Provision: _rows(Provision, ["ref", "summary"], act__live=True),
        CorrectionNotice: _rows(CorrectionNotice, ["text"], page__live=True),
        PageTag: _rows(PageTag, ["tag_id"], content_object__live=True),
        Municipality: _towns,
        FieldReport: _rows(FieldReport, REPORT, page__live=True),
        Tag: _rows(Tag, ["name", "slug"], page_tags__content_object__live=True),
        Redirect: _rows(Redirect, ["old_path", "redirect_page_id", "redirect_link"]),
        PortalDocument: _shown(PortalDocument, "title", "licence"),
        PortalImage: _shown(PortalImage, "title", "licence", "description"),
        PageViewRestriction: _closed,
    }
    return {model._meta.db_table: section for model, section in found.items()}


SECTIONS = _sections()


def seen_by_readers(room: Room, tables: Iterable[str] = SECTIONS) -> Seen:
    """Return what readers get of some tables: what is live with all its columns, its files, and what frames it."""
    found: Seen = {}
    for table in tables:
        found |= SECTIONS[table](room)
    return found


def changed(before: Seen, after: Seen) -> set[str]:
    """Return what is new for readers, as "model.column"; what they no longer get does not count."""
    found = set()
    for key, row in after.items():
        old = before.get(key)
        if old is None:
            found.add(f"{key[0]}.new")
        else:
            found |= {f"{key[0]}.{name}" for name, value in row.items() if old[name] != value}
    return found


class Writes:
    """Notes which tables are written to, so that only those are read again."""

    def __init__(self) -> None:
        self.tables: set[str] = set()

    def __call__(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        found = WRITING.match(sql)
        if found:
            self.tables.add(found[1])
        return execute(sql, params, many, context)

    @property
    def seen(self) -> set[str]:
        return self.tables & set(SECTIONS)

    @property
    def counted(self) -> set[str]:
        return self.tables - BESIDE

    @contextmanager
    def noted(self) -> Iterator[None]:
        with connection.execute_wrapper(self):
            yield
