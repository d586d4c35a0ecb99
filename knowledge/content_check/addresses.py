"""What answers at an address of the portal besides the files of the folder, and which marks it has.

Things count that stand in the folder or in the portal. What cannot be known without rendering is left alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cached_property

from bs4 import BeautifulSoup
from django.urls import Resolver404, ResolverMatch, resolve
from wagtail.contrib.redirects.models import Redirect

from knowledge.citations import anchor_of, provision_key
from knowledge.content_check.content import Content, Subject
from knowledge.content_check.passages import Place
from knowledge.deadlines.listing import HEADINGS
from knowledge.finishing import PageTree
from knowledge.links.internal import SUFFIXES, VIEWS_OF_PAGES
from knowledge.models import BodyPage, Deadline, LawSection
from portal.core.content_io import KINDS
from portal.core.content_io.kinds import INDEX
from portal.core.models import PortalDocument, Tag

# The mark of a § in a law text: "p-9", "p-9-abs-1", "art-6-abs-2"; and how sections without a number begin.
_SECTION = re.compile(r"(?:p-|(?=art-))((?:art-)?\d+[a-z]*)(?:-abs-(\d+[a-z]?))?")
_OTHER_SECTION = re.compile(r"(?:p|art)-\d|(?:anlage|anhang|eingang|schluss|praeambel|inhalt|abschnitt)")
_TITLE = "-titel"
_FOLDERS = {"act": "recht", "glossary_term": "glossar", "deadline": "fristen"}
# Marks that the templates of these and of the timeline make.
_OF_SNIPPET = {"bindung", "vorschriften", "ganze-vorschrift", "seiten"}
_OF_TIMELINE = {*HEADINGS, "abonnieren"}


def page_name(path: str) -> str:
    """Return the slug path of the page an address names, whatever form of the page it asks for."""
    for suffix in SUFFIXES:
        path = path.removesuffix(suffix)
    return path.strip("/") or INDEX


def match_of(path: str) -> ResolverMatch | None:
    """Return the view that answers at an address, as readers get there: as it stands, else with a slash."""
    for form in (path, f"{path}/"):
        try:
            return resolve(form)
        except Resolver404:
            continue
    return None


class Addresses:
    """Answers whether readers get anywhere at an address, and to a mark there."""

    def __init__(self, content: Content) -> None:
        self.content = content
        self.subjects = {subject.path: subject for subject in content.subjects}
        self._exists: dict[str, Callable[[str], bool]] = {
            "glossary_term": lambda slug: slug in content.slugs("term"),
            **dict.fromkeys(("act", "law_text", "law_text_markdown"), lambda slug: slug in content.slugs("act")),
            **dict.fromkeys(("deadline", "deadline_markdown"), lambda slug: slug in content.slugs("deadline")),
            **dict.fromkeys(("tag", "tag_markdown"), lambda slug: slug in self._tags),
            **dict.fromkeys(("deadlines_feed_of", "deadlines_calendar_of"), lambda slug: slug in self._fields),
        }

    # -- is it there -------------------------------------------------------------------------------------

    def page(self, name: str) -> Subject | None:
        """Return the page of the folder at a slug path."""
        found = self.subjects.get(name)
        return found if found is not None and found.document.kind.is_page else None

    def leads_somewhere(self, path: str) -> bool:
        """True for an address that answers; `path` begins with a slash."""
        name = page_name(path)
        if self.content.loaded.type_of(name) or self._is_unreadable(name):
            return True
        match = match_of(path)
        return (match is not None and self._answers(match)) or self._is_snippet(name) or _is_forwarded(path)

    def _is_unreadable(self, name: str) -> bool:
        """What cannot be read at all, a sheet with all that stands in it included, is reported by itself."""
        broken = self.content.loaded.broken
        return name in broken or name.partition("/")[0] in broken

    def _answers(self, match: ResolverMatch) -> bool:
        view, names = match.url_name or "", match.kwargs
        if view in self._exists:
            return self._exists[view](str(names["slug"]))
        if view == "markdown":  # whatever has an address has a Markdown form
            return self.leads_somewhere(f"/{names['path']}/")
        if view == "wagtaildocs_serve":
            return bool(PortalDocument.objects.filter(pk=match.args[0]).exists())
        if "path" in names:  # something about a page: its versions, its feed
            return bool(self.content.loaded.type_of(str(names["path"]).strip("/")))
        return view not in VIEWS_OF_PAGES

    def _is_snippet(self, name: str) -> bool:
        """True for a snippet of a kind with pages of its own whose views are not known here."""
        folder, _, slug = name.partition("/")
        return any(
            slug in self.content.slugs(kind.name)
            for kind in KINDS.values()
            if kind.has_address and kind.folder and kind.folder == folder and slug
        )

    @cached_property
    def _tags(self) -> set[str]:
        names = {name for subject in self.content.subjects for name in subject.meta.get("tags") or []}
        return {Tag().slugify(name) for name in names} | set(Tag.objects.values_list("slug", flat=True))

    @cached_property
    def _fields(self) -> set[str]:
        """The slugs of topics with deadlines, in themselves or in a topic within them."""
        paths = {str(row.meta.get("topic") or "") for row in self.content.subjects if row.kind == "deadline"}
        tree = self.content.loaded.tree
        stored = Deadline.objects.filter(live=True, topic__isnull=False).values_list("topic", flat=True)
        paths |= {tree.paths[pk] for pk in stored if pk in tree.paths}
        above = {path.rsplit("/", cut)[0] for path in paths for cut in range(path.count("/") + 1)}
        return {path.rpartition("/")[2] for path in above if self.content.loaded.type_of(path) == "topic"}

    # -- does it have the mark ---------------------------------------------------------------------------

    def lacks(self, path: str, mark: str) -> bool:
        """True where what answers at an address is known not to have a mark."""
        name = page_name(path)
        if (page := self.page(name)) is not None:
            return mark not in marks_of(page)
        if (pk := self.content.loaded.tree.ids.get(name)) is not None:
            return _lacks_stored(pk, mark)
        match = match_of(path)
        if match is not None and match.url_name == "markdown":
            return self.lacks(f"/{match.kwargs['path']}/", mark)
        return match is not None and self._view_lacks(match, mark)

    def _view_lacks(self, match: ResolverMatch, mark: str) -> bool:
        view, slug = match.url_name or "", str(match.kwargs.get("slug") or "")
        if view == "law_text":
            return self._lacks_section(slug, mark.removesuffix(_TITLE))
        if view == "glossary":
            return mark.startswith("begriff-") and mark.removeprefix("begriff-") not in self.content.slugs("term")
        if view in {"deadlines", "deadlines_markdown"}:
            return mark not in _OF_TIMELINE and mark not in {
                f"frist-{known}" for known in self.content.slugs("deadline")
            }
        if view in _FOLDERS:
            return mark.removesuffix(_TITLE) not in self._marks_of_snippet(f"{_FOLDERS[view]}/{slug}")
        return False

    def _marks_of_snippet(self, name: str) -> set[str]:
        rows = self.content.act_heads.get(name.removeprefix("recht/"), {}).get("provisions") or []
        subject = self.subjects.get(name)
        found = {anchor_of(provision_key(row["ref"])) for row in rows} | _OF_SNIPPET
        return found | (marks_of(subject) if subject is not None else set())

    def _lacks_section(self, slug: str, mark: str) -> bool:
        """Look in the imported text; where there is none, in what else is known of the act's provisions."""
        stored = LawSection.objects.filter(law_text__act__slug=slug)
        if stored.exists():
            at = f'id="{mark}"'
            return mark != "geaendert" and not (
                stored.filter(anchor=mark).exists() or stored.filter(html__contains=at).exists()
            )
        provisions = self.content.provisions
        if slug not in provisions.by_slug:
            return False
        section = _SECTION.fullmatch(mark)
        if section is None:
            return not _OTHER_SECTION.match(mark)
        return provisions.missing(slug, "/".join(filter(None, section.groups())))


def marks_of(subject: Subject) -> set[str]:
    """Return the marks of a file: of its headings, numbered where they repeat, and of the provisions of an act."""
    tree = PageTree("")
    marks = {anchor_of(provision_key(row["ref"])) for row in subject.meta.get("provisions") or []}
    return marks | {
        tree.unique_id(passage.plain) for passage in subject.passages if passage.place is Place.HEADING
    }


def _is_forwarded(path: str) -> bool:
    return bool(Redirect.objects.filter(old_path=Redirect.normalise_path(path)).exists())


def _lacks_stored(pk: int, mark: str) -> bool:
    """Look in the text of a page of the portal as readers get it; pages without a text have no marks to know."""
    page = next((found for model in _body_pages() if (found := model.objects.filter(pk=pk).first())), None)
    html = page.rendered.get("html", "") if page is not None else ""
    return bool(html) and BeautifulSoup(html, "html.parser").find(id=mark) is None


def _body_pages() -> Iterator[type[BodyPage]]:
    return (kind.model for kind in KINDS.values() if issubclass(kind.model, BodyPage))
