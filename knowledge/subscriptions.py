"""What readers can subscribe to in the knowledge base: pages, topics with all below them, acts (portal.core)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from functools import cache as once
from typing import Any

from django.apps import apps
from django.contrib.contenttypes.models import ContentType
from django.http import HttpRequest
from django.urls import Resolver404, resolve, reverse
from wagtail.models import Page

from knowledge.models import Act, Deadline, GlossaryTerm, LegalReference, TopicPage, TrustedPage
from knowledge.queries import ancestor_paths
from knowledge.readable import PageRow, find_page, page_rows
from knowledge.retired import leading_on, retired
from portal.core.models import Publication, SubjectKind
from portal.core.sites import all_sites
from portal.core.subscriptions.registry import Numbered, Subject, Told, register_reader, register_subject
from portal.core.visibility import Visibility, level_of_path, restriction_levels

PAGE, TOPIC, ACT = SubjectKind.PAGE.value, SubjectKind.TOPIC.value, SubjectKind.ACT.value


# -- which object a publication is of -------------------------------------------------------------------------


@once
def _published_models() -> tuple[type[Any], ...]:
    """Asked for together, so that their content types cost one query."""
    return tuple(model for model in apps.get_models() if issubclass(model, (Page, Act, Deadline, GlossaryTerm)))


def _of_model(publications: Iterable[Publication], *models: type[Any]) -> dict[int, int]:
    """Return publication id and object id of those that are of one of the models or their subclasses."""
    types = ContentType.objects.get_for_models(*_published_models())
    wanted = {content_type.pk for model, content_type in types.items() if issubclass(model, models)}
    return {row.pk: int(row.object_id) for row in publications if row.content_type_id in wanted}


@once
def _models_with_topics() -> tuple[type[TrustedPage], ...]:
    return tuple(
        model
        for model in apps.get_models()
        if issubclass(model, TrustedPage) and any(field.name == "topics" for field in model._meta.get_fields())
    )


# -- pages as somebody of a level may read them ----------------------------------------------------------------


def _page_at(request: HttpRequest, path: str) -> Page | None:
    """Return the live page at a path; both kinds of subjects ask for it, so it stays on the request."""
    if not path:
        return None
    found: dict[str, Page | None] = request.__dict__.setdefault("_subscription_pages", {})
    if path not in found:
        found[path] = find_page(request, path)
    return found[path]


def _readable(pages: Any, level: Visibility, *, with_retired: bool = False) -> dict[int, PageRow]:
    """Return rows of the live pages a level may read now; privacy is read anew, for mails that leave the house."""
    sites = sorted(all_sites(), key=lambda site: not site.is_default_site)
    if not sites:
        return {}
    root = sites[0].root_page
    restrictions = restriction_levels()
    live = pages.filter(live=True, path__startswith=root.path)
    live = live if with_retired else live.exclude(retired())
    return {
        row.pk: row for row in page_rows(live, root) if level.covers(level_of_path(row.tree_path, restrictions))
    }


def _subject(kind: str, row: PageRow) -> Subject:
    return Subject(kind, row.pk, row.title, row.url)


def _with_aliases(pages: Collection[int]) -> dict[int, set[int]]:
    """Return each page with the aliases that show it: what is published of it is published of them."""
    found = {pk: {pk} for pk in pages}
    shows = {pk: pk for pk in pages}
    asked: Collection[int] = pages
    while asked:  # an alias may have aliases of its own
        rows = dict(Page.objects.filter(alias_of__in=asked).exclude(pk__in=shows).values_list("pk", "alias_of"))
        shows |= {alias: shows[source] for alias, source in rows.items()}
        for alias in rows:
            found[shows[alias]].add(alias)
        asked = rows.keys()
    return found


def _existing(model: Any, ids: Collection[int]) -> set[int]:
    return set(model.objects.filter(pk__in=ids).values_list("pk", flat=True))


class PageSubjects(Numbered):
    """Single pages: articles, questions, templates and whatever else has a trust line."""

    def offered(self, request: HttpRequest, path: str, level: Visibility) -> list[Subject]:
        page = _page_at(request, path)
        if not isinstance(page, TrustedPage):
            return []
        return list(self.described([page.pk], level).values())

    def described(self, ids: Collection[int], level: Visibility) -> dict[int, Subject]:
        rows = _readable(Page.objects.filter(pk__in=ids), level)
        return {pk: _subject(PAGE, row) for pk, row in rows.items()}

    def existing(self, ids: Collection[int]) -> set[int]:
        return _existing(Page, ids)

    def touched(self, publications: Sequence[Publication]) -> dict[int, set[int]]:
        pages = _of_model(publications, Page)
        shown = _with_aliases(set(pages.values()))
        return {pk: shown[page] for pk, page in pages.items()}


class TopicSubjects(Numbered):
    """Topics: a change of a page belongs to its topic, its further topics, and all above them."""

    def offered(self, request: HttpRequest, path: str, level: Visibility) -> list[Subject]:
        page = _page_at(request, path)
        if page is None:
            return []
        paths = [page.path, *reversed(ancestor_paths(page.path))]
        rows = _readable(Page.objects.filter(path__in=paths, topicpage__isnull=False), level)
        return [_subject(TOPIC, row) for row in sorted(rows.values(), key=lambda row: -row.depth)]

    def described(self, ids: Collection[int], level: Visibility) -> dict[int, Subject]:
        rows = _readable(Page.objects.filter(pk__in=ids, topicpage__isnull=False), level)
        return {pk: _subject(TOPIC, row) for pk, row in rows.items()}

    def existing(self, ids: Collection[int]) -> set[int]:
        return _existing(TopicPage, ids)

    def touched(self, publications: Sequence[Publication]) -> dict[int, set[int]]:
        pages = _of_model(publications, Page)
        places = _places(set(pages.values()))
        needed = {above for paths in places.values() for path in paths for above in (*ancestor_paths(path), path)}
        topics = dict(TopicPage.objects.filter(path__in=needed).values_list("path", "pk"))
        found = {
            page: {topics[above] for path in paths for above in (*ancestor_paths(path), path) if above in topics}
            for page, paths in places.items()
        }
        return {publication: found.get(page, set()) for publication, page in pages.items()}


def _places(pages: Collection[int]) -> dict[int, set[str]]:
    """Return the tree paths of pages, of their aliases and of their further topics; one query for each kind."""
    shown = {alias: page for page, aliases in _with_aliases(pages).items() for alias in aliases}
    places: dict[int, set[str]] = {}
    for pk, path in Page.objects.filter(pk__in=shown).values_list("pk", "path"):
        places.setdefault(shown[pk], set()).add(path)
    for model in _models_with_topics():
        rows = model.objects.filter(pk__in=pages, topics__isnull=False).values_list("pk", "topics__path")
        for pk, path in rows:
            places.setdefault(pk, set()).add(path)
    return places


class ActSubjects(Numbered):
    """Acts: changes of the act itself and of every page that cites it."""

    def offered(self, request: HttpRequest, path: str, level: Visibility) -> list[Subject]:
        try:
            match = resolve(path) if path else None
        except Resolver404:
            return []
        if match is None or match.url_name not in {"act", "law_text"}:
            return []
        act = Act.objects.filter(slug=match.kwargs["slug"], live=True).first()
        return [self._subject(act)] if act else []

    def described(self, ids: Collection[int], level: Visibility) -> dict[int, Subject]:
        return {act.pk: self._subject(act) for act in Act.objects.filter(pk__in=ids, live=True)}

    def existing(self, ids: Collection[int]) -> set[int]:
        return _existing(Act, ids)

    def touched(self, publications: Sequence[Publication]) -> dict[int, set[int]]:
        found = {pk: {act} for pk, act in _of_model(publications, Act).items()}
        pages = _of_model(publications, Page)
        cited: dict[int, set[int]] = {}
        rows = LegalReference.objects.filter(page__in=set(pages.values())).values_list("page", "act").distinct()
        for page, act in rows:
            cited.setdefault(page, set()).add(act)
        return found | {publication: cited.get(page, set()) for publication, page in pages.items()}

    def _subject(self, act: Act) -> Subject:
        return Subject(ACT, act.pk, f"{act.abbreviation}, {act.title}", reverse("act", args=[act.slug]))


# -- how changes read ------------------------------------------------------------------------------------------


def told_of_pages(publications: Sequence[Publication], level: Visibility) -> dict[int, Told]:
    """Return title, address and live topic of pages a level may read now; three queries and privacy.

    Of a question that has been replaced the address is that of the one which counts now: two queries more.
    """
    pages = _of_model(publications, Page)
    if not pages:
        return {}
    rows = _readable(Page.objects.filter(pk__in=set(pages.values())), level)
    missing = set(pages.values()) - rows.keys()
    leads_to = leading_on(missing) if missing else {}
    if leads_to:
        ends = Page.objects.filter(pk__in={*leads_to, *leads_to.values()})
        rows |= _readable(ends, level, with_retired=True)
    above = {row.pk: [*ancestor_paths(row.tree_path), row.tree_path] for row in rows.values()}
    wanted = {path for paths in above.values() for path in paths}
    titles = dict(TopicPage.objects.live().filter(path__in=wanted).values_list("path", "title"))
    found = {}
    for publication, page in pages.items():
        old, row = rows.get(page), rows.get(leads_to.get(page, page))
        if old is not None and row is not None:
            topics = [titles[path] for path in above[row.pk] if path in titles]
            title = row.title if old is row else f"{old.title} Ersetzt durch: {row.title}"
            found[publication] = Told(title, row.url, topics[-1] if topics else row.kind)
    return found


def told_of_snippets(publications: Sequence[Publication], level: Visibility) -> dict[int, Told]:
    """Return title and address of live acts, terms and deadlines; what is closed is left out."""
    found = {}
    acts = _of_model(publications, Act)
    rows: dict[int, Any] = Act.objects.filter(live=True).in_bulk(set(acts.values())) if acts else {}
    for publication, pk in acts.items():
        if act := rows.get(pk):
            found[publication] = Told(f"{act.abbreviation}, {act.title}", reverse("act", args=[act.slug]), "Recht")
    terms = _of_model(publications, GlossaryTerm)
    rows = GlossaryTerm.objects.filter(live=True).in_bulk(set(terms.values())) if terms else {}
    for publication, pk in terms.items():
        if term := rows.get(pk):
            found[publication] = Told(term.term, reverse("glossary_term", args=[term.slug]), "Glossar")
    return found | _told_of_deadlines(publications, level)


def _told_of_deadlines(publications: Sequence[Publication], level: Visibility) -> dict[int, Told]:
    """A deadline is closed with its topic."""
    ids = _of_model(publications, Deadline)
    live = Deadline.objects.filter(pk__in=set(ids.values()), live=True).select_related("topic") if ids else ()
    restrictions = restriction_levels() if ids else []
    rows = {
        row.pk: row
        for row in live
        if row.topic is None or level.covers(level_of_path(row.topic.path, restrictions))
    }
    return {
        publication: Told(rows[pk].title, rows[pk].get_absolute_url(), "Fristen")
        for publication, pk in ids.items()
        if pk in rows
    }


def register() -> None:
    """Register all of it; called when the app is ready."""
    register_subject(SubjectKind.PAGE, PageSubjects())
    register_subject(SubjectKind.TOPIC, TopicSubjects())
    register_subject(SubjectKind.ACT, ActSubjects())
    register_reader(told_of_pages)
    register_reader(told_of_snippets)
