"""Files of live or confirmed pages stay: Wagtail's ways to delete them, with the reason instead."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path
from wagtail import hooks
from wagtail.admin import messages
from wagtail.admin.utils import get_valid_next_url_from_request
from wagtail.documents.views import documents
from wagtail.documents.views import multiple as several_documents
from wagtail.documents.views.bulk_actions.add_to_collection import AddToCollectionBulkAction
from wagtail.documents.views.bulk_actions.delete import DeleteBulkAction as DocumentDeletion
from wagtail.images.views import images
from wagtail.images.views import multiple as several_images
from wagtail.images.views.bulk_actions.delete import DeleteBulkAction as ImageDeletion

from portal.core.live_files import reason_against_collection, reasons_against_deletion
from portal.core.models import PortalDocument, PortalImage

View = Callable[..., Any]


def _guarded(view: View, model: Any, key: str, edit: str) -> View:
    """Return Wagtail's view for deleting one file, behind the question whether readers have it."""

    def delete(request: HttpRequest, **kwargs: Any) -> Any:
        found = reasons_against_deletion(model.objects.filter(pk=kwargs[key]))
        if not found:
            return view(request, **kwargs)
        [text] = found
        if request.headers.get("x-requested-with") == "XMLHttpRequest":
            return JsonResponse({"success": False, "error_message": text}, status=409)
        messages.error(request, text)
        return redirect(edit, kwargs[key])

    return delete


def _refusal(request: HttpRequest, objects: Any, listing: str) -> HttpResponse | None:
    """Say why files stay and lead back to the list; None when all may go."""
    found = reasons_against_deletion(objects)
    for text in found:
        messages.error(request, text)
    if not found:
        return None
    return redirect(get_valid_next_url_from_request(request) or listing)


# Before Wagtail's own addresses, which are the same: the first one that fits answers.
@hooks.register("register_admin_urls", order=-10)
def deletion_urls() -> list[URLPattern]:
    document, image = "wagtaildocs:edit", "wagtailimages:edit"
    rows: list[tuple[str, str, Any, Any, str]] = [
        ("documents/delete/<int:{}>/", "document_id", documents.DeleteView, PortalDocument, document),
        ("documents/multiple/<int:{}>/delete/", "doc_id", several_documents.DeleteView, PortalDocument, document),
        ("images/<int:{}>/delete/", "image_id", images.DeleteView, PortalImage, image),
        ("images/multiple/<int:{}>/delete/", "image_id", several_images.DeleteView, PortalImage, image),
    ]
    return [
        path(address.format(key), _guarded(view.as_view(), model, key, edit))
        for address, key, view, model, edit in rows
    ]


class _Guarded:
    """Mixin of Wagtail's deletion of many: it would answer that the right is missing, where a file is needed."""

    listing = ""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        objects, _ = self.get_actionable_objects()  # type: ignore[attr-defined]  # of the view
        return _refusal(request, objects, self.listing) or super().dispatch(request, *args, **kwargs)  # type: ignore[misc]


# After Wagtail's own, which they replace.
@hooks.register("register_bulk_action", order=10)
class GuardedDocumentDeletion(_Guarded, DocumentDeletion):
    listing = "wagtaildocs:index"


@hooks.register("register_bulk_action", order=10)
class GuardedImageDeletion(_Guarded, ImageDeletion):
    listing = "wagtailimages:index"


@hooks.register("before_bulk_action")
def refuse_bulk_deletion(request: HttpRequest, action: str, objects: Any, view: Any) -> HttpResponse | None:
    """Ask once more inside the transaction that deletes; nothing is deleted when one of the files stays."""
    return _refusal(request, objects, view.listing) if isinstance(view, _Guarded) else None


@hooks.register("before_bulk_action")
def refuse_other_readers(request: HttpRequest, action: str, objects: Any, view: Any) -> HttpResponse | None:
    """Move none of the documents when the collection would give one to others than before."""
    if not isinstance(view, AddToCollectionBulkAction):
        return None
    collection = view.cleaned_form.cleaned_data["collection"]
    found = [reason for file in objects if (reason := reason_against_collection(file, collection, request.user))]
    for text in found:
        messages.error(request, text)
    return redirect(get_valid_next_url_from_request(request) or "wagtaildocs:index") if found else None
