"""One link, no login, once for each case, changed within 14 days; seen by who advised and by nobody else."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core import signing
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.test import Client

from consultations.models import Case, Concern, Rating
from consultations.refusals import NotPossible
from consultations.services import cases, municipality_side, ratings
from portal.core.models import AuditEntry
from tests import mails
from tests.factories import calendar as make
from tests.factories import desk, requests
from tests.people import make_user, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("mails_by_outbox")]
SAID = {"stars": "4", "solved": "ja", "text": "Schnell und verständlich. Größe!"}


@pytest.fixture(autouse=True)
def _monday_morning() -> Iterator[None]:
    with time_machine.travel(make.NOW, tick=False):
        yield


@pytest.fixture
def lead() -> Any:
    return desk.adviser_with_role()


def closed_case(lead: Any, **fields: Any) -> Case:
    case = cases.advance(case=desk.working_case(lead, **fields), action="advise", by=lead.user)
    return cases.close(case=case, by=lead.user)


def address(case: Case) -> str:
    return f"/beratung/bewertung/{ratings.token_for(case)}/"


def test_the_mail_of_the_end_carries_the_link_and_the_link_takes_the_rating(lead: Any) -> None:
    requester = make_user("amt@stadt.example")
    case = cases.advance(case=desk.working_case(lead, requester=requester), action="advise", by=lead.user)
    signed_in(lead.user).post(f"/cms/beratung/vorgang/{case.pk}/weiter/", {"action": "close"})
    mail = mails.deliver()[-1]
    assert mail["To"] == "amt@stadt.example"
    path = mails.link_in(mail, "bewertung")
    page = Client().get(path)
    assert page.status_code == 200
    assert page["Referrer-Policy"] == "same-origin"
    assert not Rating.objects.exists(), "a GET changes nothing: mail scanners open every link"
    answer = Client().post(path, SAID, follow=True)
    assert "Vielen Dank" in answer.content.decode()
    rating = Rating.objects.get()
    assert (rating.case_id, rating.stars, rating.solved, rating.text) == (case.pk, 4, True, SAID["text"])
    entry = AuditEntry.objects.get(action="case.rating")
    assert "verständlich" not in str(entry.detail)


def test_it_is_one_rating_and_can_be_changed_for_14_days(lead: Any) -> None:
    path = address(closed_case(lead))
    Client().post(path, SAID)
    with time_machine.travel(make.NOW + timedelta(days=13), tick=False):
        assert Client().get(path).context["form"].initial["stars"] == 4
        Client().post(path, {**SAID, "stars": "2", "solved": "nein"})
    assert (Rating.objects.get().stars, Rating.objects.get().solved) == (2, False)
    with time_machine.travel(make.NOW + timedelta(days=15), tick=False):
        late = Client().post(path, {**SAID, "stars": "5"})
        assert late.status_code == 409
        assert "14 Tage" in late.content.decode()
    assert Rating.objects.get().stars == 2


def test_nothing_typed_is_lost_when_something_is_missing(lead: Any) -> None:
    answer = Client().post(address(closed_case(lead)), {"text": SAID["text"]})
    assert answer.status_code == 422
    text = answer.content.decode()
    assert SAID["text"] in text
    assert "Bitte wählen Sie, wie zufrieden Sie sind." in text
    assert not Rating.objects.exists()


@pytest.mark.parametrize("stars", ["0", "6", "x", "-1"])
def test_other_numbers_are_refused(lead: Any, stars: str) -> None:
    assert Client().post(address(closed_case(lead)), {**SAID, "stars": stars}).status_code == 422
    assert not Rating.objects.exists()


def test_the_database_knows_the_scale_and_one_rating_a_case(lead: Any) -> None:
    case = closed_case(lead)
    with pytest.raises(IntegrityError), transaction.atomic():
        Rating.objects.create(case=case, stars=6, solved=True)
    Rating.objects.create(case=case, stars=5, solved=True)
    with pytest.raises(IntegrityError), transaction.atomic():
        Rating.objects.create(case=case, stars=5, solved=True)
    with pytest.raises(ValidationError):
        ratings.rate(case=case, stars=0, solved=True)


def test_the_page_of_a_closed_case_leads_to_it(lead: Any) -> None:
    requester = make_user("amt@stadt.example")
    client = Client()
    client.force_login(requester)
    working = desk.working_case(lead, requester=requester)
    assert "Beratung bewerten" not in client.get(f"/beratung/vorgang/{working.reference}/").content.decode()
    done = closed_case(lead, requester=requester, subject="Zweites Anliegen")
    page = client.get(f"/beratung/vorgang/{done.reference}/").content.decode()
    assert address(done) in page


def test_an_open_case_is_not_rated_yet_and_an_old_one_not_any_more(lead: Any) -> None:
    working = desk.working_case(lead)
    assert "sobald der Vorgang abgeschlossen ist" in Client().get(address(working)).content.decode()
    with pytest.raises(NotPossible):
        ratings.rate(case=working, stars=5, solved=True)
    done = closed_case(lead, subject="Zweites Anliegen")
    with time_machine.travel(make.NOW + timedelta(days=200), tick=False):
        assert "halbes Jahr" in Client().get(address(done)).content.decode()


def test_a_broken_or_foreign_link_opens_nothing(lead: Any) -> None:
    case = closed_case(lead)
    token = ratings.token_for(case)
    for wrong in ("falsch", token[:-1] + ("a" if token[-1] != "a" else "b"), str(case.pk)):
        answer = Client().get(f"/beratung/bewertung/{wrong}/")
        assert answer.status_code == 404
        assert case.reference not in answer.content.decode()


def handed_over(case: Case) -> None:
    nora = requests.member(case.municipality, "nora")
    municipality_side.hand_to(case=Case.objects.get(pk=case.pk), to=nora, by=None)


def test_who_had_the_case_before_reads_no_rating_of_who_has_it_now(lead: Any) -> None:
    case = desk.working_case(lead)
    Concern.objects.create(case=case, contact_name="Uwe Alt", contact_email="uwe@muehltal.example")
    case = cases.close(case=cases.advance(case=case, action="advise", by=lead.user), by=lead.user)
    former = address(Case.objects.get(pk=case.pk))
    old = f"/beratung/bewertung/{signing.dumps(case.pk, salt=ratings.SALT)}/"
    for path in (former, old):
        assert Client().get(path).status_code == 200
    handed_over(case)
    now = Case.objects.get(pk=case.pk)
    ratings.rate(case=now, stars=2, solved=False, text="Nur unter uns")
    for path in (former, old):
        for answer in (Client().get(path), Client().get(f"{path}?fertig=ja"), Client().post(path, SAID)):
            assert answer.status_code == 404
            html = answer.content.decode()
            assert "Dieser Link gilt nicht mehr" in html
            assert "Nur unter uns" not in html
            assert case.reference not in html
    assert Rating.objects.get().stars == 2
    assert "Nur unter uns" in Client().get(address(now)).content.decode()


def test_only_who_advised_sees_the_rating(lead: Any, settings: Any) -> None:
    case = closed_case(lead)
    ratings.rate(case=case, stars=2, solved=False, text="Zu langsam")
    page = f"/cms/beratung/vorgang/{case.pk}/"
    own = signed_in(lead.user)
    assert "Zu langsam" in own.get(page).content.decode()
    for role in ("Koordination", "Beratung"):
        other = signed_in(desk.person(role, f"{role.lower()}@kkv.example"))
        assert "Zu langsam" not in other.get(page).content.decode(), role
    settings.STAFF_FIGURES = False
    assert "Zu langsam" not in own.get(page).content.decode()
