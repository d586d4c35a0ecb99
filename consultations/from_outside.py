"""Who may advise at all, and what happens when somebody from outside may not any more.

An adviser from outside advises because a membership of an association or IT provider is marked so; the centre
makes the `Adviser` row by hand. Without the mark the row alone opens nothing.
"""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from consultations.models import Adviser, Allocation, Case
from consultations.states import BLOCKING, OPEN_CASES, AppointmentState
from portal.accounts.models import Membership, User
from portal.accounts.queries import active_staff, external_advisers
from portal.core import audit, work

KIND = "advice_from_outside"
NOTE = (
    "Die Zugehörigkeit oder das Kennzeichen „Externe Beratung“ ist beendet; die Person sieht nichts mehr. "
    "Ordnen Sie ihre Vorgänge neu zu, übergeben Sie ihre Termine, und nehmen Sie dann unter „Beratende und "
    "Zeiten“ das Häkchen bei „Berät“ weg."
)


def working_on_cases() -> QuerySet[User]:
    """Return the people of the centre whose role lets them work on cases, and superusers; active ones."""
    role = Q(
        groups__permissions__codename="change_case", groups__permissions__content_type__app_label="consultations"
    )
    return User.objects.filter(Q(is_superuser=True) | role, is_active=True).distinct()


def able() -> QuerySet[User]:
    """Return who may advise now: who works on cases, and those marked as advisers from outside."""
    inside, outside = working_on_cases().values("pk"), external_advisers().values("pk")
    return User.objects.filter(Q(pk__in=inside) | Q(pk__in=outside))


def is_staff(user: User) -> bool:
    return active_staff().filter(pk=user.pk).exists()


def advising() -> QuerySet[Adviser]:
    """Return the advisers work can be given to, with their accounts: active ones who may advise now."""
    rows = Adviser.objects.filter(active=True, user__is_active=True)
    return rows.filter(Q(external=False) | Q(user__in=able().values("pk"))).select_related("user")


def _inside() -> Q:
    return Q(external=False) & (Q(user__is_superuser=True) | ~Q(user__in=external_advisers().values("pk")))


def of_the_centre() -> QuerySet[Adviser]:
    """Return the advisers of the centre: nobody from outside, whether marked so or by membership."""
    return advising().filter(_inside())


def for_case(case: Case) -> QuerySet[Adviser]:
    """Return whom an appointment of a case can be given to: the centre's advisers, and those who are on the case.

    Others from outside cannot open it (`desk.rights.scope`), whether marked so or by membership.
    """
    on_it = Q(pk=case.lead_id) | Q(pk__in=case.further.order_by().values("pk"))
    return advising().filter(_inside() | on_it)


def shut_out(case: Case) -> list[Allocation]:
    """Return the parts in appointments of a case to come that are with people who may not have them any more.

    They advise no more, or come from outside and have been taken off the case; one query, in order of time.
    """
    standing = (AppointmentState.REQUESTED, AppointmentState.CONFIRMED)
    rows = Allocation.objects.filter(
        appointment__case=case, state__in=standing, appointment__starts_at__gt=timezone.now()
    ).exclude(adviser__in=for_case(case).values("pk"))
    return list(rows.select_related("adviser__user", "appointment").order_by("blocks_from", "pk"))


def counts(adviser: Adviser) -> bool:
    """True for an adviser who may hear of cases; of those from outside it is looked up.

    Who is switched off hears of them as long as a role shows them the cases; from outside nobody does.
    """
    if adviser.user is None or not adviser.user.is_active:
        return False
    if adviser.external:
        return adviser.active and able().filter(pk=adviser.user.pk).exists()
    return adviser.active or adviser.user.has_perm("consultations.change_case")


def has_something_left(adviser: Adviser) -> bool:
    """True while appointments to come or open cases are with somebody."""
    ahead = Allocation.objects.filter(adviser=adviser, state__in=BLOCKING, blocks_until__gt=timezone.now())
    return ahead.exists() or Case.objects.filter(lead=adviser, state__in=OPEN_CASES).exists()


@transaction.atomic
def follow(sender: Any, instance: Membership, **kwargs: Any) -> None:
    """Receiver of a stored membership: who may not advise any more is switched off, or becomes a task.

    Only with nothing ahead: cases and appointments of somebody switched off could not be handed over.
    """
    from consultations.belongings import lock_adviser
    from consultations.services import appointments

    row = Adviser.objects.filter(user=instance.user_id, external=True, active=True).first()
    if row is None or able().filter(pk=instance.user_id).exists():
        return
    lock_adviser(row)
    appointments.release_of(adviser=row)
    if has_something_left(row):
        work.open_item(
            kind=KIND, title="Externe Beratung beendet: Vorgänge neu zuordnen", dedupe_key=f"adviser:{row.pk}",
            source="Zugehörigkeiten", note=NOTE,
        )  # fmt: skip
        return
    row.active = False
    row.save(update_fields=["active"])
    audit.record("adviser.end", actor=None, subject=row)


def register() -> None:
    """Called when the app is ready."""
    from django.db.models.signals import post_save

    work.register_kind(KIND, "Externe Beratung beendet", team="Koordination")
    audit.register_action("adviser.end", "Beratung beendet")
    post_save.connect(follow, sender=Membership, dispatch_uid="advice_from_outside")
