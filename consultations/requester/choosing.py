"""The page on which an open case gets an appointment: proposed and free times, or seats, as buttons."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_http_methods

from consultations import offers
from consultations.models import Format
from consultations.models.format import Place
from consultations.refusals import BookingRefused
from consultations.requester import changing, follow_up, views, words
from consultations.requester.cases import Access
from consultations.requester.sessions import seats_in_words
from consultations.services import record

TITLE = "Termin wählen"


@views.with_case
@views.changing
@require_http_methods(["GET", "HEAD", "POST"])
def choose(request: HttpRequest, access: Access) -> HttpResponse:
    """Show what is proposed and what is free, or take what was clicked; back to the case if it needs nothing."""
    problem = ""
    if request.method == "POST":
        try:
            return views.back(access, _chosen(request, access))
        except BookingRefused as error:
            problem = str(error)
    way = follow_up.way_of(access.case)
    if way is None:
        if problem:
            return views.show(request, "refused", access, "Das geht nicht mehr", code=409, problem=problem)
        return views.back(access, "nichts-offen")
    return _page(request, access, way, problem)


def _chosen(request: HttpRequest, access: Access) -> str:
    """Do what the pressed button says: a time, a seat, or a place on a waiting list."""
    waits = "wait" in request.POST
    number = request.POST.get("wait" if waits else "session", "")
    session, about = offers.minute_of(number), request.POST.get(f"about-{number}", "")
    if waits:
        return follow_up.wait(access.case, session=session, about=about, by=access.person)
    minute, proposed = (offers.minute_of(request.POST.get(name, "")) for name in ("slot", "vorschlag"))
    return follow_up.choose(
        access.case, minute=minute, session=session, proposed=proposed, about=about, by=access.person
    )


def _page(request: HttpRequest, access: Access, way: follow_up.Way, problem: str) -> HttpResponse:
    form = way.form
    group = form.kind == Format.Kind.GROUP
    sessions = [
        {
            "row": row, "session": row.session, "when": words.when(row.session.starts_at, row.session.ends_at),
            "seats": seats_in_words(row), "about": record.time_of(row.session),
        }
        for row in (follow_up.sessions_of(form) if group else [])
    ]  # fmt: skip
    own = way.request if way.request is not None and way.request.format_id == form.pk else None
    offer = None
    if not (group or way.only_proposed):
        asked, first = follow_up.asked_for(access.case, way), offers.day_asked(request)
        offer = offers.free_days(asked, first=first, without=way.proposed, instead_of=own)
    place = "" if group else changing.place_of(access.case, way.request or follow_up.last_of(access.case), form)
    return views.show(
        request,
        "choose",
        access,
        TITLE,
        code=409 if problem else 200,
        problem=problem,
        format=form,
        way=way,
        proposed=offers.days_of(form, way.proposed),
        offer=offer,
        sessions=sessions,
        place=Place(place).label if place else "",
    )
