"""While a lead is away: who stands in hears of the case, finds it among their own; all read who it is."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from consultations import deputies
from consultations.desk import queues
from consultations.models import Adviser, Case
from consultations.requester import changing
from consultations.requester.cases import mailbox
from consultations.services import absences, correspondence
from tests import mails
from tests.factories import calendar as make
from tests.factories import desk, mailing
from tests.people import make_user, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("mails_by_outbox")]
MINE = "/cms/beratung/?ansicht=meine"


@pytest.fixture(autouse=True)
def _clock(settings: Any) -> Iterator[None]:
    settings.HOLIDAYS = ""
    settings.CONSULTATIONS_OPEN = True
    settings.OUTBOX_EMAIL_BACKEND = mailing.LOCMEM
    with time_machine.travel(make.NOW, tick=False):
        yield


@pytest.fixture
def anna() -> Adviser:
    return desk.adviser_with_role("Anna")


@pytest.fixture
def bernd() -> Adviser:
    return desk.adviser_with_role("Bernd")


@pytest.fixture
def case(anna: Adviser) -> Case:
    return desk.working_case(anna, requester=make_user(mailing.ASKER))


def away(adviser: Adviser, deputy: Adviser | None = None, *, days: int = 20, begins: int = 0) -> None:
    first = make.MONDAY + timedelta(days=begins)
    last = make.MONDAY + timedelta(days=days)
    absences.plan(adviser=adviser, first_day=first, last_day=last, by=None, deputy=deputy, anyway=True)


def readers_of(case: Case, text: str) -> set[str]:
    """Return who gets a mail when the municipality writes."""
    before = len(mailing.deliver())
    correspondence.receive(case=case, text=text, by=case.requester)
    return {str(mail["To"]) for mail in mailing.deliver()[before:]}


def test_the_deputy_hears_of_messages_and_changes(case: Case, anna: Adviser, bernd: Adviser) -> None:
    row = mailing.booked(case, anna, make.form(), days=1)
    own, others = make.user_of(anna).email, make.user_of(bernd).email
    assert readers_of(case, "Noch da?") == {own}
    away(anna, bernd)
    assert readers_of(case, "Gilt die Frist noch?") == {own, others}
    assert "in Vertretung für Jörg Anna" in mails.text_of(mailing.to(others)[-1])
    before = len(mailing.deliver())
    changing.change(row, "cancel", by=case.requester)
    assert {own, others} <= {str(mail["To"]) for mail in mailing.deliver()[before:]}


def test_without_a_deputy_who_is_there_the_mailbox_hears_of_it(case: Case, anna: Adviser, bernd: Adviser) -> None:
    own = make.user_of(anna).email
    away(anna)
    assert readers_of(case, "Erste Frage") == {own, mailbox()}
    away(anna, bernd, days=21)
    away(bernd)
    assert readers_of(case, "Zweite Frage") == {own, mailbox()}, "the deputy is away too"


@pytest.mark.parametrize("gone", ["off", "outside"])
def test_a_deputy_who_may_not_open_the_case_does_not_hear_of_it(
    case: Case, anna: Adviser, bernd: Adviser, gone: str
) -> None:
    away(anna, bernd)
    Adviser.objects.filter(pk=bernd.pk).update(**({"active": False} if gone == "off" else {"external": True}))
    assert readers_of(case, "Frage") == {make.user_of(anna).email, mailbox()}


def test_before_and_after_nobody_stands_in(case: Case, anna: Adviser, bernd: Adviser) -> None:
    away(anna, bernd, begins=1, days=2)
    assert readers_of(case, "Heute") == {make.user_of(anna).email}
    with time_machine.travel(make.on(3), tick=False):
        assert readers_of(case, "Danach") == {make.user_of(anna).email}
        assert deputies.absence_of(anna) is None


def test_the_deputy_finds_the_case_among_their_own_with_who_is_away(
    case: Case, anna: Adviser, bernd: Adviser
) -> None:
    client = signed_in(make.user_of(bernd))
    assert case.reference not in client.get(MINE).content.decode()
    assert queues.counts(make.user_of(bernd))["meine"] == 0
    away(anna, bernd)
    page = client.get(MINE).content.decode()
    assert case.reference in page
    assert "abwesend bis 21.03.2027, Vertretung: Jörg Bernd" in page
    assert queues.counts(make.user_of(bernd))["meine"] == 1
    shown = client.get(f"/cms/beratung/vorgang/{case.pk}/").content.decode()
    assert "Jörg Anna (abwesend bis 21.03.2027, Vertretung: Jörg Bernd)" in shown


def test_the_list_costs_the_same_for_more_people_who_are_away(case: Case, anna: Adviser, bernd: Adviser) -> None:
    client = signed_in(make.user_of(bernd))
    away(anna, bernd)

    def cost() -> int:
        client.get(MINE)
        with CaptureQueriesContext(
            connection,
        ) as found:
            client.get(MINE)
        return len(found)

    before = cost()
    for number in range(3):
        other = desk.adviser_with_role(f"Vierte{number}")
        desk.working_case(other, subject=f"Anliegen {number}")
        away(other, bernd, days=number + 1)
    assert cost() == before


def test_only_who_advises_can_be_named_as_deputy(anna: Adviser, bernd: Adviser) -> None:
    client = signed_in(desk.person("Koordination", "ko@kkv.example"))
    away(anna, bernd)
    named = anna.absences.get()
    gone = make.adviser("Gegangen", external=True)
    new = client.get("/cms/beratung/abwesenheiten/new/").context["form"].fields["deputy"]
    assert bernd in new.queryset
    assert gone not in new.queryset, "from outside without the mark"
    Adviser.objects.filter(pk=bernd.pk).update(active=False)
    kept = client.get(f"/cms/beratung/abwesenheiten/edit/{named.pk}/").context["form"].fields["deputy"]
    assert bernd in kept.queryset, "who is named already stays"
