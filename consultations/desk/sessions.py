"""Group sessions on the desk: which there are, a new one, and what becomes of each; for people of the centre."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from django.db import transaction
from django.db.models import Count, Prefetch, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from wagtail.admin import messages

from consultations.desk import rights
from consultations.desk.appointments import carried_out
from consultations.desk.case_page import refused
from consultations.desk.session_forms import CancelForm, ChangeForm, MoveForm, PlanForm, SessionForm, group_formats
from consultations.models import Allocation, Appointment, GroupSession
from consultations.refusals import BookingRefused
from consultations.services import groups, repeated
from consultations.states import COUNTED, WAITING_OPEN, AppointmentState, SessionState

TITLE = "Gruppentermine"
OVER = (
    "Dieser Gruppentermin ist vorbei oder findet nicht mehr statt, darum ist nichts gespeichert. Was Sie "
    "geschrieben haben, steht noch hier."
)
MOST_COMING, MOST_OVER = 100, 30
guard = rights.guarded(rights.VIEW, rights.WORK)


def _head(title: str, session: GroupSession | None = None) -> dict[str, Any]:
    crumbs = [{"url": reverse("consultations_desk"), "label": "Beratung"}]
    if title != TITLE:
        crumbs.append({"url": reverse("consultations_groups"), "label": TITLE})
    if session is not None:
        crumbs.append({"url": reverse("consultations_group", args=[session.pk]), "label": session.title})
    return {
        "header_title": title, "page_title": title, "header_icon": "group",
        "breadcrumbs_items": [*crumbs, {"url": "", "label": title}],
    }  # fmt: skip


def _rows() -> QuerySet[GroupSession]:
    """Return the sessions with their numbers of seats taken and of those who wait, and their advisers."""
    people = Allocation.objects.select_related("adviser__user").order_by("-role", "pk")
    rows = GroupSession.objects.select_related("format", "topic").annotate(
        taken=Count("seats", distinct=True),
        waits=Count("waiting", filter=Q(waiting__state__in=WAITING_OPEN), distinct=True),
    )
    return rows.prefetch_related(Prefetch("allocations", queryset=people))


def _entry(row: GroupSession) -> dict[str, Any]:
    """Return a session with the names of who advises, the lead first."""
    people = [item for item in row.allocations.all() if item.state == row.state]
    people.sort(key=lambda item: (item.role != Allocation.Role.LEAD, item.pk))
    return {"row": row, "advisers": [str(item.adviser) for item in people]}


@never_cache
@require_safe
@guard
def overview(request: HttpRequest) -> HttpResponse:
    """List what is to come, the next first, and what has been, the latest first."""
    now, rows = timezone.now(), _rows()
    coming = rows.filter(ends_at__gt=now).order_by("starts_at", "pk")[:MOST_COMING]
    over = rows.filter(ends_at__lte=now).order_by("-starts_at", "-pk")[:MOST_OVER]
    context = {
        **_head(TITLE), "coming": [_entry(row) for row in coming], "over": [_entry(row) for row in over],
        "can_plan": group_formats().exists(),
    }  # fmt: skip
    return render(request, "consultations/desk/groups.html", context)


def _form_page(request: HttpRequest, title: str, form: SessionForm, session: GroupSession | None) -> HttpResponse:
    context = {"button": title, **_head(title, session), "form": form, "appointment": session}
    return render(request, "consultations/desk/step.html", context, status=422 if form.is_bound else 200)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@guard
def plan(request: HttpRequest) -> HttpResponse:
    """Plan a date; what was typed stays when it cannot be taken."""
    if not group_formats().exists():
        messages.warning(request, groups.NO_GROUP)
        return redirect("consultations_groups")
    own = rights.adviser_of(request.user)
    form = PlanForm(request.POST if request.method == "POST" else None, initial={"adviser": own and own.pk})
    if form.is_bound and form.is_valid():
        data, made = form.cleaned_data, []
        if carried_out(
            form,
            lambda: made.append(
                groups.plan(
                    placement=form.placement(), title=data["title"], by=request.user, topic=data["topic"],
                    capacity=data["capacity"],
                )
            ),
        ):  # fmt: skip
            messages.success(request, "Der Gruppentermin ist geplant und steht bei den offenen Terminen.")
            return redirect("consultations_group", made[0].pk)
    return _form_page(request, "Gruppentermin planen", form, None)


def _actions(row: GroupSession) -> list[tuple[str, str]]:
    """Return what can be done with a session now, as (name, label)."""
    if row.state != SessionState.CONFIRMED or row.ends_at <= timezone.now():
        return []
    return [(name, title) for name, (title, _, _, _) in _ACTS.items()]


def _to_decide(row: GroupSession, seats: Iterable[Appointment]) -> set[int]:
    """Return the requested seats that can still be confirmed (ids)."""
    if row.state != SessionState.CONFIRMED or row.starts_at <= timezone.now():
        return set()
    return {seat.pk for seat in seats if seat.state == AppointmentState.REQUESTED}


@never_cache
@require_safe
@guard
def show(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a session, who has a seat and who waits."""
    row = get_object_or_404(_rows(), pk=pk)
    seats = row.appointments.filter(state__in=COUNTED).select_related("case__municipality").order_by("pk")
    waiting = row.waiting.filter(state__in=WAITING_OPEN).select_related("case__municipality").order_by("pk")
    begun = row.state == SessionState.CONFIRMED and row.starts_at <= timezone.now()
    context = {
        **_head(row.title), **_entry(row), "appointments": seats, "waiting": waiting, "actions": _actions(row),
        "can_complete": begun, "to_decide": _to_decide(row, seats),
    }  # fmt: skip
    return render(request, "consultations/desk/group.html", context)


