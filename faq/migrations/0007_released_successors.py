"""Questions offline lead where two persons have released it, not where a draft of earlier versions led them.

Saving a draft of a question that was offline stored the draft's successor in its row and made a redirect from its
address to there. What is certainly of that kind is put right:

* the row names another successor than the version published last, and that one's successor is still there;
* a redirect for all sites leads from the question's address to a question that only drafts of it lead to, was not
  made by Wagtail and was never made or edited by hand (Wagtail's log names those).

Everything else stays: whatever could be somebody's own, versions whose text is not stored, successors deleted since
(what they led to has moved on), and redirects of questions that are gone with all their revisions.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import migrations


class _Repair:
    """Reads what was released and what leads where, by the models of this time."""

    def __init__(self, apps: Any) -> None:
        self.questions = apps.get_model("faq", "QuestionPage").objects
        self.redirects = apps.get_model("wagtailredirects", "Redirect").objects
        self.revisions = apps.get_model("wagtailcore", "Revision").objects
        self.publications = apps.get_model("core", "Publication").objects
        self.log = apps.get_model("core", "AuditEntry").objects
        self.changes = apps.get_model("search", "SearchChange").objects
        kinds = apps.get_model("contenttypes", "ContentType").objects
        self.kind = kinds.filter(app_label="faq", model="questionpage").values_list("pk", flat=True).first()
        redirect = kinds.filter(app_label="wagtailredirects", model="redirect").first()
        entries = apps.get_model("wagtailcore", "ModelLogEntry").objects.filter(content_type=redirect)
        self.by_hand = set(entries.values_list("label", flat=True)) if redirect else set()
        sites = apps.get_model("wagtailcore", "Site").objects.values_list("root_page__url_path", flat=True)
        self.roots = sorted(set(sites))
        self.row = dict(self.questions.values_list("pk", "successor"))
        self.live = set(self.questions.filter(live=True).values_list("pk", flat=True))
        self._published: dict[int, list[int | None]] = {}

    def published(self, pk: int) -> list[int | None] | None:
        """Return the successors of the published versions, oldest first; None where the last one's is not known."""
        if pk not in self._published:
            rows = self.publications.filter(content_type=self.kind, object_id=str(pk)).order_by("version")
            found = [row.revision and row.revision.content for row in rows.select_related("revision")]
            known = [content.get("successor") for content in found if content]
            self._published[pk] = known if found and found[-1] else []
        return self._published[pk] or None

    def drafted(self, pk: int) -> set[int]:
        """Return the successors that revisions name which were never published."""
        rows = self.publications.filter(content_type=self.kind, object_id=str(pk), revision__isnull=False)
        drafts = self.revisions.filter(content_type=self.kind, object_id=str(pk))
        contents = drafts.exclude(pk__in=rows.values("revision")).values_list("content", flat=True)
        named = {content.get("successor") for content in contents.iterator()} | {self.row[pk]}
        return {successor for successor in named if successor}

    def reached(self, start: Iterable[int | None]) -> set[int]:
        """Return every question that the given ones lead to or led to once published, themselves included."""
        waiting, found = [pk for pk in start if pk], set()
        while waiting:
            pk = waiting.pop()
            if pk not in found:
                found.add(pk)
                waiting += [to for to in (self.row.get(pk), *(self.published(pk) or [])) if to]
        return found

    def leading_to(self, pk: int) -> set[int]:
        found, waiting = {pk}, [pk]
        while waiting:
            current = waiting.pop()
            new = {before for before, after in self.row.items() if after == current} - found
            found |= new
            waiting += new
        return found

    def last_live(self, pk: int) -> int | None:
        """Return the live question that replaces one by what is in the rows now."""
        seen, found, current = {pk}, None, self.row.get(pk)
        while current and current not in seen:
            seen.add(current)
            found = current if current in self.live else found
            current = self.row.get(current)
        return found

    def paths(self, url_path: str) -> list[str]:
        """Return the addresses of a page as redirects hold them, on every site it stands on."""
        found = [url_path[len(root) - 1 :] for root in self.roots if root and url_path.startswith(root)]
        return [path.rstrip("/") or "/" for path in found]


def _wrong_redirects(repair: _Repair, pk: int, url_path: str, released: int | None) -> list[Any]:
    paths = set(repair.paths(url_path)) - repair.by_hand
    rows = repair.redirects.filter(
        old_path__in=paths, site=None, automatically_created=False, redirect_link="", redirect_page_route_path=""
    )
    rows = list(rows.filter(redirect_page__in=repair.row)) if paths else []
    drafted = repair.reached(repair.drafted(pk)) - repair.reached([released]) if rows else set()
    return [row for row in rows if row.redirect_page_id in drafted]


def _put_right(repair: _Repair, pk: int, url_path: str) -> None:
    versions = repair.published(pk)
    if versions is None:
        return
    released = versions[-1]
    if released is not None and released not in repair.row:
        return
    wrong = _wrong_redirects(repair, pk, url_path, released)
    if repair.row[pk] != released:
        repair.questions.filter(pk=pk).update(successor=released)
        repair.row[pk] = released
    elif not wrong:
        return
    to = repair.last_live(pk)
    for row in wrong:
        repair.redirects.filter(pk=row.pk).delete()
        repair.log.create(action="wagtail.delete", object_type="wagtailredirects.redirect", object_id=str(row.pk))
        if to is not None:
            repair.redirects.create(old_path=row.old_path, redirect_page_id=to)
    affected = sorted(repair.leading_to(pk))
    repair.changes.bulk_create(repair.changes.model(object_key=f"wagtailcore.page:{one}") for one in affected)


def put_right(apps: Any, schema_editor: Any) -> None:
    repair = _Repair(apps)
    offline = repair.questions.filter(live=False, first_published_at__isnull=False).order_by("pk")
    for pk, url_path in list(offline.values_list("pk", "url_path")):
        _put_right(repair, pk, url_path)


class Migration(migrations.Migration):
    dependencies = [
        ("faq", "0006_search_words"),
        ("core", "0013_saved_search"),
        ("search", "0001_initial"),
        ("wagtailcore", "0098_apitoken"),
        ("wagtailredirects", "0008_add_verbose_name_plural"),
    ]

    operations = [migrations.RunPython(put_right, migrations.RunPython.noop, elidable=False)]
