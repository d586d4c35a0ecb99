"""Mails nobody but people can assign, and addresses from which mails come back: for the centre."""

from __future__ import annotations

import io
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe
from wagtail.admin import messages as notices

from consultations import case_words, eml
from consultations.desk import rights
from consultations.mailing.incoming import left, messages, reading, returned
from consultations.models import IncomingMail
from consultations.refusals import BookingRefused

TITLE = "Eingegangene E-Mails"
MOST = 50
UNKNOWN = "Diese Vorgangsnummer gibt es nicht. Sie sieht aus wie B-K7QM-4TXR und steht oben im Vorgang."
guard = rights.guarded(rights.VIEW, rights.WORK)


def number_for(user: Any) -> int | None:
    """Return how many mails and failing addresses wait for people; None for who does not deal with them."""
    if not settings.IMAP_HOST or not user.has_perm(rights.WORK) or rights.is_external(user):
        return None
    return left.waiting().count() + returned.waiting().count()


def _page(request: HttpRequest, *, typed: dict[int, str] | None = None, error: str = "") -> HttpResponse:
    """Return the page; `typed` is what somebody has typed for a mail, `error` what is wrong with it."""
    typed, found = typed or {}, left.waiting()
    rows = [
        {"mail": row, "typed": typed.get(row.pk, row.case.reference if row.case is not None else ""),
         "error": error if row.pk in typed else ""}
        for row in found[:MOST]
    ]  # fmt: skip
    failing = returned.waiting()
    context: dict[str, Any] = {
        "header_title": TITLE, "page_title": TITLE, "header_icon": "mail",
        "breadcrumbs_items": [{"url": "", "label": TITLE}],
        "rows": rows, "total": found.count(), "most": MOST, "reads": bool(settings.IMAP_HOST),
        "trouble": reading.trouble(),
        "failing": failing[:MOST], "all_failing": failing.count(),
        "folder": settings.IMAP_LEFT_FOLDER, "may_add": request.user.has_perm(rights.ADD),
    }  # fmt: skip
    return render(request, "consultations/mailing/incoming.html", context, status=422 if error else 200)


@never_cache
@require_safe
@guard
def show(request: HttpRequest) -> HttpResponse:
    """Show what waits."""
    return _page(request)


@require_POST
@guard
def take(request: HttpRequest, pk: int) -> HttpResponse:
    """Make a message of a mail in the case somebody names; what was typed stays when that is not possible."""
    asked = request.POST.get("reference", "").strip()
    case = case_words.search(rights.scope(request.user), asked).first() if case_words.is_reference(asked) else None
    if case is None:
        return _page(request, typed={pk: asked[:40]}, error=UNKNOWN)
    try:
        message = messages.take_over(pk=pk, case=case, by=request.user)  # type: ignore[arg-type]  # signed in
    except (BookingRefused, ValidationError) as error:
        sentences = error.messages if isinstance(error, ValidationError) else [str(error)]
        return _page(request, typed={pk: asked[:40]}, error=" ".join(sentences))
    if message is None:
        notices.warning(request, "Über diese E-Mail hat schon jemand entschieden.")
        return redirect("consultations_incoming")
    notices.success(request, f"Die E-Mail steht jetzt im Vorgang {case.reference}.")
    for sentence in message.mail.left_out.splitlines():
        notices.warning(request, f"Nicht übernommen: {sentence}")
    return redirect("consultations_case", case.pk)


@require_POST
@guard
def dismiss(request: HttpRequest, pk: int) -> HttpResponse:
    """Note that a mail needs nothing more; a second time changes nothing."""
    left.dismiss(pk=pk, by=request.user)
    notices.success(request, "Die E-Mail ist erledigt. Im Postfach liegt sie weiterhin.")
    return redirect("consultations_incoming")


@require_POST
@guard
def checked(request: HttpRequest, pk: int) -> HttpResponse:
    """Note that somebody has looked into a failing address; a second time changes nothing."""
    case = returned.check(pk=pk, by=request.user)
    if case is None:
        notices.warning(request, "Dieser Eintrag ist schon erledigt.")
        return redirect("consultations_incoming")
    notices.success(request, "Der Eintrag ist erledigt. Kommt wieder eine E-Mail zurück, erscheint er wieder.")
    if request.POST.get("zurueck") == "vorgang":
        return redirect("consultations_case", case.pk)
    return redirect("consultations_incoming")


@never_cache
@require_safe
@guard
def download(request: HttpRequest, pk: int) -> FileResponse:
    """Hand out a mail that waits as attachment, without keys, for instance to take it down as a new concern."""
    row = get_object_or_404(IncomingMail, pk=pk, outcome=IncomingMail.Outcome.LEFT)
    try:
        with row.file.open("rb") as stored:
            content = eml.without_key_links(stored.read())
    except (FileNotFoundError, ValueError) as error:
        raise Http404 from error
    if not content:
        raise Http404
    response = FileResponse(
        io.BytesIO(content),
        as_attachment=True,
        filename=f"eingang-{row.pk}.eml",
        content_type="application/octet-stream",
    )
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response["Cache-Control"] = "private, no-store"
    return response


def urls() -> list[URLPattern]:
    return [
        path("beratung/eingang/", show, name="consultations_incoming"),
        path("beratung/eingang/<int:pk>/uebernehmen/", take, name="consultations_incoming_take"),
        path("beratung/eingang/<int:pk>/erledigt/", dismiss, name="consultations_incoming_done"),
        path("beratung/eingang/zurueck/<int:pk>/geprueft/", checked, name="consultations_incoming_checked"),
        path("beratung/eingang/<int:pk>/datei/", download, name="consultations_incoming_file"),
    ]
