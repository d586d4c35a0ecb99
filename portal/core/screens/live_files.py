"""Files of live pages are not deleted: Wagtail's addresses for it, with the reason instead of the deletion."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path
from wagtail import hooks
from wagtail.admin import messages
from wagtail.documents.views import documents
from wagtail.documents.views import multiple as several_documents
from wagtail.images.views import images
from wagtail.images.views import multiple as several_images

from portal.core.live_files import NO_DELETION, in_use
from portal.core.models import PortalDocument, PortalImage

View = Callable[..., Any]


def _guarded(view: View, model: Any, key: str, edit: str) -> View:
    """Return Wagtail's view for deleting one file, behind the question whether readers have it."""

    def delete(request: HttpRequest, **kwargs: Any) -> Any:
        found = in_use(model.objects.filter(pk=kwargs[key]))
        if not found:
            return view(request, **kwargs)
        text = NO_DELETION.format(title=found[0].title)
        if request.headers.get("x-requested-with") == "XMLHttpRequest":
            return JsonResponse({"success": False, "error_message": text}, status=409)
        messages.error(request, text)
        return redirect(edit, kwargs[key])

    return delete


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


@hooks.register("before_bulk_action")
def refuse_bulk_deletion(request: HttpRequest, action: str, objects: Any, view: Any) -> HttpResponse | None:
    """Refuse to delete many when readers have one of them; nothing is deleted then."""
    if action != "delete" or view.model not in (PortalDocument, PortalImage):
        return None
    found = in_use(objects)
    if not found:
        return None
    for file in found:
        messages.error(request, NO_DELETION.format(title=file.title))
    return redirect(view.next_url)
