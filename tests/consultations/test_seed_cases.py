"""Cases in bulk keep the rules of the database, and lists cost the same number of queries for 10 as for 200."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.utils import timezone

from consultations import case_words
from consultations.models import Adviser, Allocation, Appointment, Case, Message
from consultations.states import AppointmentState, CaseState
from tests import querycounts
from tests.consultations.test_demo import double_bookings
from tests.factories import desk
from tests.people import signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _formats() -> None:
    call_command("import_formats", verbosity=0)


def seed(count: int, *, advisers: int = 0) -> None:
    call_command("seed_cases", str(count), "--advisers", str(advisers), verbosity=0)


def test_it_refuses_in_operation_and_says_what_is_missing(settings: Any) -> None:
    with pytest.raises(CommandError, match="Zuerst: manage"):
        seed(10)
    settings.SECRET_KEY = "a-real-secret"
    with pytest.raises(CommandError, match="Nur mit Entwicklungseinstellungen"):
        seed(10, advisers=1)
    assert not Case.objects.exists()
    assert not Adviser.objects.exists()


def test_cases_of_four_years_within_all_rules() -> None:
    seed(1300, advisers=4)
    assert Case.objects.count() == 1300
    assert set(Case.objects.values_list("state", flat=True)) == set(CaseState.values)
    assert Adviser.objects.count() == 4
    assert double_bookings() == 0
    rows = Appointment.objects
    assert rows.filter(state=AppointmentState.DONE, ends_at__lt=timezone.now()).count() > 300
    assert rows.filter(state=AppointmentState.CONFIRMED, starts_at__gt=timezone.now()).exists()
    assert Allocation.objects.count() == rows.count()
    came = list(Case.objects.order_by("pk").values_list("created_at", flat=True))
    assert came == sorted(set(came))
    assert (came[-1] - came[0]).days > 1400
    assert came[-1] <= timezone.now()
    message = Message.objects.select_related("case").order_by("-pk")[0]
    assert message.at == message.case.created_at
    assert not Case.objects.filter(ended_at__gt=timezone.now()).exists()
    found = case_words.search(Case.objects.all(), "Wohnsitzanmeldung Bürgerbüro")
    assert found.exists()


def test_it_fills_up_to_a_number_beside_what_is_booked() -> None:
    seed(120, advisers=2)
    seed(120, advisers=2)
    assert Case.objects.count() == 120
    seed(200, advisers=2)
    assert Case.objects.count() == 200
    assert Adviser.objects.count() == 2
    assert double_bookings() == 0


@pytest.mark.parametrize(
    "address",
    [
        "/cms/beratung/?ansicht=team",
        "/cms/beratung/?ansicht=alle",
        "/cms/beratung/?q=zuständig",
        "/cms/beratung/kommunen/",
    ],
)
def test_lists_of_the_centre_cost_the_same_for_10_and_for_200(address: str) -> None:
    client = signed_in(desk.person("Koordination", "koordination@kkv.example"))
    seed(10, advisers=2)
    few = querycounts.warm(address, client)
    seed(200, advisers=2)
    assert querycounts.warm(address, client) == few


def test_lists_of_a_municipality_cost_the_same_for_10_and_for_200() -> None:
    from portal.accounts import services
    from portal.accounts.models import Municipality
    from tests.people import PortalClient, make_user

    person = make_user("kaethe@gemeinde.example")
    town = Municipality.objects.filter(active=True).order_by("pk")[0]
    membership = services.request_membership(user=person, municipality=town)
    services.confirm_membership(membership=membership, by=None)
    client = PortalClient()
    client.force_login(person)

    def give(count: int) -> None:
        """Make so many cases the person's, all in progress."""
        seed(count, advisers=2)
        Case.objects.filter(lead=None).update(lead=Adviser.objects.order_by("pk")[0])
        Case.objects.update(municipality=town, requester=person, state=CaseState.IN_PROGRESS, ended_at=None)

    give(10)
    few = querycounts.warm("/konto/", client)
    give(200)
    assert querycounts.warm("/konto/", client) == few
