"""A case within its municipality: handed over to a colleague, limited to those who are named."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client

from consultations.models import Adviser, Appointment, Case, CaseFile, Concern
from consultations.refusals import NotPossible
from consultations.requester import tokens
from consultations.services import case_files, municipality_side
from portal.accounts.models import MailDomain, Municipality, User
from portal.core.models import AuditEntry
from tests import mails
from tests.factories import calendar, desk, requests

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("advice_on_monday", "mails_by_outbox")]


@pytest.fixture
def town() -> Municipality:
    return requests.world()


@pytest.fixture
def person(town: Municipality) -> User:
    return requests.member(town)


@pytest.fixture
def case(person: User, town: Municipality) -> Case:
    return requests.booked(person, town)


@pytest.fixture
def lead() -> Adviser:
    return desk.adviser_with_role("Anna")


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def address(case: Case) -> str:
    return f"/beratung/vorgang/{case.reference}/"


def test_a_colleague_takes_over(case: Case, person: User, town: Municipality) -> None:
    nora = requests.member(town, "nora")
    stranger = requests.member(calendar.municipality("Größingen"), "fremd")
    before = len(mails.deliver())
    client = signed_in(person)
    html = client.get(f"{address(case)}uebergeben/").content.decode()
    assert "Nora" in html
    assert "Fremd" not in html
    assert client.post(f"{address(case)}uebergeben/", {"colleague": stranger.pk}).status_code == 422
    done = client.post(f"{address(case)}uebergeben/", {"colleague": nora.pk})
    assert done["Location"] == f"{address(case)}?fertig=uebergeben"
    assert "Der Vorgang ist übergeben" in client.get(done["Location"]).content.decode()
    case.refresh_from_db()
    assert case.requester == nora
    told = [(mail["To"], str(mail["Subject"]).partition(": ")[2]) for mail in mails.deliver()[before:]]
    assert sorted(told) == sorted(
        [
            (nora.email, "Ihnen wurde ein Vorgang übergeben"),
            (person.email, "Termin jetzt bei einer anderen Person"),
            (nora.email, "Ihr Termin steht fest"),
        ]
    )
    row = Appointment.objects.get(case=case)
    assert signed_in(nora).post(f"{address(case)}termin/{row.thread}/", {"action": "cancel"}).status_code == 302
    otto = requests.member(town, "otto")
    assert client.post(f"{address(case)}uebergeben/", {"colleague": otto.pk}).status_code == 403
    assert nora.email not in client.get(f"{address(case)}uebergeben/").content.decode()


def handed_twice(client: Client, url: str, data: dict[str, Any]) -> str:
    """Hand over by a second click too: both lead to the same place, the second writes to nobody."""
    first, before = client.post(url, data), len(mails.deliver())
    second = client.post(url, data)
    assert (first.status_code, second.status_code) == (302, 302)
    assert first["Location"] == second["Location"]
    assert len(mails.deliver()) == before
    return str(first["Location"])


def test_a_second_click_hands_over_once(case: Case, person: User, town: Municipality) -> None:
    nora = requests.member(town, "nora")
    url = f"{address(case)}uebergeben/"
    assert handed_twice(signed_in(person), url, {"colleague": nora.pk}) == f"{address(case)}?fertig=uebergeben"
    admin = requests.member(town, "leitung", role="admin")
    assert handed_twice(signed_in(admin), url, {"colleague": person.pk}) == f"{address(case)}?fertig=uebergeben"
    Concern.objects.filter(case=case).update(private=True)
    assert handed_twice(signed_in(person), url, {"colleague": nora.pk}) == "/beratung/uebergeben/"
    assert signed_in(person).post(url, {"colleague": admin.pk}).status_code == 404
    assert signed_in(requests.member(town, "otto")).post(url, {"colleague": nora.pk}).status_code == 404


def test_a_guest_s_second_click_is_told_that_it_is_done(town: Municipality) -> None:
    _, base = of_a_guest(town, "nora@muehltal.example")
    typed = {"name": "Jörg", "email": "joerg@muehltal.example"}
    assert handed_twice(Client(), f"{base}uebergeben/", typed) == "/beratung/uebergeben/"
    other = {"name": "Ute", "email": "ute@muehltal.example"}
    assert Client().post(f"{base}uebergeben/", other).status_code == 404
    assert Client().get(f"{base}uebergeben/").status_code == 404
    with time_machine.travel(calendar.NOW + timedelta(minutes=11), tick=False):
        assert Client().post(f"{base}uebergeben/", typed).status_code == 404


def test_who_is_alone_hands_over_by_address(case: Case, person: User) -> None:
    client = signed_in(person)
    html = client.get(f"{address(case)}uebergeben/").content.decode()
    assert "niemand ein Konto" in html
    assert 'name="colleague"' not in html
    away = client.post(f"{address(case)}uebergeben/", {"name": "X", "email": "x@anderswo.example"})
    assert "gehört nicht erkennbar zu Ihrer Kommune" in away.content.decode()
    typed = {"name": "Jörg", "email": "joerg@muehltal.example"}
    handed_twice(client, f"{address(case)}uebergeben/", typed)
    case.refresh_from_db()
    assert case.requester is None
    assert Concern.objects.get(case=case).contact_email == typed["email"]


def test_beside_colleagues_an_address_can_be_given(case: Case, person: User, town: Municipality) -> None:
    nora, client, url = requests.member(town, "nora"), signed_in(person), f"{address(case)}uebergeben/"
    typed = {"name": "Jörg", "email": "joerg@muehltal.example"}
    html = client.get(url).content.decode()
    assert "Oder jemand ohne Konto" in html
    assert "optional" not in html.lower()
    both = client.post(url, {"colleague": nora.pk, **typed})
    assert "nicht beides" in both.content.decode()
    assert "joerg@muehltal.example" in both.content.decode()
    assert "Bitte wählen Sie eine Person, oder" in client.post(url, {}).content.decode()
    assert "Bitte geben Sie den Namen an" in client.post(url, {"email": typed["email"]}).content.decode()
    assert client.post(url, typed).status_code == 302
    assert Concern.objects.get(case=case).contact_name == "Jörg"


def test_who_limits_the_case_of_a_colleague_stays_in(case: Case, person: User, town: Municipality) -> None:
    admin = requests.member(town, "leitung", role="admin")
    client, url = signed_in(admin), f"{address(case)}sichtbar/"
    assert "Nur wer angefragt hat, die genannten Personen und ich" in client.get(url).content.decode()
    assert client.post(url, {"private": "on"})["Location"] == f"{address(case)}?fertig=geteilt"
    assert list(Concern.objects.get(case=case).colleagues.all()) == [admin]
    assert signed_in(requests.member(town, "otto")).get(address(case)).status_code == 404
    assert client.post(url, {}).status_code == 302  # and undoes it
    assert not Concern.objects.get(case=case).private
    own = signed_in(person)
    assert "Nur die genannten Personen und ich" in own.get(url).content.decode()
    own.post(url, {"private": "on"})
    assert not Concern.objects.get(case=case).colleagues.exists()


def test_a_link_that_limits_the_case_of_an_account_is_told_that_it_holds_no_more(town: Municipality) -> None:
    found, base = of_a_guest(town, "nora@muehltal.example")
    Case.objects.filter(pk=found.pk).update(requester=requests.member(town, "nora"))
    done = Client().post(f"{base}sichtbar/", {"private": "on"})
    assert done["Location"] == "/beratung/uebergeben/"


def test_who_leaves_a_private_case_is_told_that_it_is_gone(case: Case, person: User, town: Municipality) -> None:
    nora = requests.member(town, "nora")
    Concern.objects.filter(case=case).update(private=True)
    client = signed_in(person)
    done = client.post(f"{address(case)}uebergeben/", {"colleague": nora.pk}, follow=True)
    assert "liegt jetzt bei anderen Personen" in done.content.decode()
    assert client.get(address(case)).status_code == 404
    assert case.reference not in client.get("/konto/").content.decode()
    assert signed_in(nora).get(address(case)).status_code == 200


def of_a_guest(town: Municipality, email: str) -> tuple[Case, str]:
    found = calendar.case(municipality=town)
    concern = Concern.objects.create(case=found, contact_name="Nora Öz", contact_email=email)
    return found, f"/beratung/vorgang/{tokens.make(concern)}/"


def test_a_guest_hands_over_by_an_address_of_the_same_house(town: Municipality) -> None:
    found, base = of_a_guest(town, "nora@muehltal.example")
    requests.member(town, "leitung", role="admin")
    html = Client().get(f"{base}uebergeben/").content.decode()
    assert "Leitung" not in html  # names of colleagues are for colleagues
    away = Client().post(f"{base}uebergeben/", {"name": "X", "email": "x@anderswo.example"})
    assert away.status_code == 422
    assert "gehört nicht erkennbar zu Ihrer Kommune" in away.content.decode()
    assert "x@anderswo.example" in away.content.decode()
    done = Client().post(f"{base}uebergeben/", {"name": "Jörg", "email": "Joerg@muehltal.example"}, follow=True)
    assert "gilt nicht mehr" in done.content.decode()
    assert Client().get(base).status_code == 404  # the old link
    concern = Concern.objects.get(case=found)
    (told,) = mails.deliver()
    assert told["To"] == "joerg@muehltal.example"
    assert tokens.make(concern) in mails.text_of(told).replace("\n", "")


def test_an_address_of_a_public_provider_shows_nothing(town: Municipality) -> None:
    found, _ = of_a_guest(town, "rathaus@gmx.de")
    with pytest.raises(NotPossible):
        municipality_side.hand_to_address(case=found, name="X", email="fremd@gmx.de", by=None)
    MailDomain.objects.create(municipality=town, domain="stadt.example")
    row = municipality_side.hand_to_address(case=found, name="X", email="x@stadt.example", by=None)
    assert Concern.objects.get(case=row).contact_email == "x@stadt.example"
    MailDomain.objects.create(municipality=calendar.municipality("Größingen"), domain="stadt.example")
    with pytest.raises(NotPossible):  # a domain of several bodies
        municipality_side.hand_to_address(case=found, name="Y", email="y@stadt.example", by=None)


def test_a_guest_hands_over_to_an_account(town: Municipality) -> None:
    found, base = of_a_guest(town, "nora@muehltal.example")
    member = requests.member(town, "hans")
    done = Client().post(f"{base}uebergeben/", {"name": "Hans", "email": member.email.upper()})
    assert done.status_code == 302
    found.refresh_from_db()
    assert found.requester == member
    assert Client().get(base).status_code == 404
    assert signed_in(member).get(address(found)).status_code == 200


def test_limited_to_named_colleagues_it_is_nowhere_for_others(
    case: Case, person: User, town: Municipality, lead: Adviser
) -> None:
    nora, other = requests.member(town, "nora"), requests.member(town, "otto")
    admin = requests.member(town, "leitung", role="admin")
    client = signed_in(person)
    stranger = requests.member(calendar.municipality("Größingen"), "fremd")
    wrong = client.post(f"{address(case)}sichtbar/", {"private": "on", "colleagues": [stranger.pk]})
    assert wrong.status_code == 422
    done = client.post(f"{address(case)}sichtbar/", {"private": "on", "colleagues": [nora.pk]})
    assert done["Location"].endswith("?fertig=geteilt")
    row = Appointment.objects.get(case=case)
    (file,) = case_files.store(case=case, files=[desk.pdf()], by=lead.user)
    assert CaseFile.objects.get() == file
    for user in (other, admin, stranger):
        colleague = signed_in(user)
        for path in ("", "bestaetigung/", f"datei/{file.pk}/", f"termin/{row.thread}.ics", f"termin/{row.thread}/",
                     f"termin/{row.thread}/personen/", "sichtbar/", "uebergeben/"):  # fmt: skip
            assert colleague.get(address(case) + path).status_code == 404, path
        assert colleague.post(f"{address(case)}nachricht/", {"text": "x"}).status_code == 404
        own = colleague.get("/konto/").content.decode()
        assert case.reference not in own
        assert case.subject not in own
    named = signed_in(nora)
    assert case.subject in named.get("/konto/").content.decode()
    assert named.get(f"{address(case)}datei/{file.pk}/").status_code == 200
    assert named.post(f"{address(case)}nachricht/", {"text": "Ich helfe mit"}).status_code == 302


def test_a_named_colleague_who_leaves_sees_it_no_more(case: Case, person: User, town: Municipality) -> None:
    nora = requests.member(town, "nora")
    municipality_side.share(case=case, private=True, colleagues=[nora], by=person)
    nora.memberships.update(state="ended", ended_at=calendar.NOW)
    assert signed_in(nora).get(address(case)).status_code == 404


def test_a_case_taken_down_by_the_centre_can_be_limited(town: Municipality, person: User) -> None:
    found = calendar.case(municipality=town, requester=person)
    assert signed_in(person).post(f"{address(found)}sichtbar/", {"private": "on"}).status_code == 302
    assert signed_in(requests.member(town, "otto")).get(address(found)).status_code == 404


def test_the_log_says_who_may_read_a_case(case: Case, person: User, town: Municipality) -> None:
    nora = requests.member(town, "nora")
    municipality_side.share(case=case, private=True, colleagues=[nora], by=person)
    municipality_side.hand_to(case=case, to=nora, by=person)
    rows = AuditEntry.objects.filter(action__in=["case.share", "case.hand_to"]).order_by("pk")
    shared, handed = (row.detail for row in rows)
    assert (shared["private"], shared["colleagues"]) == (True, [nora.pk])
    assert (handed["former"], handed["requester"]) == (person.pk, nora.pk)
