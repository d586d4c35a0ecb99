"""What a step of the wizard has refused is not sent, files are kept once, and its problem pages speak German."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, time, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.forms import EmailField
from django.test import Client

from consultations import eml, forms
from consultations.desk import case_forms, town_invitations
from consultations.desk.intake import IntakeForm
from consultations.models import (
    Adviser,
    Case,
    Closure,
    DateOverride,
    DraftFile,
    Format,
    FormatQuestion,
    WeeklyHours,
)
from consultations.queries import days_off
from consultations.refusals import REASONS
from consultations.requester.forms import HandOverForm, InviteForm
from consultations.requester.lost_links import LostLinkForm
from consultations.slots import Refusal
from consultations.wizard import attachments, sending
from knowledge.reports.forms import ReportForm
from portal.accounts.models import Municipality
from tests import mails
from tests.factories import calendar, requests
from tests.factories.requests import CONCERN, GUEST, Walk

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("mails_by_outbox")]
LONG_ADDRESS = f"{'a' * 64}@{'.'.join(['b' * 60] * 3)}.{'c' * 10}.example"
"""267 characters: an address that could be, and longer than what is kept."""
TOO_LONG = "Diese Adresse ist zu lang."


@pytest.fixture(autouse=True)
def clock(settings: Any, tmp_path: Path) -> Iterator[Any]:
    settings.CONSULTATIONS_OPEN = True
    settings.HOLIDAYS = "DE-HE"
    settings.MEDIA_ROOT = tmp_path
    cache.clear()
    with time_machine.travel(calendar.NOW, tick=False) as traveller:
        yield traveller
    cache.clear()


@pytest.fixture
def town() -> Municipality:
    return requests.world()


@pytest.fixture
def walk(town: Municipality) -> Walk:
    return requests.walk_to_the_times(town)


def wish(walk: Walk, day: str) -> Any:
    return walk.post("termin", format="erstgespraech", place="video", action="wishes", day1=day, part1="any")


# -- pages of problems --------------------------------------------------------------------------------------------


def test_no_problem_page_shows_a_word_of_the_program(town: Municipality, clock: Any) -> None:
    walk = Walk(Client(), town)
    walk.up_to_the_choice()
    walk.choose_format()
    walk.take(walk.slots()[0])
    walk.post("pruefen", **GUEST)
    link = mails.link_in(mails.deliver()[-1], "bestaetigen")
    pages = [
        walk.client.get("/beratung/anfragen/kaputt:x/thema/"),
        walk.client.get("/beratung/bestaetigen/kaputt/"),
    ]
    assert [page.status_code for page in pages] == [404, 404]
    clock.shift(timedelta(days=8))
    pages.append(walk.client.get(link))
    pages.append(walk.client.get(walk.client.post(link)["Location"]))
    newer = mails.link_in(mails.deliver()[-1], "bestaetigen")
    walk.post("termin", format="erstgespraech", place="video", slot=walk.slots()[0])
    walk.client.post(newer)
    pages.append(walk.client.get(f"{walk.base}thema/"))
    titles = [
        "Entwurf ist nicht mehr da",
        "gilt nicht mehr",
        "Link ist zu alt",
        "neuen Link gesendet",
        "schon gesendet",
    ]
    for page, title in zip(pages, titles, strict=True):
        html = page.content.decode()
        assert title in html
        assert "kp-page-head__kind" not in html


# -- wishes -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("day", ["2027-12-24", "2027-03-26"], ids=["closure", "public holiday"])
def test_nobody_wishes_for_a_closed_day(walk: Walk, day: str) -> None:
    Closure.objects.get_or_create(name="Heiligabend", day=24, month=12, year=None)
    answer = wish(walk, day)
    assert answer.status_code == 422
    assert REASONS[Refusal.CLOSED] in answer.content.decode()
    assert f'value="{day}"' in walk.get("termin/")
    assert walk.draft.answers["wishes"] == []


def test_a_weekend_can_be_wished_for_where_somebody_works_on_it(walk: Walk) -> None:
    assert wish(walk, "2027-03-20").status_code == 302
    WeeklyHours.objects.filter(weekday__gte=5).delete()
    assert wish(walk, "2027-03-20").status_code == 422
    adviser = Adviser.objects.get()
    DateOverride.objects.create(adviser=adviser, day=date(2027, 3, 20), starts=time(9), ends=time(12))
    assert wish(walk, "2027-03-20").status_code == 302
    assert days_off([date(2027, 3, 20), date(2027, 3, 21), date(2027, 3, 22)]) == {date(2027, 3, 21)}


def test_a_wished_day_that_was_closed_afterwards_is_told(walk: Walk) -> None:
    assert wish(walk, "2027-03-09").status_code == 302
    Closure.objects.create(name="Umzug", day=9, month=3, year=2027)
    answer = walk.post("pruefen")
    assert answer["Location"].endswith("termin/?hinweis=wunschtag#wuensche")
    page = walk.client.get(answer["Location"]).content.decode()
    assert "An einem Ihrer Wunschtage finden keine Beratungen statt" in page
    assert REASONS[Refusal.CLOSED] in page
    assert not Case.objects.exists()


# -- what was refused is not sent ---------------------------------------------------------------------------------


@pytest.mark.parametrize("required", [True, False])
def test_an_answer_that_is_too_long_is_not_sent(walk: Walk, required: bool) -> None:
    question = FormatQuestion.objects.create(format=Format.objects.get(), question="Seit wann?", required=required)
    assert walk.take(walk.slots()[0], **{f"q{question.pk}": "z" * 2001}).status_code == 422
    assert walk.client.get(f"{walk.base}pruefen/")["Location"].endswith("termin/?hinweis=fehlt")
    assert walk.post("pruefen")["Location"].endswith("termin/?hinweis=fehlt")
    assert "z" * 2001 in walk.get("termin/")
    assert walk.take(walk.slots()[0], **{f"q{question.pk}": "z" * 2000})["Location"].endswith("pruefen/")
    assert "bestaetigung" in walk.post("pruefen")["Location"]


def test_a_concern_that_was_refused_is_put_right_first(walk: Walk) -> None:
    walk.take(walk.slots()[0])
    wrong = {**CONCERN, "goal": "Bis zum Sommer, mit neuem Text.", "deadline": "2020-01-01"}
    assert walk.post("anliegen", **wrong).status_code == 422
    back = walk.post("pruefen")["Location"]
    assert back.endswith("anliegen/?hinweis=fehlt")
    page = walk.client.get(back).content.decode()
    assert "Bitte geben Sie einen Tag an, der noch kommt" in page
    assert "mit neuem Text" in page
    assert not Case.objects.exists()
    assert walk.post("anliegen", **{**wrong, "deadline": ""}).status_code == 302
    assert "bestaetigung" in walk.post("pruefen")["Location"]
    assert Case.objects.get().concern.goal == wrong["goal"]


def test_a_deadline_that_is_over_leads_back_to_it(walk: Walk, clock: Any) -> None:
    walk.post("anliegen", **{**CONCERN, "deadline": "2027-03-05"})
    walk.take(walk.slots()[-1])
    clock.shift(timedelta(days=7))
    assert walk.draft.user is not None
    walk.client.force_login(walk.draft.user)
    back = walk.post("pruefen")["Location"]
    assert back.endswith("anliegen/?hinweis=frist")
    page = walk.client.get(back).content.decode()
    assert "Die Frist ist schon vorbei." in page
    assert "Bitte geben Sie einen Tag an, der noch kommt" in page
    assert 'value="2027-03-05"' in page
    assert not Case.objects.exists()


def test_a_deadline_that_passes_before_the_link_is_used_holds_nothing_up(town: Municipality, clock: Any) -> None:
    walk = Walk(Client(), town)
    walk.up_to_the_choice()
    walk.post("anliegen", **{**CONCERN, "deadline": "2027-03-02"})
    walk.choose_format()
    wish(walk, "2027-03-19")
    walk.post("pruefen", **GUEST)
    clock.shift(timedelta(days=3))
    walk.client.post(mails.link_in(mails.deliver()[-1], "bestaetigen"))
    assert Case.objects.get().concern.deadline == date(2027, 3, 2)


# -- files --------------------------------------------------------------------------------------------------------


def letter(text: str, name: str = "brief.txt") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, text.encode(), content_type="text/plain")


def test_a_file_sent_twice_is_kept_once(walk: Walk) -> None:
    for _ in range(2):
        assert walk.post("anliegen", **CONCERN, uploads=[letter("Sehr geehrte Ämter")]).status_code == 302
    walk.post(
        "anliegen", **CONCERN, uploads=[letter("Sehr geehrteÄmtér"), letter("Sehr geehrte Ämter", "zwei.txt")]
    )
    kept = DraftFile.objects.order_by("pk")
    assert [row.name for row in kept] == ["brief.txt", "brief.txt", "zwei.txt"]
    assert len({row.file.read() for row in kept}) == 2


def test_the_same_file_does_not_count_for_the_most(walk: Walk) -> None:
    files = [letter(f"Brief {number}", f"brief-{number}.txt") for number in range(attachments.MOST)]
    assert attachments.keep(walk.draft, files) == []
    assert attachments.keep(walk.draft, files) == []
    assert DraftFile.objects.count() == attachments.MOST


# -- long addresses -----------------------------------------------------------------------------------------------


def test_an_address_longer_than_can_be_kept_is_told_at_once(town: Municipality) -> None:
    walk = Walk(Client(), town)
    walk.up_to_the_choice()
    walk.choose_format()
    walk.take(walk.slots()[0])
    answer = walk.post("pruefen", **{**GUEST, "email": LONG_ADDRESS})
    assert answer.status_code == 422
    assert TOO_LONG in answer.content.decode()
    assert LONG_ADDRESS in answer.content.decode()
    assert not mails.deliver()
    draft = walk.draft  # one from before
    draft.answers = {**draft.answers, "name": "Käthe Größe", "email": LONG_ADDRESS}
    draft.save()
    link = sending.link_of(draft).partition("//")[2].partition("/")[2]
    assert walk.client.post(f"/{link}")["Location"].endswith("pruefen/?hinweis=fehlt")
    assert not Case.objects.exists()


@pytest.mark.parametrize(
    "form",
    [
        forms.ContactForm,
        forms.BarrierForm,
        case_forms.ContactForm,
        IntakeForm,
        town_invitations.InvitationForm,
        LostLinkForm,
        InviteForm,
        HandOverForm,
        ReportForm,
    ],
    ids=lambda form: f"{form.__module__}.{form.__name__}",
)
def test_no_form_takes_one(form: Any) -> None:
    fields = [field for field in form.base_fields.values() if isinstance(field, EmailField)]
    assert fields
    for field in fields:
        with pytest.raises(ValidationError, match=TOO_LONG):
            field.clean(LONG_ADDRESS)


def test_one_of_a_mail_is_not_cut_to_somebody_elses() -> None:
    mail = f"From: Nora <{LONG_ADDRESS}>\r\nSubject: Frage\r\n\r\nGuten Tag".encode()
    assert eml.read(mail).sender == ""
