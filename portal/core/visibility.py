"""Who may read what: three levels, expressed as Wagtail view restrictions so that every part obeys them.

A page states its level in `BasePage.visibility`; saving it makes the matching `PageViewRestriction`.
Restrictions set by hand in Wagtail's privacy dialogue count as well. The subtree inherits, the strictest
level of the path holds. The groups are made by a data migration of portal.accounts.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import TYPE_CHECKING, Any

from django.db import models, transaction
from django.db.models import QuerySet, Value
from django.db.models.functions import Cast

from portal.core.compiled import ask

if TYPE_CHECKING:
    from wagtail.models import Page

MUNICIPALITY_GROUP = "Kommune"
EXTERNAL_ADVISER_GROUP = "Externe Beratung"
"""People of associations and IT providers who advise; it opens no content and no admin by itself."""
STAFF_GROUPS = ("Redaktion", "Fachprüfung", "Beratung", "Koordination", "Leitung", "Administration")


class Visibility(models.TextChoices):
    """Audience of a page, from open to closed; the order is used for comparison."""

    PUBLIC = "public", "Öffentlich"
    MUNICIPALITY = "municipality", "Angemeldete Kommunen"
    CENTRE = "centre", "Nur Kompetenzstelle"
    NOBODY = "nobody", "Niemand"
    """Not to be chosen: what a restriction asks that no level covers, as one to some groups of the centre."""

    @property
    def rank(self) -> int:
        return list(Visibility).index(self)

    def covers(self, other: Visibility) -> bool:
        """True when somebody with this level may read content of the other one."""
        return self.rank >= other.rank


CHOICES = [(level.value, level.label) for level in Visibility if level is not Visibility.NOBODY]


def level_of_groups(names: set[str], *, is_superuser: bool) -> Visibility:
    """Return the highest level that membership in groups opens."""
    if is_superuser or names & set(STAFF_GROUPS):
        return Visibility.CENTRE
    return Visibility.MUNICIPALITY if MUNICIPALITY_GROUP in names else Visibility.PUBLIC


def level_of_user(user: Any) -> Visibility:
    """Return the highest level a user may read; anonymous and unknown accounts read what is public."""
    if not getattr(user, "is_authenticated", False) or not user.is_active:
        return Visibility.PUBLIC
    cached: Visibility | None = getattr(user, "_portal_level", None)
    if cached is None:
        cached = remember_level(user, user.groups.values_list("name", flat=True))
    return cached


def remember_level(user: Any, groups: Iterable[str]) -> Visibility:
    """Derive the level from the names of the user's groups, and keep it on the object."""
    level = level_of_groups(set(groups), is_superuser=user.is_superuser)
    user._portal_level = level
    return level


def _level_asked(kind: str, groups: Iterable[str | None]) -> Visibility:
    """Return the level whose every reader passes: groups that leave out some of the centre are no level."""
    if kind == "none":
        return Visibility.PUBLIC
    if kind == "login":
        return Visibility.MUNICIPALITY
    if kind == "groups":
        names = set(groups)
        if not names.issuperset(STAFF_GROUPS):
            return Visibility.NOBODY
        return Visibility.MUNICIPALITY if MUNICIPALITY_GROUP in names else Visibility.CENTRE
    return Visibility.CENTRE


def levels_of_restrictions(restrictions: QuerySet[Any], path: str) -> list[tuple[str, Visibility]]:
    """Return (tree path, level) of view restrictions of pages or collections, in one query."""
    rows = restrictions.order_by("pk").values_list("pk", path, "restriction_type", "groups__name")
    grouped = groupby(rows, key=lambda row: row[:3])
    return [(place, _level_asked(kind, [row[3] for row in found])) for (_, place, kind), found in grouped]


