"""The texts of mails: what a template may hold, what becomes of it, and that the shipped ones are right."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError

from consultations.mailing import services, texts
from consultations.mailing.kinds import KINDS, PLACEHOLDERS, Text, shipped
from consultations.models import MailText


def test_every_kind_has_a_shipped_text_that_is_right() -> None:
    assert list(shipped()) == list(KINDS) or set(shipped()) == set(KINDS)
    for kind, text in shipped().items():
        texts.check_subject(kind, text.subject)
        texts.check_text(kind, text.text)
        assert set(KINDS[kind].needs) <= set(KINDS[kind].placeholders) <= set(PLACEHOLDERS)
        shown = texts.preview(kind, text)
        assert "{" not in shown.subject + shown.text
        assert len(shown.subject) < 100


def test_no_placeholder_is_about_the_concern() -> None:
    assert not {"betreff", "anliegen", "grund", "nachricht", "thema"} & set(PLACEHOLDERS)


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("{vornahme}: {link}", "Diesen Platzhalter gibt es hier nicht: {vornahme}. Möglich sind: {portal}"),
        ("{vorgang.case} {x} {link}", "Diese Platzhalter gibt es hier nicht: {vorgang.case}, {x}."),
        ("{vorgang!r} {link}", "{vorgang…}"),
        ("{} {link}", "{}"),
        ("{link} und {", "Eine geschweifte Klammer steht allein."),
        ("Ohne Weg", "Ohne {link} fehlt"),
        ("{abschalten} {link}", "{abschalten}"),  # of reminders alone
    ],
)
def test_a_text_that_cannot_be_filled_is_refused(text: str, word: str) -> None:
    with pytest.raises(ValidationError) as refused:
        texts.check_text("booked", text)
    assert word in refused.value.messages[0]


def test_a_reminder_needs_the_way_to_its_appointment() -> None:
    with pytest.raises(ValidationError, match=r"Ohne \{link\} fehlt"):
        texts.check_text("reminder", "Denken Sie an {termin}.\n\n{abschalten}")


@pytest.mark.parametrize("kind", ["participant_invited", "participant_changed"])
@pytest.mark.django_db
def test_a_guest_needs_the_way_to_answer(kind: str) -> None:
    without = Text("{vorgang}: Termin", "Guten Tag {name},\n\n{angaben}")
    with pytest.raises(ValidationError) as refused:
        services.keep_text(kind=kind, text=without, by=None)
    assert "Ohne {antwortlink} fehlt" in refused.value.messages[0]
    assert "Adresse zum Zu- oder Absagen" in refused.value.messages[0]
    # One that was stored before it was needed is sent until somebody saves it again.
    MailText.objects.create(kind=kind, subject=without.subject, text=without.text)
    assert (
        texts.render(kind, {"vorgang": "B-1", "name": "Nora", "angaben": "Hier"}).text
        == "Guten Tag Nora,\n\nHier\n"
    )


@pytest.mark.parametrize("subject", ["{link}", "Eins\nBcc: x@y.example", "{angaben}", "{unbekannt}"])
def test_a_subject_is_one_line_of_facts(subject: str) -> None:
    with pytest.raises(ValidationError):
        texts.check_subject("booked", subject)


def test_one_text_makes_both_parts() -> None:
    text = "Guten Tag {name},\n\n- Ort: {ort}\n- Ende: {termin}\n\n\nNur {beratende}\n{link}.\n"
    found = texts.fill(
        Text("{kommune}:  Termin", text),
        {"name": "<b>Öz</b>", "ort": "Rathaus", "termin": "heute", "link": "https://p.example/?a=1&b=2",
         "kommune": "Mühl\ntal"},
    )  # fmt: skip
    assert found.subject == "Mühl tal: Termin"
    assert found.text == ("Guten Tag <b>Öz</b>,\n\n- Ort: Rathaus\n- Ende: heute\n\nhttps://p.example/?a=1&b=2.\n")
    assert "<p>Guten Tag &lt;b&gt;Öz&lt;/b&gt;,</p>" in found.html
    assert "<ul><li>Ort: Rathaus</li><li>Ende: heute</li></ul>" in found.html
    assert '<a href="https://p.example/?a=1&amp;b=2">https://p.example/?a=1&amp;b=2</a>.' in found.html
    assert '<html lang="de">' in found.html


def test_a_value_with_braces_stays_text() -> None:
    found = texts.fill(Text("x", "Ort: {ort}\n\n{{fest}} {link}"), {"ort": "{link}", "link": "L"})
    assert found.text == "Ort: {link}\n\n{fest} L\n"


@pytest.mark.django_db
def test_the_own_text_counts_until_it_is_put_back() -> None:
    mine = Text("{vorgang}: Termin fest", "Hallo\r\n{link}")
    services.keep_text(kind="booked", text=mine, by=None)
    assert texts.current("booked") == Text("{vorgang}: Termin fest", "Hallo\n{link}")
    assert texts.current("moved") == shipped()["moved"]
    services.keep_text(kind="booked", text=shipped()["booked"], by=None)  # equal to the shipped one
    assert not MailText.objects.exists()
    services.keep_text(kind="booked", text=mine, by=None)
    services.put_back(kind="booked", by=None)
    services.put_back(kind="booked", by=None)
    assert texts.current("booked") == shipped()["booked"]


@pytest.mark.django_db
def test_a_stored_text_that_has_gone_wrong_stops_no_mail() -> None:
    MailText.objects.create(kind="message", subject="{frueher}", text="{frueher}")
    found = texts.render("message", {"vorgang": "B-1", "link": "https://p.example/"})
    assert found.subject == "B-1: Neue Nachricht"
    assert "https://p.example/" in found.text
