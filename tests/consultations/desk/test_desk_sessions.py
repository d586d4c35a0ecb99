"""Group sessions on the desk: planned, changed, moved, cancelled and completed; refusals stand at the form."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.test import Client

from consultations.models import Adviser, Format, GroupSession
from consultations.services import groups, seats
from tests.factories import calendar as make
from tests.factories import desk
from tests.mails import deliver, text_of
from tests.people import make_user, signed_in
from tests.querycounts import warm

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("mails_by_outbox")]
LIST = "/cms/beratung/gruppentermine/"
LINK = "https://video.example/raum"


@pytest.fixture(autouse=True)
def _monday_morning() -> Iterator[None]:
    with time_machine.travel(make.NOW, tick=False):
        yield


@pytest.fixture
def lead() -> Adviser:
    return desk.adviser_with_role()


@pytest.fixture
def client(lead: Adviser) -> Client:
    return signed_in(lead.user)


@pytest.fixture
def form() -> Format:
    return make.group_form(capacity=2)


@pytest.fixture
def session(form: Format, lead: Adviser) -> GroupSession:
    wanted = make.placement(form, make.on(3), lead, by_centre=True, place="video")
    return groups.plan(placement=wanted, title="Sprechstunde Größen", by=None)


def seated(session: GroupSession, name: str = "Ort") -> Any:
    """Take a seat for a municipality whose person has an account."""
    case = make.case(municipality=make.municipality(name), requester=make_user(f"{name.lower()}@stadt.example"))
    return seats.book(session=session, case=case, by=None)


def typed(form: Format, lead: Adviser, **fields: Any) -> dict[str, Any]:
    return {
        "format": form.pk, "title": "Sprechstunde Übergang", "day": "2027-03-04", "time": "10:00",
        "adviser": lead.pk, "place": "video", **fields,
    }  # fmt: skip


def mails_to(address: str) -> list[Any]:
    return [mail for mail in deliver() if mail["To"] == address]


def test_a_date_is_planned_and_listed(form: Format, lead: Adviser, client: Client) -> None:
    other = desk.adviser_with_role("Weiß")
    assert "kein Gruppentermin geplant" in client.get(LIST).content.decode()
    assert client.get(f"{LIST}neu/").context["form"]["adviser"].value() == lead.pk
    done = client.post(f"{LIST}neu/", typed(form, lead, further=[other.pk], place_detail=LINK))
    session = GroupSession.objects.get()
    assert done["Location"] == f"{LIST}{session.pk}/"
    assert (session.starts_at, session.capacity, session.place_detail) == (make.on(3), 2, LINK)
    assert set(session.allocations.values_list("adviser", flat=True)) == {lead.pk, other.pk}
    text = client.get(LIST).content.decode()
    for word in ("Sprechstunde Übergang", "Donnerstag, 4. März 2027, 10:00–11:00 Uhr", "0 von 2 Plätzen vergeben"):
        assert word in text
    assert "Sprechstunde Übergang" in client.get("/beratung/termine/").content.decode()


@pytest.mark.parametrize(
    ("fields", "at"),
    [
        ({"time": "20:00"}, "__all__"), ({"day": "2027-02-01"}, "__all__"), ({"title": ""}, "title"),
        ({"place": "centre"}, "place"), ({"capacity": "0"}, "capacity"), ({"day": "morgen"}, "day"),
    ],
)  # fmt: skip
def test_what_cannot_be_planned_is_said_at_the_form_and_nothing_typed_is_lost(
    fields: dict[str, str], at: str, form: Format, lead: Adviser, client: Client
) -> None:
    answer = client.post(f"{LIST}neu/", typed(form, lead, place_detail="Zimmer 7 im Rathaus", **fields))
    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == [at]
    assert "Zimmer 7 im Rathaus" in answer.content.decode()
    assert not GroupSession.objects.exists()


def test_a_taken_time_is_refused(session: GroupSession, form: Format, lead: Adviser, client: Client) -> None:
    answer = client.post(f"{LIST}neu/", typed(form, lead))
    assert answer.status_code == 422
    assert answer.context["form"].non_field_errors()
    assert GroupSession.objects.get() == session


def test_without_a_group_format_nothing_can_be_planned(lead: Adviser, client: Client) -> None:
    make.form()
    assert "noch kein aktives Format mit mehreren Plätzen" in client.get(LIST).content.decode()
    assert client.get(f"{LIST}neu/")["Location"] == LIST


def test_link_and_seats_are_changed_and_told(session: GroupSession, client: Client) -> None:
    appointment, address = seated(session), f"{LIST}{session.pk}/aendern/"
    held = seats.hold(session=session, holder="a")
    assert "Der Link für das Videogespräch fehlt noch" in client.get(f"{LIST}{session.pk}/").content.decode()
    wanted = {"title": session.title, "place": "video", "place_detail": LINK, "capacity": "5"}
    assert client.post(address, wanted).status_code == 302
    session.refresh_from_db()
    appointment.refresh_from_db()
    held.refresh_from_db()
    assert (session.place_detail, session.capacity, session.sequence) == (LINK, 5, 1)
    assert (appointment.place_detail, appointment.sequence) == (LINK, 1)
    assert (held.place_detail, held.sequence) == (LINK, 0)
    mail = mails_to("ort@stadt.example")[-1]
    assert "geändert" in str(mail["Subject"])
    assert LINK in text_of(mail)
    number = len(mails_to("ort@stadt.example"))
    client.post(address, {**wanted, "title": "Anderer Titel"})
    assert len(mails_to("ort@stadt.example")) == number, "a title is no reason for a mail"
    refused = client.post(address, {**wanted, "capacity": "1", "place_detail": "woanders"})
    assert refused.status_code == 422
    assert "2 Plätze sind schon vergeben" in refused.content.decode()
    session.refresh_from_db()
    assert (session.capacity, session.place_detail) == (5, LINK), "all of it or nothing"


def test_more_seats_go_to_those_who_wait(session: GroupSession, client: Client) -> None:
    for name in ("Ort", "Stadt"):
        seated(session, name)
    entry = seats.join(session=session, case=make.case(municipality=make.municipality("Dorf")), by=None)
    text = client.get(f"{LIST}{session.pk}/").content.decode()
    assert "2 von 2 vergeben" in text
    assert entry.case.reference in text
    client.post(f"{LIST}{session.pk}/aendern/", {"title": "x", "place": "video", "capacity": "3"})
    entry.refresh_from_db()
    assert entry.state == "offered"


def test_a_session_is_moved_with_everybody(session: GroupSession, lead: Adviser, client: Client) -> None:
    appointment = seated(session)
    address = f"{LIST}{session.pk}/verschieben/"
    shown = client.get(address).context["form"]
    assert (str(shown["day"].value()), shown["adviser"].value()) == ("2027-03-04", lead.pk)
    wanted = {"day": "2027-03-05", "time": "20:00", "adviser": lead.pk}
    assert client.post(address, wanted).status_code == 422
    assert client.post(address, {**wanted, "time": "11:00"}).status_code == 302
    session.refresh_from_db()
    assert (session.starts_at, session.place) == (make.on(4, 11), "video")
    assert session.appointments.get(state="confirmed").thread == appointment.thread


def test_a_session_is_cancelled_with_a_reason(session: GroupSession, client: Client) -> None:
    appointment = seated(session)
    assert client.post(f"{LIST}{session.pk}/absagen/", {"reason": "Krank"}).status_code == 302
    session.refresh_from_db()
    appointment.refresh_from_db()
    assert (session.state, appointment.state, appointment.reason) == ("cancelled", "cancelled", "Krank")
    again = client.post(f"{LIST}{session.pk}/verschieben/", {})
    assert again.status_code == 422
    assert "findet nicht mehr statt" in again.content.decode(), "an old page is told"
    assert "absagen" not in client.get(f"{LIST}{session.pk}/").content.decode()
    assert client.get(f"{LIST}{session.pk}/anders/").status_code == 404


def test_a_session_that_took_place_is_completed(session: GroupSession, client: Client) -> None:
    appointment = seated(session)
    address = f"{LIST}{session.pk}/durchgefuehrt/"
    client.post(address)
    session.refresh_from_db()
    assert session.state == "confirmed", "it has not begun"
    assert "Als durchgeführt festhalten" not in client.get(f"{LIST}{session.pk}/").content.decode()
    with time_machine.travel(make.on(3, 12), tick=False):
        colleague = signed_in(desk.person("Koordination", "koordination@kkv.example"))
        assert "Als durchgeführt festhalten" in colleague.get(f"{LIST}{session.pk}/").content.decode()
        assert colleague.post(address).status_code == 302
        text = colleague.get(LIST).content.decode()
        assert text.index("Vorbei") < text.index(session.title)
    session.refresh_from_db()
    appointment.refresh_from_db()
    assert (session.state, appointment.state) == ("done", "done")


def test_the_list_asks_the_same_number_of_queries(form: Format, session: GroupSession, client: Client) -> None:
    few = warm(LIST, client)
    for number in range(3):
        adviser = desk.adviser_with_role(f"P{number}")
        wanted = make.placement(form, make.on(2), adviser, by_centre=True, place="video")
        seated(groups.plan(placement=wanted, title=f"Termin {number}", by=None), f"Ort{number}")
    assert warm(LIST, client) == few


def test_the_menu_leads_there_for_people_of_the_centre(client: Client) -> None:
    assert LIST in client.get("/cms/").content.decode()