def restriction_levels() -> list[tuple[str, Visibility]]:
    """Return (tree path, level) of all restrictions of pages: one query, whatever their number.

    An alias asks what its source asks, and that one's source, and so on: it stands here with the source's level.
    """
    rows = sorted(ask("restrictions", _restrictions_and_aliases), key=lambda row: row[2])
    restrictions = groupby((row for row in rows if row[3] != _ALIAS), key=lambda row: row[:4])
    levels = [(page, path, _level_asked(kind, [row[4] for row in found]))
              for (page, path, _, kind), found in restrictions]  # fmt: skip
    copies: dict[int, list[tuple[int, str]]] = {}
    for source, path, pk, kind, _ in rows:
        if kind == _ALIAS:
            copies.setdefault(source, []).append((pk, path))
    own = [(path, level) for _, path, level in levels]
    return own + [(path, level) for page, _, level in levels for path in _paths_of_aliases(page, copies)]


def _restrictions_and_aliases() -> QuerySet[Any, Any]:
    from wagtail.models import Page, PageViewRestriction

    asked = PageViewRestriction.objects.values_list(
        "page_id", "page__path", "pk", "restriction_type", "groups__name"
    )
    nothing = Cast(Value(None), models.CharField())
    aliases = Page.objects.filter(alias_of__isnull=False).order_by()
    shown = aliases.values_list("alias_of_id", "path", "pk", Value(_ALIAS, models.CharField()), nothing)
    return asked.order_by().union(shown, all=True)


_ALIAS = "alias"


def _paths_of_aliases(page: int, copies: dict[int, list[tuple[int, str]]]) -> Iterator[str]:
    """Return the tree paths of a page's aliases, of their aliases, and so on."""
    waiting, known = [page], {page}
    while waiting:
        for pk, path in copies.get(waiting.pop(), ()):
            if pk not in known:
                known.add(pk)
                waiting.append(pk)
                yield path


def current_restriction_levels() -> list[tuple[str, Visibility]]:
    """Return the same, remembered until content or privacy changes; for lists, not for serving a page."""
    from portal.core.generation import cached

    return cached("restriction-levels", restriction_levels)


def level_of_path(path: str, restrictions: Iterable[tuple[str, Visibility]]) -> Visibility:
    """Return the strictest level that holds at a tree path."""
    return strictest(*(level for prefix, level in restrictions if path.startswith(prefix)))


def level_of_page(page: Page) -> Visibility:
    """Return the level that holds for one page, ancestors included."""
    return level_of_path(page.path, restriction_levels())


def strictest(*levels: Visibility) -> Visibility:
    """Return the most closed of some levels."""
    return max(levels, key=lambda level: level.rank, default=Visibility.PUBLIC)


def level_of(subject: Any) -> Visibility:
    """Return the level that a page, or anything else that is published, asks of its readers now.

    Only pages can be closed, and what names one with which it is (`closed_with`). A page counts by what it states
    too, in case its restriction was taken away by hand.
    """
    from wagtail.models import Page

    page = subject if isinstance(subject, Page) else getattr(subject, "closed_with", None)
    if page is None:
        return Visibility.PUBLIC
    return strictest(level_of_page(page), Visibility(getattr(page, "visibility", Visibility.PUBLIC)))


def _group_names(level: Visibility) -> set[str]:
    names = set(STAFF_GROUPS)
    return names | {MUNICIPALITY_GROUP} if level is Visibility.MUNICIPALITY else names


@transaction.atomic
def sync_restriction(page: Page, level: Visibility) -> None:
    """Make the page's own restriction say what its visibility field says; foreign restrictions stay."""
    from django.contrib.auth.models import Group
    from wagtail.models import PageViewRestriction

    own = [
        restriction
        for restriction in PageViewRestriction.objects.filter(
            page=page, restriction_type="groups"
        ).prefetch_related("groups")
        if {group.name for group in restriction.groups.all()}
        in (_group_names(Visibility.MUNICIPALITY), _group_names(Visibility.CENTRE))
    ]
    keep = None
    for restriction in own:
        names = {group.name for group in restriction.groups.all()}
        if level is not Visibility.PUBLIC and names == _group_names(level) and keep is None:
            keep = restriction
        else:
            restriction.delete()
    if level is not Visibility.PUBLIC and keep is None:
        groups = [Group.objects.get_or_create(name=name)[0] for name in sorted(_group_names(level))]
        restriction = PageViewRestriction(page=page, restriction_type="groups")
        restriction.save()
        restriction.groups.set(groups)
