"""The one click that confirms a page."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST
from wagtail.admin import messages
from wagtail.admin.utils import get_valid_next_url_from_request

from knowledge.upkeep.confirming import confirm_unchanged, may_confirm
from knowledge.upkeep.reports import day
from portal.accounts.queries import acting_user


@require_POST
def confirm(request: HttpRequest, page_id: int) -> HttpResponse:
    """Confirm the live version of a page and go back to where the button stood."""
    if not may_confirm(request.user):
        raise PermissionDenied
    back = get_valid_next_url_from_request(request) or "knowledge_reviews"
    try:
        page, new = confirm_unchanged(
            page_id=page_id, person=acting_user(request), seen=request.POST.get("seen", "")
        )
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return redirect(back)
    if not new:
        messages.info(request, f"„{page.title}“ haben Sie heute schon bestätigt.")
        return redirect(back)
    text = (
        f"„{page.title}“ ist als geprüft und unverändert bestätigt. Nächste Prüfung: {day(page.next_review_on)}."
    )
    if page.has_unpublished_changes:
        text += " Bestätigt ist die veröffentlichte Fassung; der Entwurf bleibt, wie er ist."
    messages.success(request, text)
    return redirect(back)
