"""Our own parts of the admin's start page: a person's pages in one query, counts with the figures."""

from __future__ import annotations

from typing import Any

from django.db.models import CharField, Exists, ExpressionWrapper, F, Max, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Cast
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from wagtail.admin.auth import user_has_any_page_permission
from wagtail.admin.navigation import get_site_for_user
from wagtail.admin.site_summary import SummaryItem
from wagtail.admin.ui.components import Component
from wagtail.documents import get_document_model
from wagtail.images import get_image_model
from wagtail.models import Page, PageLogEntry, PageViewRestriction, WorkflowState, get_default_page_content_type
from wagtail.permissions import policy_registry

from portal.core.dashboard import Overview

# Wagtail's panels and counts that ours stand in for.
STOCK_PANELS = frozenset({"recent_edits", "locked_pages"})
STOCK_ITEMS = frozenset({"PagesSummaryItem", "ImagesSummaryItem", "DocumentsSummaryItem"})
RECENT = 5
_FILES = {"add", "change", "delete", "choose"}


def own_pages(user: Any) -> QuerySet[Page]:
    """Return the pages a person edited last and those they have locked, with what the list shows of them."""
    edits = PageLogEntry.objects.filter(user=user, action="wagtail.edit")
    latest = edits.order_by().values("page_id").annotate(at=Max("timestamp"))
    recent = latest.order_by("-at").values("page_id")[:RECENT]
    reviews = WorkflowState.objects.filter(
        base_content_type=get_default_page_content_type(),
        object_id=OuterRef("page_key"),
        status=WorkflowState.STATUS_IN_PROGRESS,
    )
    path = ExpressionWrapper(OuterRef("path"), output_field=CharField())
    restrictions = PageViewRestriction.objects.annotate(shown=path).filter(shown__startswith=F("page__path"))
    pages = Page.objects.filter(Q(pk__in=recent) | Q(locked=True, locked_by=user))
    return pages.annotate_approved_schedule().annotate(
        page_key=Cast("pk", CharField()),
        edited_at=Subquery(_last(edits, OuterRef("pk"))),
        in_review=Exists(reviews),
        restricted=Exists(restrictions),
    )


def _last(edits: QuerySet[PageLogEntry], page: Any) -> QuerySet[Any, Any]:
    return edits.filter(page_id=page).order_by("-timestamp").values("timestamp")[:1]


def state_of(page: Any) -> str:
    """Return in words where a page stands."""
    if page.in_review:
        return "in der Freigabe"
    if page.approved_schedule:
        return "freigegeben, geplant"
    if not page.live:
        return "abgelaufen" if page.expired else "Entwurf"
    return "veröffentlicht, mit Änderungen" if page.has_unpublished_changes else "veröffentlicht"


class MyPagesPanel(Component):
    """What a person worked on last, and the pages only they can edit; one query."""

    name = "portal_pages"
    order = 250

    def __init__(self, request: HttpRequest) -> None:
        self.request = request

    def render_html(self, parent_context: Any = None) -> SafeString | str:
        pages = list(own_pages(self.request.user))
        if not pages:
            return ""
        for page in pages:
            page.state = state_of(page)
            page.address = page.get_url(self.request) if page.live else None
        edited = [page for page in pages if page.edited_at]
        locked = [page for page in pages if page.locked and page.locked_by_id == self.request.user.pk]
        context = {
            "edited": sorted(edited, key=lambda page: page.edited_at, reverse=True)[:RECENT],
            "locked": sorted(locked, key=lambda page: page.title),
            "may_unlock": bool(locked) and policy_registry.get_by_type(Page).user_has_permission(
                self.request.user, "unlock"
            ),
        }  # fmt: skip
        return render_to_string("core/screens/my_pages.html", context, request=self.request)


class CountItem(SummaryItem):
    """A count above the panels, taken with the query of the figures; Wagtail's own need a query or three each."""

    def __init__(self, request: HttpRequest, overview: Overview, name: str, template: str, order: int) -> None:
        super().__init__(request)
        self.overview, self.name, self.template_name, self.order = overview, name, template, order

    def get_context_data(self, parent_context: Any) -> dict[str, Any]:
        total = self.overview.numbers()[""][self.name]
        site = get_site_for_user(self.request.user)
        return {"root_page": site["root_page"], "site_name": site["site_name"], f"total_{self.name}": total}


def summary(request: HttpRequest, overview: Overview) -> list[CountItem]:
    """Return the counts of pages, images and documents a person works with."""
    items = []
    if user_has_any_page_permission(request.user):
        root = get_site_for_user(request.user)["root_page"]
        if root is not None:
            below = Page.objects.descendant_of(root, inclusive=not root.is_root())
            overview.also_count("pages", below)
            items.append(CountItem(request, overview, "pages", "wagtailadmin/home/site_summary_pages.html", 100))
    for name, model, template, order in (
        ("images", get_image_model(), "wagtailimages/homepage/site_summary_images.html", 200),
        ("docs", get_document_model(), "wagtaildocs/homepage/site_summary_documents.html", 300),
    ):
        policy = policy_registry.get_by_type(model)
        if policy.user_has_any_permission(request.user, ["add", "change", "delete"]):
            overview.also_count(name, policy.instances_user_has_any_permission_for(request.user, _FILES))
            items.append(CountItem(request, overview, name, template, order))
    return items