def _change(session: GroupSession, form: Any, user: Any) -> None:
    """Change what was typed anew; all of it or nothing."""
    data = form.cleaned_data
    with transaction.atomic():
        groups.change(
            session=session, title=data["title"], place=data["place"], place_detail=data["place_detail"], by=user
        )
        if data["capacity"] != session.capacity:
            groups.change_capacity(session=session, capacity=data["capacity"], by=user)


Act = Callable[[GroupSession, Any, Any], Any]
# Name: title, form, effect, sentence.
_ACTS: dict[str, tuple[str, type[Any], Act, str]] = {
    "aendern": ("Ort, Einwahl oder Plätze ändern", ChangeForm, _change, "Der Gruppentermin ist geändert."),
    "verschieben": (
        "Gruppentermin verschieben", MoveForm,
        lambda row, form, user: groups.move(session=row, placement=form.placement(), by=user),
        "Der Gruppentermin ist verschoben. Alle mit Platz und die Beratenden bekommen eine E-Mail.",
    ),
    "absagen": (
        "Gruppentermin absagen", CancelForm,
        lambda row, form, user: groups.cancel(session=row, by=user, reason=form.cleaned_data["reason"]),
        "Der Gruppentermin ist abgesagt. Alle mit Platz und die Beratenden bekommen eine E-Mail.",
    ),
}  # fmt: skip


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@guard
def change(request: HttpRequest, pk: int, name: str) -> HttpResponse:
    """Show the form of what becomes of a session, or do it."""
    row = get_object_or_404(GroupSession.objects.select_related("format"), pk=pk)
    if name not in _ACTS:
        raise Http404
    title, form_class, act, sentence = _ACTS[name]
    sent, possible = request.method == "POST", name in dict(_actions(row))
    if not possible and not sent:
        messages.warning(request, "Dieser Gruppentermin ist vorbei oder findet nicht mehr statt.")
        return redirect("consultations_group", pk)
    if name == "absagen" and sent and repeated.called_off(row, by=request.user):
        messages.success(request, sentence)
        return redirect("consultations_group", pk)
    form = form_class(request.POST if sent else None, session=row)
    if not possible:
        form.is_valid()
        form.add_error(None, OVER)
    elif form.is_bound and form.is_valid() and carried_out(form, lambda: act(row, form, request.user)):
        messages.success(request, sentence)
        return redirect("consultations_group", pk)
    return _form_page(request, title, form, row)


@require_POST
@guard
def complete(request: HttpRequest, pk: int) -> HttpResponse:
    """Note that a session has taken place."""
    row = get_object_or_404(GroupSession, pk=pk)
    try:
        groups.complete(session=row, by=request.user)
    except BookingRefused as error:
        row.refresh_from_db(fields=["state"])
        if not repeated.held(row, by=request.user):
            refused(request, error)
            return redirect("consultations_group", pk)
    messages.success(request, "Der Gruppentermin ist als durchgeführt festgehalten.")
    return redirect("consultations_group", pk)


def urls() -> list[URLPattern]:
    """Return the addresses of these screens."""
    return [
        path("beratung/gruppentermine/", overview, name="consultations_groups"),
        path("beratung/gruppentermine/neu/", plan, name="consultations_group_new"),
        path("beratung/gruppentermine/<int:pk>/", show, name="consultations_group"),
        path("beratung/gruppentermine/<int:pk>/durchgefuehrt/", complete, name="consultations_group_done"),
        path("beratung/gruppentermine/<int:pk>/<slug:name>/", change, name="consultations_group_change"),
    ]
