"""The base of every page readers see, and its tags."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import connection, models, transaction
from django.db.models import Exists, ExpressionWrapper, F, OuterRef, Q
from django.db.models.expressions import RawSQL
from django.http import HttpRequest, HttpResponse
from django.utils.cache import add_never_cache_headers
from modelcluster.fields import ParentalKey
from taggit.models import ItemBase, TagBase
from wagtail.admin.panels import FieldPanel, MultiFieldPanel
from wagtail.models import Page, PageViewRestriction

from portal.core.experts.panels import ExpertPanel
from portal.core.models.review import ReviewedMixin
from portal.core.models.tags import TagsField
from portal.core.review.editing import PageCopyForm, ReviewedPageForm
from portal.core.review.panels import change_panel
from portal.core.review.people import groups_of
from portal.core.review.permissions import page_permissions
from portal.core.review.relied import as_stored
from portal.core.signals import announce
from portal.core.text import german_slug
from portal.core.visibility import CHOICES, Visibility, sync_restriction


class Tag(TagBase):
    """A word that groups pages across topics."""

    free_tagging = True

    class Meta:
        verbose_name = "Schlagwort"
        verbose_name_plural = "Schlagwörter"
        ordering = ["name"]

    def slugify(self, tag: str, i: int | None = None) -> str:
        slug = german_slug(tag) or "schlagwort"
        return slug if i is None else f"{slug}-{i}"


class PageTag(ItemBase):
    """One tag on one page of any kind; one table, so that a tag page needs one query."""

    tag = models.ForeignKey(Tag, related_name="page_tags", on_delete=models.CASCADE)
    content_object = ParentalKey("wagtailcore.Page", related_name="tagged_items", on_delete=models.CASCADE)

    class Meta:
        verbose_name = "Schlagwort einer Seite"
        constraints = [models.UniqueConstraint(fields=["tag", "content_object"], name="core_pagetag_once")]


def is_restricted(reader: Any = None) -> Q:
    """Return the condition that a restriction holds for a page of the outer query, as `get_view_restrictions`.

    With a reader who is signed in, those do not count that let this person pass; passwords always count.
    Behind more than two sources of an alias the condition holds too: then `get_view_restrictions` is asked, which
    follows any number of them.
    """
    above = Q(own__startswith=F("page__path"))
    for sources in ("aliases", "aliases__aliases"):
        above |= Q(own__startswith=F(f"page__{sources}__path"))
    own = ExpressionWrapper(OuterRef("path"), output_field=models.CharField())
    rows = PageViewRestriction.objects.annotate(own=own).filter(above)
    if reader is not None:
        rows = rows.exclude(restriction_type=PageViewRestriction.LOGIN)
        passed = Q(restriction_type=PageViewRestriction.GROUPS)
        if not reader.is_superuser:
            passed &= Q(groups__name__in=groups_of(reader))
        rows = rows.exclude(passed)
    far = Page.objects.annotate(own=own).filter(alias_of__alias_of__alias_of__isnull=False)
    return Exists(rows) | Exists(far.filter(own__startswith=F("path")))


def _with_sources(paths: list[str]) -> RawSQL:
    """Return the ids of the pages at tree paths and of their sources: what an alias shows, and so on."""
    table, marks = connection.ops.quote_name(Page._meta.db_table), ", ".join(["%s"] * len(paths))
    sql = (
        f"WITH RECURSIVE found(id, source) AS (SELECT id, alias_of_id FROM {table} WHERE path IN ({marks})"  # noqa: S608
        f" UNION SELECT page.id, page.alias_of_id FROM {table} page JOIN found ON page.id = found.source)"
        " SELECT id FROM found"
    )
    return RawSQL(sql, paths)  # noqa: S611 - the table's own name and marks for values


class BasePage(ReviewedMixin, Page):
    """Abstract base of all page types: visibility, tags, and the announcement of every change.

    `kind_label` is the German name of the kind of page shown to readers; `md_type` its name in the
    Markdown form (docs/content-format.md).
    """

    visibility = models.CharField(
        "Sichtbarkeit", max_length=20, choices=CHOICES, default=Visibility.PUBLIC,
        help_text="Wer die veröffentlichte Seite lesen darf. Gilt auch für alle Unterseiten.",
    )  # fmt: skip
    tags = TagsField(through=PageTag, blank=True, verbose_name="Schlagwörter")

    base_form_class = ReviewedPageForm
    copy_form_class = PageCopyForm
    kind_label = "Seite"
    md_type = ""
    private_page_options = ["password", "login"]
    """What the privacy dialogue offers; groups follow `visibility`, since lists know three levels only."""
    found_open = False
    """Set where the query that read the page has seen that no restriction stops its reader (home.routing)."""
    found_closed = False
    """Set where that query has seen a restriction of any kind: what is answered is kept by nobody."""
    found_notices: list[tuple[datetime, str]] | None = None
    """Set where that query has read what readers see above the page: when and what, newest first."""

    promote_panels = [
        MultiFieldPanel(
            [FieldPanel("slug"), FieldPanel("seo_title"), FieldPanel("search_description")],
            heading="Adresse und Suchmaschinen",
        ),
        FieldPanel("tags"),
        FieldPanel("visibility"),
    ]
    settings_panels = [*Page.settings_panels, change_panel(), ExpertPanel()]

    class Meta:
        abstract = True

    def permissions_for_user(self, user: Any) -> Any:
        """Return what a person may do with the page: nobody publishes (portal.core.review.permissions)."""
        return page_permissions(self, user)

    def said_offline(self) -> tuple[str, ...]:
        """Return the columns readers go by while the page is offline: a draft leaves them as released."""
        return ()

    def get_view_restrictions(self) -> Any:
        """Return the restrictions of the page, all above it and the sources of aliases among them: one query."""
        if self.found_open:
            return PageViewRestriction.objects.none()
        steps = range(Page.steplen, len(self.path) + 1, Page.steplen)
        paths = [self.path[:end] for end in steps]
        return PageViewRestriction.objects.filter(page__in=_with_sources(paths))

    def serve(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Serve the page, and leave on the request which one it was (page cache, counting of visits)."""
        request.served_page_id = self.pk  # type: ignore[attr-defined]  # see there
        response: HttpResponse = super().serve(request, *args, **kwargs)
        if self.found_closed or self.visibility != Visibility.PUBLIC:
            add_never_cache_headers(response)
        return response

    def save(self, *args: Any, **kwargs: Any) -> None:
        with transaction.atomic(), as_stored(self):
            super().save(*args, **kwargs)
            if kwargs.get("update_fields") is None or "visibility" in kwargs["update_fields"]:
                sync_restriction(self, Visibility(self.visibility))
            announce(self)

    def delete(self, *args: Any, **kwargs: Any) -> Any:
        with transaction.atomic():
            announce(self, subtree=True, deleted=True)
            return super().delete(*args, **kwargs)
