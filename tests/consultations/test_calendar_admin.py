"""The calendar in the admin: Koordination keeps formats and advisers, each adviser their own times."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client

from consultations import format_import
from consultations.models import Absence, Adviser, Closure, Format
from consultations.services import appointments
from portal.core.models import AuditEntry, WorkItem
from tests.factories import calendar as make
from tests.people import make_user

pytestmark = pytest.mark.django_db
FORMATS, ADVISERS = "/cms/beratung/formate/", "/cms/beratung/beratende/"
ABSENCES, CLOSURES = "/cms/beratung/abwesenheiten/", "/cms/beratung/schliesstage/"


@pytest.fixture(autouse=True)
def _monday_morning() -> Iterator[None]:
    with time_machine.travel(make.NOW, tick=False):
        yield


def login(client: Client, role: str, name: str = "Wer") -> Any:
    user = make_user(f"{name.lower()}@kkv.example", role=role, last_name=name)
    client.force_login(user)
    return user


def as_adviser(client: Client) -> Adviser:
    """Log in as somebody who advises."""
    return Adviser.objects.create(user=login(client, "Beratung", "Klug"))


def inline(prefix: str, *rows: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {f"{prefix}-TOTAL_FORMS": len(rows), f"{prefix}-INITIAL_FORMS": 0}
    for number, row in enumerate(rows):
        found |= {f"{prefix}-{number}-{key}": value for key, value in {"ORDER": number + 1, **row}.items()}
    return found


def format_data(**fields: Any) -> dict[str, Any]:
    return {
        "name": "Kurzberatung", "key": "kurz", "kind": "single", "entry": "direct", "text": "Über Größeres.",
        "duration": 30, "step": 15, "buffer_before": 0, "buffer_after": 15, "notice_hours": 24,
        "horizon_days": 30, "per_day": "", "per_week": "", "capacity": 1, "accept_hours": 48,
        "places": ["phone"], "files_to_bring": "", "active": "on", "order": 5,
        **inline("questions", {"question": "Worum geht es?", "required": "on"}), **fields,
    }  # fmt: skip


def times_data(
    *hours: dict[str, Any], overrides: tuple[dict[str, Any], ...] = (), **fields: Any
) -> dict[str, Any]:
    return {**inline("hours", *hours), **inline("overrides", *overrides), **fields}


MORNING = {"weekday": 0, "starts": "09:00", "ends": "12:00", "valid_from": "", "valid_until": ""}


@pytest.mark.parametrize(
    ("role", "sees", "changes"),
    [
        ("Koordination", {FORMATS, ADVISERS, ABSENCES, CLOSURES}, True),
        ("Administration", {FORMATS, ADVISERS, ABSENCES, CLOSURES}, True),
        ("Beratung", {FORMATS, ADVISERS, ABSENCES}, False),
        ("Redaktion", set(), False), ("Fachprüfung", set(), False), ("Leitung", set(), False),
    ],
)  # fmt: skip
def test_who_gets_where(client: Client, role: str, sees: set[str], changes: bool) -> None:
    form = make.form()
    login(client, role)
    every = [FORMATS, ADVISERS, ABSENCES, CLOSURES]
    assert {address for address in every if client.get(address).status_code == 200} == sees
    may = client.get(f"{FORMATS}edit/{form.pk}/").status_code == 200
    assert may is changes
    assert (client.get(f"{FORMATS}new/").status_code == 200) is changes
    assert (client.get(f"{CLOSURES}new/").status_code == 200) is changes
    assert (client.get(f"{ADVISERS}new/").status_code == 200) is changes
    assert client.get(f"{FORMATS}delete/{form.pk}/").status_code != 200
    shown = "Kalender" if sees else ""
    assert (f'"label": "{shown}"' in client.get("/cms/").content.decode()) is bool(sees)


def test_koordination_makes_a_format_with_questions(client: Client) -> None:
    user = login(client, "Koordination")
    assert client.post(f"{FORMATS}new/", format_data()).status_code == 302
    form = Format.objects.get()
    assert (form.name, form.places, form.buffer_after, form.per_day) == ("Kurzberatung", ["phone"], 15, None)
    assert [question.question for question in form.questions.all()] == ["Worum geht es?"]
    entry = AuditEntry.objects.get(object_type="consultations.format")
    assert (entry.action, entry.actor) == ("wagtail.create", user.pk)


def test_a_question_says_which_part_of_the_concern_answers_it(client: Client) -> None:
    login(client, "Koordination")
    assert "Entspricht im Anliegen" in client.get(f"{FORMATS}new/").content.decode()
    question = inline("questions", {"question": "Was soll feststehen?", "covers": "goal"})
    assert client.post(f"{FORMATS}new/", format_data(**question)).status_code == 302
    assert Format.objects.get().questions.get().covers == "goal"


def test_the_shipped_formats_ask_nothing_the_wizard_asks_anyway() -> None:
    data = format_import.read(format_import.STANDARD_FILE)
    asked = {question["question"] for form in data["format"] for question in form.get("questions", [])}
    assert not {text for text in asked if "nimmt" in text}, "participants have a field of their own"


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("duration", 0, "dauert mindestens 5 Minuten"), ("capacity", 3, "nur ein Termin für mehrere Kommunen"),
        ("horizon_days", 4000, "kleiner oder gleich 366"), ("step", 1, "größer oder gleich 5"),
    ],
)  # fmt: skip
def test_formats_that_make_no_sense_come_back_with_a_reason(
    client: Client, field: str, value: int, message: str
) -> None:
    login(client, "Koordination")
    page = client.post(f"{FORMATS}new/", format_data(**{field: value}))
    assert message in page.content.decode()
    assert "Über Größeres." in page.content.decode(), "nothing typed is lost"
    assert not Format.objects.exists()


def test_koordination_makes_somebody_an_adviser(client: Client) -> None:
    login(client, "Koordination")
    colleague = make_user("neu@kkv.example", role="Beratung", last_name="Neu")
    stranger = make_user("joerg@gemeinde.example", last_name="Fremd")
    offered = client.get(f"{ADVISERS}new/").content.decode()
    assert "Jörg Neu" in offered
    assert "Jörg Fremd" not in offered
    data = times_data(MORNING, user=colleague.pk, active="on", weight=50)
    assert client.post(f"{ADVISERS}new/", data).status_code == 302
    adviser = Adviser.objects.get()
    assert (adviser.user, adviser.weight, adviser.hours.count()) == (colleague, 50, 1)
    assert not adviser.external
    assert client.post(f"{ADVISERS}new/", {**data, "user": stranger.pk}).status_code == 200


def test_an_adviser_changes_their_own_times_and_nothing_else(client: Client) -> None:
    other = make.adviser("Müller")
    me = as_adviser(client)
    page = client.get(f"{ADVISERS}edit/{me.pk}/").content.decode()
    assert "Wochenzeiten" in page
    assert 'name="weight"' not in page
    data = times_data(
        MORNING, {**MORNING, "weekday": 2}, overrides=({"day": "2027-03-08", "starts": "", "ends": ""},),
        weight=1, external="on", user=make.user_of(other).pk,
    )  # fmt: skip
    assert client.post(f"{ADVISERS}edit/{me.pk}/", data).status_code == 302
    me = Adviser.objects.get(pk=me.pk)
    assert (me.weight, me.external, me.user.last_name) == (100, False, "Klug")
    assert [str(hours) for hours in me.hours.all()] == ["Montag 09:00–12:00", "Mittwoch 09:00–12:00"]
    assert me.overrides.get().starts is None
    listed = client.get(ADVISERS).content.decode()
    assert "Klug" in listed
    assert "Müller" not in listed
    for address in ("edit", "history"):
        assert client.get(f"{ADVISERS}{address}/{other.pk}/").status_code != 200, address
    assert client.post(f"{ADVISERS}edit/{other.pk}/", times_data(MORNING)).status_code != 200
    assert other.hours.count() == 5


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"ends": "08:00"}, "Das Ende liegt nach dem Anfang"),
        ({"valid_from": "2027-04-01", "valid_until": "2027-03-01"}, "liegt nicht vor"),
        ({"starts": "25:00"}, "gültige Uhrzeit"),
    ],
)
def test_hours_that_make_no_sense_come_back(client: Client, row: dict[str, str], message: str) -> None:
    me = as_adviser(client)
    page = client.post(f"{ADVISERS}edit/{me.pk}/", times_data({**MORNING, **row}))
    assert message in page.content.decode()
    assert not me.hours.exists()


def test_half_an_exception_comes_back(client: Client) -> None:
    me = as_adviser(client)
    override = {"day": "2027-03-08", "starts": "09:00", "ends": ""}
    page = client.post(f"{ADVISERS}edit/{me.pk}/", times_data(overrides=(override,)))
    assert "oder keines von beiden" in page.content.decode()


def test_somebody_who_does_not_advise_has_no_times(client: Client) -> None:
    other = make.adviser("Müller")
    login(client, "Beratung")
    assert client.get(f"{ADVISERS}edit/{other.pk}/").status_code != 200
    assert client.post(f"{ABSENCES}new/", absence_data(other)).status_code != 302
    assert not Absence.objects.exists()


def absence_data(adviser: Adviser, first: int = 1, last: int = 2, **fields: Any) -> dict[str, Any]:
    days = {
        name: f"{make.MONDAY + timedelta(days=day)}" for name, day in (("first_day", first), ("last_day", last))
    }
    return {"adviser": adviser.pk, **days, "deputy": "", **fields}


def test_absences_name_what_stands_in_the_way_and_can_be_stored_anyway(client: Client) -> None:
    me = as_adviser(client)
    client.post(f"{ADVISERS}edit/{me.pk}/", times_data({**MORNING, "weekday": 1}))
    wanted = make.placement(make.form(), make.on(1), me)
    appointments.book(placement=wanted, case=make.case(), by=None)
    page = client.post(f"{ABSENCES}new/", absence_data(me)).content.decode()
    assert "liegt 1 Termin (02.03.2027)" in page
    assert 'type="checkbox" name="anyway"' in page
    assert f'value="{make.MONDAY + timedelta(days=2)}"' in page or "03.03.2027" in page
    assert not Absence.objects.exists()
    assert client.post(f"{ABSENCES}new/", absence_data(me, anyway="on")).status_code == 302
    away = Absence.objects.get()
    assert (away.adviser, away.last_day - away.first_day) == (me, timedelta(days=1))
    assert WorkItem.objects.filter(title__startswith="Termin am 02.03.2027").exists()
    assert AuditEntry.objects.get(action="absence.plan").actor == make.user_of(me).pk


def test_absences_are_changed_and_deleted_by_whom_they_concern(client: Client) -> None:
    other = make.adviser("Müller")
    theirs = Absence.objects.create(adviser=other, first_day=make.MONDAY, last_day=make.MONDAY)
    me = as_adviser(client)
    assert client.post(f"{ABSENCES}new/", absence_data(me, deputy=other.pk)).status_code == 302
    mine = Absence.objects.get(adviser=me)
    assert client.post(f"{ABSENCES}edit/{mine.pk}/", absence_data(me, 1, 4)).status_code == 302
    mine.refresh_from_db()
    assert mine.last_day == make.MONDAY + timedelta(days=4)
    assert "Müller" not in client.get(ABSENCES).content.decode().split("<tbody", 1)[-1]
    for address in ("edit", "delete", "history"):
        assert client.get(f"{ABSENCES}{address}/{theirs.pk}/").status_code != 200, address
    assert client.post(f"{ABSENCES}delete/{theirs.pk}/").status_code != 200
    assert client.post(f"{ABSENCES}new/", absence_data(other)).status_code == 200, "not somebody else's"
    assert client.post(f"{ABSENCES}delete/{mine.pk}/").status_code == 302
    assert list(Absence.objects.all()) == [theirs]
    assert AuditEntry.objects.filter(action="absence.end").exists()


def test_koordination_enters_absences_of_everybody(client: Client) -> None:
    other = make.adviser("Müller")
    login(client, "Koordination")
    assert client.post(f"{ABSENCES}new/", absence_data(other)).status_code == 302
    past = client.post(f"{ABSENCES}new/", absence_data(other, -9, -8)).content.decode()
    assert "liegt in der Vergangenheit" in past
    wrong = client.post(f"{ABSENCES}new/", absence_data(other, 5, 4)).content.decode()
    assert "nicht vor dem ersten" in wrong
    assert Absence.objects.count() == 1


def test_closures_are_kept_by_koordination(client: Client) -> None:
    login(client, "Koordination")
    data = {"name": "Betriebsausflug", "day": 17, "month": 9, "year": ""}
    assert client.post(f"{CLOSURES}new/", data).status_code == 302
    assert "gibt es schon" in client.post(f"{CLOSURES}new/", data).content.decode()
    wrong = client.post(f"{CLOSURES}new/", {**data, "day": 31}).content.decode()
    assert "gibt es in dem Monat nicht" in wrong
    closure = Closure.objects.get()
    assert client.post(f"{CLOSURES}delete/{closure.pk}/").status_code == 302


@pytest.mark.parametrize("address", [FORMATS, ADVISERS, ABSENCES, CLOSURES])
def test_lists_cost_the_same_however_long(
    client: Client, address: str, django_assert_max_num_queries: Any
) -> None:
    login(client, "Koordination")
    for number in range(15):
        person = make.adviser(f"P{number}")
        make.form(f"f{number}")
        Absence.objects.create(adviser=person, first_day=make.MONDAY, last_day=make.MONDAY, deputy=None)
        Closure.objects.create(name="x", day=number + 1, month=3)
    client.get(address)
    with django_assert_max_num_queries(16):
        assert client.get(address).status_code == 200


def test_the_lists_lead_to_the_forms(client: Client) -> None:
    adviser = as_adviser(client)
    absence = Absence.objects.create(adviser=adviser, first_day=make.MONDAY, last_day=make.MONDAY)
    assert f'href="{ADVISERS}edit/{adviser.pk}/"' in client.get(ADVISERS).content.decode()
    assert f'href="{ABSENCES}edit/{absence.pk}/"' in client.get(ABSENCES).content.decode()
