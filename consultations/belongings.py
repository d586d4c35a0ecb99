"""What an adviser leaves behind when their account is closed: appointments to come and open cases change hands.

The own calendar does not: it ends with the account.
"""

from __future__ import annotations

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from consultations import busy
from consultations.models import Adviser, Allocation, Case
from consultations.refusals import BookingRefused
from consultations.services import appointments, cases, changes
from consultations.states import BLOCKING, OPEN_CASES, AppointmentState
from consultations.times import local_day
from portal.accounts import belongings
from portal.accounts.belongings import Belonging
from portal.accounts.models import User

NO_ADVISER = "{person} berät nicht. Wählen Sie jemanden aus der Beratung, oder legen Sie zuerst die Zeiten an."


def _ahead(person: User) -> QuerySet[Allocation]:
    rows = Allocation.objects.filter(adviser__user=person, state__in=BLOCKING, blocks_until__gt=timezone.now())
    return rows.select_related("appointment", "session").order_by("blocks_from", "pk")


def _cases(person: User) -> QuerySet[Case]:
    return Case.objects.filter(lead__user=person, state__in=OPEN_CASES)


def _count(person: User) -> int:
    return _ahead(person).count() + _cases(person).count()


def lock_adviser(adviser: Adviser) -> None:
    """Lock an adviser, active or not, until the transaction ends."""
    Adviser.objects.select_for_update(no_key=True).get(pk=adviser.pk)


def stands_in_the_way(adviser: Adviser) -> str:
    """Return in German why somebody cannot stop advising yet and what to do first; empty when nothing is left.

    Holds do not count: they are given up with the advising (`appointments.release_of`).
    """
    now = timezone.now()
    ahead = Allocation.objects.filter(adviser=adviser, state__in=BLOCKING, blocks_until__gt=now)
    dates = ahead.exclude(state=AppointmentState.HELD).count()
    led = Case.objects.filter(lead=adviser, state__in=OPEN_CASES).count()
    if not dates and not led:
        return ""
    return (
        f"{adviser} hat noch künftige Termine ({dates}) und offene Vorgänge ({led}). Übergeben oder verschieben "
        "Sie sie zuerst einzeln in den Vorgängen. Wer die Kompetenzstelle verlässt, wird unter Benutzer mit "
        "„Übergeben und deaktivieren“ abgelöst."
    )


@transaction.atomic
def _hand_over(person: User, successor: User | None) -> int:
    """Give everything to the successor and end the advising; holds of visitors are given up."""
    to = Adviser.objects.get(user=successor, active=True)
    number = 0
    for adviser in Adviser.objects.filter(user=person):
        appointments.release_of(adviser=adviser)
    for part in _ahead(person).exclude(state=AppointmentState.HELD):
        try:
            changes.pass_on(allocation=part, to=to.pk, by=None)
        except BookingRefused as error:
            raise _NotFree(part, error) from error
        number += 1
    for case in _cases(person).prefetch_related("further"):
        cases.assign(case=case, lead=to, further=case.further.all(), by=None)
        number += 1
    Adviser.objects.filter(user=person).update(active=False)
    return number


class _NotFree(BookingRefused):
    """An appointment the successor cannot take."""

    def __init__(self, part: Allocation, reason: BookingRefused) -> None:
        super().__init__(f"den Termin am {local_day(part.blocks_from):%d.%m.%Y} ({reason})")


def _objection(person: User, successor: User) -> str:
    """Try it and take it back: only so it is known whether the successor is free for all of it."""
    if not Adviser.objects.filter(user=successor, active=True).exists():
        return NO_ADVISER.format(person=successor)
    try:
        with transaction.atomic():
            _hand_over(person, successor)
            transaction.set_rollback(True)
    except _NotFree as error:
        return (
            f"{successor} kann nicht alles übernehmen: {error} "
            "Übergeben oder verschieben Sie diesen Termin zuerst einzeln."
        )
    except BookingRefused as error:  # a case that cannot be theirs: whoever is away today gets none
        return str(error)
    return ""


def _forget_calendar(person: User, successor: User | None) -> int:
    number = busy.count_of(person)
    busy.forget_person(person)
    return number


def register() -> None:
    """Called when the app is ready. The own calendar is of a kind of its own: it ends also with nothing ahead."""
    belongings.register(
        Belonging(
            "own_calendar", "Eigener Kalender (Quelle, Abo, belegte Zeiten)", busy.count_of, _forget_calendar,
            order=26, personal=True,
        )
    )  # fmt: skip
    belongings.register(
        Belonging(
            "advice", "Termine und Vorgänge der Beratung", _count, _hand_over, order=25, objection=_objection
        )
    )
