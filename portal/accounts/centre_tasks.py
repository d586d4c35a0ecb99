"""What the centre has to see to about memberships: requests nobody else decides, bodies nobody manages."""

from __future__ import annotations

from portal.accounts.models import Membership, User
from portal.accounts.queries import administrators_of
from portal.core import work
from portal.core.models import WorkItem

REQUEST_KIND, UNMANAGED_KIND = "membership", "unmanaged"


def _request_key(membership: Membership) -> str:
    return f"membership:{membership.pk}"


def _body_key(membership: Membership) -> str:
    return f"municipality:{membership.municipality_id}"


def ask_the_centre(membership: Membership) -> None:
    """Give the centre the task to decide about a request."""
    work.open_item(
        kind=REQUEST_KIND,
        title=f"Zugang prüfen: {membership.municipality}",
        dedupe_key=_request_key(membership),
        source="Anfragen",
        note="Die Anfrage steht unter Kommunen → Anfragen. Dort bestätigen Sie sie mit einem Klick.",
    )


def ask_the_centre_once(membership: Membership) -> bool:
    """Give the centre the task unless it had it before, whatever became of it."""
    since = membership.admin_requested_at or membership.created_at
    known = WorkItem.objects.filter(kind=REQUEST_KIND, dedupe_key=_request_key(membership), created_at__gte=since)
    if known.exists():
        return False
    ask_the_centre(membership)
    return True


def report_unmanaged(membership: Membership) -> None:
    """Give the centre a task where people belong to a municipality and nobody manages its access any more."""
    people = Membership.objects.filter(
        municipality=membership.municipality, state=Membership.State.CONFIRMED, user__is_active=True
    )
    if people.exists() and not administrators_of(membership.municipality).exists():
        work.open_item(
            kind=UNMANAGED_KIND,
            title=f"Niemand verwaltet den Zugang: {membership.municipality}",
            dedupe_key=_body_key(membership),
            source="Zugehörigkeiten",
            note="Vereinbaren Sie mit der Kommune, wer ihren Zugang verwaltet, und geben Sie ihr diese Rolle.",
        )


def decided(membership: Membership, *, by: User | None = None) -> None:
    """Close the task to decide about a request: somebody has, or nobody needs to any more."""
    work.close_item(kind=REQUEST_KIND, dedupe_key=_request_key(membership), actor=by)


def managed(membership: Membership, *, by: User | None) -> None:
    """Close the task about a body that somebody manages again."""
    work.close_item(kind=UNMANAGED_KIND, dedupe_key=_body_key(membership), actor=by)


def register() -> None:
    """Called when the app is ready."""
    work.register_kind(REQUEST_KIND, "Anfrage auf Zugang", team="Koordination")
    work.register_kind(UNMANAGED_KIND, "Zugang ohne Verwaltung", team="Koordination")
