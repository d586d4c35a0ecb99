"""Who takes part in the demonstration: four advisers with hours, one from outside, people of municipalities."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import time, timedelta

from django.db import transaction

from consultations.demo.clock import Clock
from consultations.models import Adviser, Format, WeeklyHours
from consultations.refusals import BookingRefused
from consultations.services import absences
from knowledge.models import TopicPage
from portal.accounts import demo, services
from portal.accounts.demo import DemoPerson
from portal.accounts.models import Municipality, User
from portal.accounts.roles import ADVISER

TOWNS = 20
_FIRST_NAMES = ("Alex", "Bente", "Chris", "Dana", "Eike", "Finn", "Gerrit", "Helge", "Inge", "Jona")


@dataclass(frozen=True)
class DemoAdviser:
    """A login of the role Beratung, topics by slug, and blocks of hours by weekday (0: Monday)."""

    person: DemoPerson
    weight: int
    topics: tuple[str, ...]
    hours: tuple[tuple[tuple[int, ...], int, int], ...]


ADVISERS = (
    DemoAdviser(
        DemoPerson(f"beratung@{demo.DOMAIN}", "Beratung", ADVISER), 100, (),
        (((0, 1, 2, 3, 4), 9, 12), ((0, 1, 3), 13, 16)),
    ),
    DemoAdviser(
        DemoPerson(f"beratung-nord@{demo.DOMAIN}", "Beratung Nord", ADVISER), 100,
        ("registermodernisierung", "single-digital-gateway", "datenschutz", "fim-und-xoev"),
        (((0, 1, 2, 3), 8, 12), ((1, 2), 13, 17)),
    ),
    DemoAdviser(
        DemoPerson(f"beratung-mitte@{demo.DOMAIN}", "Beratung Mitte", ADVISER), 50,
        ("efa-kommunal", "civento", "nutzerkonten", "onlinezugangsgesetz"),
        (((1, 2, 3), 9, 13), ((3,), 14, 17)),
    ),
    DemoAdviser(
        DemoPerson(f"beratung-sued@{demo.DOMAIN}", "Beratung Süd", ADVISER), 80,
        ("volldigitalisierung", "egovsad", "barrierefreiheit", "onlinezugangsgesetz"),
        (((0, 2, 4), 9, 12), ((0, 2), 13, 17)),
    ),
)  # fmt: skip
ACCOUNTS = tuple(adviser.person for adviser in ADVISERS)


@dataclass
class Cast:
    """Everybody, made once; `towns` begins with the invented town of the demo logins."""

    advisers: list[Adviser]
    external: Adviser
    coordinator: User
    towns: list[Municipality]
    topics: dict[str, TopicPage]
    formats: dict[str, Format]
    known: dict[int, User] = field(default_factory=dict)

    def requester(self, number: int) -> User:
        """Return the person who asks for a town of the list; made where there is none."""
        place = number % len(self.towns)
        if place not in self.known:
            self.known[place] = _person_of(self.towns[place], place)
        return self.known[place]

    def town(self, number: int) -> Municipality:
        return self.towns[number % len(self.towns)]


def assemble(clock: Clock) -> Cast:
    """Make who is missing; what somebody has changed since then stays."""
    demo.seed_accounts()
    topics = {page.slug: page for page in TopicPage.objects.live()}
    advisers = [_adviser(wanted, topics) for wanted in ADVISERS]
    with transaction.atomic():
        external, _ = Adviser.objects.get_or_create(
            user=User.objects.get(email=demo.EXTERNAL.email), defaults={"external": True}
        )
    _plan_absence(advisers, clock)
    return Cast(
        advisers=advisers,
        external=external,
        coordinator=User.objects.get(email=f"koordination@{demo.DOMAIN}"),
        towns=_towns(),
        topics=topics,
        formats={form.key: form for form in Format.objects.filter(active=True)},
    )


@transaction.atomic
def _adviser(wanted: DemoAdviser, topics: dict[str, TopicPage]) -> Adviser:
    user = demo.staff_account(wanted.person)
    known = Adviser.objects.filter(user=user).first()
    if known is not None:
        return known
    made = Adviser(user=user, weight=wanted.weight)
    made.topics = [topics[slug] for slug in wanted.topics if slug in topics]
    made.hours = [
        WeeklyHours(weekday=day, starts=time(starts), ends=time(ends))
        for days, starts, ends in wanted.hours
        for day in days
    ]
    made.save()
    return made


def _plan_absence(advisers: Sequence[Adviser], clock: Clock) -> None:
    """Let the last adviser be away for a week, with a deputy, once."""
    person, deputy = advisers[-1], advisers[0]
    if person.absences.exists():
        return
    first = clock.working_day(40)
    try:
        absences.plan(
            adviser=person, first_day=first, last_day=first + timedelta(days=6), by=person.user, deputy=deputy
        )
    except BookingRefused:  # appointments of somebody's own trial stand on these days
        return


def _towns() -> list[Municipality]:
    """Return the invented town and others spread evenly over the list of municipalities."""
    own = Municipality.objects.get(slug="demo-musterstadt")
    kinds = Municipality.Kind
    real = Municipality.objects.filter(active=True, kind__in=(kinds.GEMEINDE, kinds.STADT, kinds.LANDKREIS))
    rows = list(real.exclude(ags=None).order_by("ags"))
    step = max(1, len(rows) // (TOWNS - 1))
    return [own, *rows[::step][: TOWNS - 1]]


@transaction.atomic
def _person_of(town: Municipality, number: int) -> User:
    """Return somebody made up who belongs to a town; nobody logs in as them."""
    if town.slug == "demo-musterstadt":
        return User.objects.get(email=demo.MEMBER.email)
    email = f"kommune-{town.slug[:50]}@{demo.DOMAIN}"
    user = User.objects.filter(email=email).first()
    if user is None:
        first = _FIRST_NAMES[number % len(_FIRST_NAMES)]
        user = User.objects.create_user(email, None, first_name=f"Demo {first}", last_name="Beispiel")
        services.set_email(user=user, verified=True)
    if not user.memberships.exists():
        asked = services.request_membership(user=user, municipality=town)
        services.confirm_membership(membership=asked, by=None)
    return user
