"""Who advises at a group session hears of it by mail: planned, handed over, moved, elsewhere, cancelled."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine

from consultations.models import Adviser, Format, GroupSession
from consultations.requester.cases import mailbox
from consultations.services import absences, changes, groups
from consultations.services.placing import Placement
from portal.accounts.models import User
from portal.core.models import OutboxMessage
from tests import mails
from tests.factories import bodies, calendar, desk, mailing
from tests.people import signed_in

pytestmark = [
    pytest.mark.django_db, pytest.mark.usefixtures("advice_on_monday", "mails_by_outbox", "mails_in_memory"),
]  # fmt: skip
TITLE = "Sprechstunde Registermodernisierung"


@pytest.fixture
def anna() -> Adviser:
    return desk.adviser_with_role("Anna")


@pytest.fixture
def bernd() -> Adviser:
    return desk.adviser_with_role("Bernd")


@pytest.fixture
def coordinator() -> User:
    return desk.person("Koordination", "koordination@kkv.example")


def planned(by: User | None, *crew: Adviser, days: int = 1) -> GroupSession:
    return groups.plan(placement=at(days, 10, *crew), title=TITLE, by=by)


def at(days: int, hour: int, *crew: Adviser) -> Placement:
    form = Format.objects.filter(kind="group").first() or calendar.group_form()
    return calendar.placement(
        form, calendar.on(days, hour), crew[0], by_centre=True, place="video",
        place_detail="https://video.example/a", further=[each.pk for each in crew[1:]],
    )  # fmt: skip


def address(adviser: Adviser) -> str:
    return calendar.user_of(adviser).email


def told(since: int = 0) -> list[tuple[str, str]]:
    """Return who got which mail after so many: address and what the subject says before the title."""
    return [
        (str(mail["To"]), str(mail["Subject"]).strip().removesuffix(f": {TITLE}"))
        for mail in mailing.deliver()[since:]
    ]


def text_to(adviser: Adviser) -> str:
    return mails.text_of(mailing.to(address(adviser))[-1])


def test_each_step_is_told_to_who_joins_stays_or_leaves(anna: Adviser, bernd: Adviser, coordinator: User) -> None:
    session = planned(coordinator, anna)
    assert told() == [(address(anna), "Neuer Gruppentermin")]
    text = text_to(anna)
    for words in (f"Titel: {TITLE}", "Dienstag, 2. März 2027, 10:00", "https://video.example/a", "Jörg Anna"):
        assert words in text
    assert f"/cms/beratung/gruppentermine/{session.pk}/" in text
    assert "Bisher" not in text
    assert "None" not in text
    changes.pass_on(allocation=session.allocations.get(), to=bernd.pk, by=coordinator)
    assert told(1) == [
        (address(bernd), "Sie leiten jetzt einen Gruppentermin"),
        (address(anna), "Gruppentermin jetzt bei anderen Beratenden"),
    ]
    assert "https://video.example" not in text_to(anna), "who leaves needs no dial-in"
    session = groups.move(session=session, placement=at(1, 14, bernd), by=coordinator)
    assert told(3) == [(address(bernd), "Gruppentermin verschoben")]
    assert "Termin: Dienstag, 2. März 2027, 14:00" in text_to(bernd)
    assert "Bisher: Dienstag, 2. März 2027, 10:00" in text_to(bernd)
    session = groups.change(
        session=session, title=TITLE, place="video", place_detail="https://video.example/b", by=coordinator
    )
    assert told(4) == [(address(bernd), "Ort oder Einwahl des Gruppentermins geändert")]
    groups.cancel(session=session, by=coordinator)
    assert told(5) == [(address(bernd), "Gruppentermin abgesagt")]
    assert set(OutboxMessage.objects.values_list("key", flat=True)) == {f"session:{session.pk}"}


def test_a_move_to_other_people_tells_them_and_who_had_it(
    anna: Adviser, bernd: Adviser, coordinator: User
) -> None:
    session = planned(coordinator, anna)
    before = len(told())
    groups.move(session=session, placement=at(2, 14, bernd), by=coordinator)
    assert told(before) == [
        (address(bernd), "Sie leiten jetzt einen Gruppentermin"),
        (address(anna), "Gruppentermin jetzt bei anderen Beratenden"),
    ]
    assert "Termin: Dienstag, 2. März 2027, 10:00" in text_to(anna), "the time they know"
    before = len(told())
    groups.move(session=session, placement=at(2, 14, bernd, anna), by=coordinator)
    assert told(before) == [
        (address(bernd), "Gruppentermin geändert"),
        (address(anna), "Sie beraten jetzt bei einem Gruppentermin mit"),
    ]
    assert "Bisher" not in text_to(bernd)


def test_nobody_is_told_of_what_they_have_done(anna: Adviser, bernd: Adviser) -> None:
    session = planned(anna.user, anna, bernd)
    assert told() == [(address(bernd), "Neuer Gruppentermin")]
    groups.cancel(session=session, by=anna.user)
    assert told(1) == [(address(bernd), "Gruppentermin abgesagt")]


def test_the_same_once_more_and_what_concerns_nobody_tells_nobody(
    anna: Adviser, bernd: Adviser, coordinator: User
) -> None:
    session = planned(coordinator, anna)
    planned(coordinator, anna)
    groups.change(session=session, title=TITLE, place="video", place_detail="https://video.example/a", by=None)
    groups.change(session=session, title="Anderer Titel", place="video",
                  place_detail="https://video.example/a", by=coordinator)  # fmt: skip
    groups.change_capacity(session=session, capacity=3, by=coordinator)
    groups.move(session=session, placement=at(1, 10, anna), by=coordinator)
    assert len(told()) == 1
    part = session.allocations.get()
    for _ in range(2):
        changes.pass_on(allocation=part, to=bernd.pk, by=coordinator)
    assert len(told()) == 3
    for _ in range(2):
        groups.cancel(session=session, by=coordinator)
    assert len(told()) == 4


def test_who_is_away_is_read_by_who_stands_in_else_by_the_mailbox(
    anna: Adviser, bernd: Adviser, coordinator: User
) -> None:
    today = calendar.MONDAY
    absence = absences.plan(adviser=anna, first_day=today, last_day=today, by=None, deputy=bernd)
    session = planned(coordinator, anna)
    assert told() == [
        (address(anna), "Neuer Gruppentermin"),
        (address(bernd), "Neuer Gruppentermin (in Vertretung für Jörg Anna)"),
    ]
    absences.end(absence=absence, by=None)
    absences.plan(adviser=anna, first_day=today, last_day=today, by=None)
    groups.cancel(session=session, by=coordinator)
    assert told(2) == [
        (address(anna), "Gruppentermin abgesagt"), (mailbox(), "Gruppentermin abgesagt (Jörg Anna ist abwesend)"),
    ]  # fmt: skip


def test_who_advises_no_more_hears_nothing_and_from_outside_the_link_is_the_public_page(
    bernd: Adviser, coordinator: User
) -> None:
    outside = desk.adviser_with_role("Extern", role="")
    bodies.belongs(calendar.user_of(outside), bodies.association(), is_external_adviser=True)
    Adviser.objects.filter(pk=outside.pk).update(external=True)
    session = planned(coordinator, outside)
    assert told() == [(address(outside), "Neuer Gruppentermin")]
    assert "/beratung/termine/" in text_to(outside)
    assert "/cms/" not in text_to(outside)
    Adviser.objects.filter(pk=outside.pk).update(active=False)
    changes.pass_on(allocation=session.allocations.get(), to=bernd.pk, by=coordinator)
    assert told(1) == [(address(bernd), "Sie leiten jetzt einen Gruppentermin")]


def test_what_is_over_is_told_to_nobody(anna: Adviser, coordinator: User) -> None:
    session = planned(coordinator, anna)
    before = len(told())
    with time_machine.travel(session.ends_at + timedelta(minutes=1), tick=False):
        groups.complete(session=session, by=coordinator)
        assert len(told()) == before


def test_the_screen_tells_who_is_to_lead_it(anna: Adviser, coordinator: User) -> None:
    form, client = calendar.group_form(), signed_in(coordinator)
    data = {
        "format": form.pk, "title": TITLE, "day": "02.03.2027", "time": "10:00", "adviser": anna.pk,
        "place": "video", "place_detail": "", "capacity": "5", "topic": "",
    }  # fmt: skip
    for _ in range(2):
        assert client.post("/cms/beratung/gruppentermine/neu/", data).status_code == 302
    assert told() == [(address(anna), "Neuer Gruppentermin")]
    page = client.get("/cms/beratung/vorlagen/").content.decode()
    assert "Beratende: Gruppentermin" in page


def test_a_mail_given_up_is_shown_to_coordination_with_the_session(anna: Adviser, coordinator: User) -> None:
    session = planned(None, anna)
    row = OutboxMessage.objects.get(key=f"session:{session.pk}")
    OutboxMessage.objects.filter(pk=row.pk).update(state="failed", finished_at=calendar.NOW)
    client = signed_in(coordinator)
    page = client.get("/cms/beratung/mails/").content.decode()
    assert f'<a href="/cms/beratung/gruppentermine/{session.pk}/">{TITLE}</a>' in page
    assert "Beratende: Gruppentermin" in page
    client.post(f"/cms/beratung/mails/{row.pk}/erneut/")
    row.refresh_from_db()
    assert row.state == "waiting", "for the worker"
