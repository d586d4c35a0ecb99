"""The belongings every installation has: work items, running reviews, the access of a municipality."""

from __future__ import annotations

from django.db.models import Exists, OuterRef, QuerySet
from wagtail.models import TaskState, WorkflowState

from portal.accounts import belongings, memberships
from portal.accounts.belongings import Belonging
from portal.accounts.models import Membership, User
from portal.accounts.queries import active_staff
from portal.core import work
from portal.core.models import WorkItem
from portal.core.review import queries


def _work(person: User) -> QuerySet[WorkItem]:
    return WorkItem.objects.filter(owner=person, closed_at__isnull=True)


def _hand_over_work(person: User, successor: User | None) -> int:
    items = list(_work(person))
    for item in items:  # one by one: each has a history of its own
        work.change_item(item=item, actor=None, changes={"owner": successor})
    return len(items)


def _submitted(person: User) -> QuerySet[WorkflowState]:
    """Return the running reviews a person looks after."""
    return WorkflowState.objects.active().filter(requested_by=person)


def _waiting_for_nobody_else(person: User) -> list[TaskState]:
    """Return the reviews nobody else could bring to their release: without this person they stay stuck."""
    return queries.stuck_without(person, active_staff())


def _count_reviews(person: User) -> int:
    submitted = set(_submitted(person).values_list("current_task_state_id", flat=True))
    return len(submitted | {state.pk for state in _waiting_for_nobody_else(person)})


def _review_objection(person: User, successor: User) -> str:
    stuck = [str(state.revision.object_str) for state in _waiting_for_nobody_else(person)]
    if not stuck:
        return ""
    named = ", ".join(f"„{title}“" for title in stuck[:3]) + (" und weitere" if len(stuck) > 3 else "")
    return (
        f"Ohne {person} kann niemand mehr freigeben: {named}. "
        "Geben Sie zuerst jemandem die Rolle Fachprüfung, oder entscheiden Sie vorher über diese Prüfungen."
    )


def _hand_over_reviews(person: User, successor: User | None) -> int:
    """Let the successor be told of them; the steps themselves wait for a role and need no change.

    Who submitted stays written down (`portal.core.models.Submission`): a hand-over makes nobody the second person.
    """
    count = _count_reviews(person)
    _submitted(person).update(requested_by=successor)
    return count


def _sole_access(person: User) -> QuerySet[Membership]:
    """Return memberships in which nobody else manages the municipality's access."""
    confirmed = Membership.objects.filter(state=Membership.State.CONFIRMED, role=Membership.Role.ADMIN)
    others = confirmed.filter(municipality=OuterRef("municipality"), user__is_active=True).exclude(user=person)
    return confirmed.filter(~Exists(others), user=person)


def _colleagues(person: User, successor: User) -> QuerySet[Membership]:
    towns = _sole_access(person).values("municipality")
    return Membership.objects.filter(user=successor, municipality__in=towns, state=Membership.State.CONFIRMED)


def _access_objection(person: User, successor: User) -> str:
    if _colleagues(person, successor).count() == _sole_access(person).count():
        return ""
    return (
        f"{successor} gehört dieser Kommune nicht an. Wählen Sie jemanden aus ihr oder lassen Sie das Feld leer."
    )


def _keeps_account(person: User) -> list[str]:
    """Name the municipalities with other people of whom nobody else could manage the access."""
    rows = _sole_access(person).select_related("municipality", "user")
    return [
        f"Sie verwalten als einzige Person den Zugang von {row.municipality}. "
        "Machen Sie dort zuerst jemand anderen zur Verwaltung des Zugangs."
        for row in rows
        if memberships.is_last_administrator(row)
    ]


def _hand_over_access(person: User, successor: User | None) -> int:
    """Let a colleague manage the access and end the person's own membership."""
    own = list(_sole_access(person).order_by("municipality_id"))
    if successor is not None:
        for membership in list(_colleagues(person, successor).order_by("municipality_id")):
            memberships.hand_over_administration(membership=membership)
    for membership in own:  # one by one: each has its log, and the group of municipalities follows
        memberships.end_with_account(membership=membership, by=None, reason=Membership.End.REMOVED)
    return len(own)


def register() -> None:
    """Called when the app is ready."""
    belongings.register(
        Belonging("work", "offene Aufgaben", lambda p: _work(p).count(), _hand_over_work, order=20)
    )
    belongings.register(
        Belonging(
            "reviews", "laufende Prüfungen", _count_reviews, _hand_over_reviews, order=30,
            objection=_review_objection,
        )
    )  # fmt: skip
    belongings.register(
        Belonging(
            "access", "Verwaltung des Zugangs einer Kommune", lambda p: _sole_access(p).count(), _hand_over_access,
            order=40, may_end=True, objection=_access_objection, keeps_account=_keeps_account,
        )
    )  # fmt: skip
