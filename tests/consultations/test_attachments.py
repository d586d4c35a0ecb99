"""Files of the wizard: kept with the draft, shown before sending, files of the case then, gone with the draft."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from consultations.models import Case, CaseFile, DraftFile, RequestDraft
from consultations.models.request import DRAFT_LIFE
from consultations.wizard import attachments, drafts
from portal.accounts.models import Municipality
from tests.factories import calendar, desk, requests
from tests.factories.requests import CONCERN, Walk

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("mails_by_outbox")]


@pytest.fixture(autouse=True)
def _open(settings: Any, tmp_path: Path) -> Iterator[None]:
    settings.CONSULTATIONS_OPEN = True
    settings.HOLIDAYS = ""
    settings.MEDIA_ROOT = tmp_path
    cache.clear()
    with time_machine.travel(calendar.NOW, tick=False):
        yield
    cache.clear()


@pytest.fixture
def town() -> Municipality:
    return requests.world()


def walk_of_a_member(town: Municipality) -> Walk:
    client = Client()
    client.force_login(requests.member(town))
    walk = Walk(client)
    assert walk.begin().status_code == 302
    return walk


def test_files_go_with_the_request(town: Municipality) -> None:
    walk = walk_of_a_member(town)
    stayed = walk.post("anliegen", **CONCERN, uploads=[desk.pdf(), desk.png()], action="upload")
    assert stayed["Location"].endswith("anliegen/#dateien")
    html = walk.get("anliegen/")
    assert "Übersicht.pdf" in html
    assert "Bildschirm.png" in html
    png = DraftFile.objects.get(name="Bildschirm.png")
    assert walk.post("anliegen", **CONCERN, remove=str(png.pk)).status_code == 302
    assert walk.post("anliegen", **CONCERN).status_code == 302
    assert walk.post("hilfen", action="on").status_code == 302
    walk.choose_format()
    assert walk.take(walk.slots()[0]).status_code == 302
    assert "Übersicht.pdf" in walk.get("pruefen/")
    assert walk.post("pruefen").status_code == 302
    (row,) = CaseFile.objects.all()
    assert (row.case, row.name, row.internal) == (Case.objects.get(), "Übersicht.pdf", False)
    with row.file.open("rb") as content:
        assert content.read() == desk.PDF
    assert not DraftFile.objects.exists()


def test_good_files_are_kept_whatever_else_is_wrong(town: Municipality) -> None:
    walk = walk_of_a_member(town)
    bad = SimpleUploadedFile("programm.exe", b"MZ")
    answer = walk.post("anliegen", **{**CONCERN, "subject": ""}, uploads=[desk.pdf(), bad])
    assert answer.status_code == 422
    html = answer.content.decode()
    assert "Diese Art Datei nehmen wir nicht an" in html
    assert CONCERN["goal"] in html
    assert [row.name for row in DraftFile.objects.all()] == ["Übersicht.pdf"]


def test_there_is_a_most(town: Municipality) -> None:
    walk = walk_of_a_member(town)
    files = [desk.pdf(f"{number}.pdf") for number in range(attachments.MOST + 1)]
    answer = walk.post("anliegen", **CONCERN, uploads=files)
    assert answer.status_code == 422
    assert "passt nicht mehr dazu" in answer.content.decode()
    assert DraftFile.objects.count() == attachments.MOST


def test_nobody_takes_files_off_another_draft(town: Municipality) -> None:
    walk = walk_of_a_member(town)
    walk.post("anliegen", **CONCERN, uploads=[desk.pdf()])
    row = DraftFile.objects.get()
    other = Walk(Client(), town)
    other.begin()
    for value in (str(row.pk), "x", "²", "9" * 30):
        other.post("anliegen", **CONCERN, remove=value)
    assert DraftFile.objects.filter(pk=row.pk).exists()


def test_files_go_with_the_draft(
    town: Municipality, tmp_path: Path, django_capture_on_commit_callbacks: Any
) -> None:
    walk = walk_of_a_member(town)
    walk.post("anliegen", **CONCERN, uploads=[desk.pdf()])
    assert len([path for path in tmp_path.rglob("*") if path.is_file()]) == 1
    RequestDraft.objects.update(changed_at=calendar.NOW - DRAFT_LIFE - timedelta(days=1))
    with django_capture_on_commit_callbacks(execute=True):
        drafts.remove_old()
    assert not DraftFile.objects.exists()
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]
