"""The admin views of snippets that go through the review."""

from __future__ import annotations

from typing import Any

from wagtail.snippets.views.snippets import (
    CopyView,
    EditView,
    RevisionsUnscheduleView,
    SnippetViewSet,
    UnpublishView,
)


class ReviewedEditView(EditView):
    """Offers to cancel a schedule by role, where Wagtail asks for the right to publish."""

    def user_has_permission(self, permission: str) -> bool:
        return bool(super().user_has_permission("unschedule" if permission == "publish" else permission))


class ReviewedCopyView(CopyView):
    """Shows the form of a new one, filled in; what is sent here would overwrite the original, and offline."""

    http_method_names = ("get", "head", "options")


class ReviewedUnpublishView(UnpublishView):
    permission_required = "unpublish"


class ReviewedUnscheduleView(RevisionsUnscheduleView):
    permission_required = "unschedule"


class ReviewedSnippetViewSet(SnippetViewSet):
    """A snippet nobody publishes alone; going offline and cancelling a schedule go by role."""

    copy_view_class: type[Any] = ReviewedCopyView
    edit_view_class: type[Any] = ReviewedEditView
    unpublish_view_class: type[Any] = ReviewedUnpublishView
    revisions_unschedule_view_class: type[Any] = ReviewedUnscheduleView
