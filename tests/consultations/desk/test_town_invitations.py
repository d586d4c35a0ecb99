"""From a silent municipality one click drafts an invitation; sent, it is a mail, a note and a contact."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.conf import settings
from django.core.exceptions import ValidationError
from django.test import Client

from consultations.contacts import last_contact, without_contact
from consultations.mailing import services as mail_texts
from consultations.mailing.kinds import Text
from consultations.models import ContactNote, Format, RequestDraft
from consultations.refusals import NotPossible
from consultations.services import intake, town_invitations
from portal.accounts.models import MailDomain, Membership, Municipality
from portal.core.models import AuditEntry, OutboxMessage
from tests.factories import calendar as make
from tests.factories import desk
from tests.mails import deliver, text_of
from tests.people import make_user, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("mails_by_outbox")]


@pytest.fixture(autouse=True)
def _monday_morning() -> Iterator[None]:
    with time_machine.travel(make.NOW, tick=False):
        yield


@pytest.fixture
def client() -> Client:
    return signed_in(desk.person("Beratung", "beratung@kkv.example", first_name="Jörg", last_name="Größe"))


@pytest.fixture
def town() -> Municipality:
    return make.municipality()


@pytest.fixture
def formats() -> list[Format]:
    Format.objects.all().delete()
    return [make.form(order=1), make.form("workshop", name="Workshop", order=2)]


def member(town: Municipality, email: str, role: str = "member", **fields: Any) -> None:
    user = make_user(email, first_name=email.partition("@")[0].title())
    Membership.objects.create(
        user=user, municipality=town, state="confirmed", confirmed_at=make.NOW, role=role, **fields
    )


def address(town: Municipality) -> str:
    return f"/cms/beratung/kommunen/{town.pk}/einladen/"


def sent_back(client: Client, town: Municipality) -> dict[str, Any]:
    """Return what the page sends when nothing is changed."""
    form = client.get(address(town)).context["form"]
    return {name: form[name].value() or "" for name in form.fields if name != "to"}


def test_one_click_in_the_list_drafts_it(client: Client, town: Municipality, formats: list[Format]) -> None:
    member(town, "otto@stadt.example")
    member(town, "leitung@stadt.example", "admin")
    member(town, "fremd@verband.example", is_external_adviser=True)
    for listed in ("/cms/beratung/kommunen/?monate=12&q=mühltal", f"/cms/beratung/kommunen/{town.pk}/"):
        assert f'href="{address(town)}"' in client.get(listed).content.decode()
    page = client.get(address(town))
    form = page.context["form"]
    assert [value for value, _ in form.fields["to"].choices] == [
        "leitung@stadt.example", "otto@stadt.example", "andere",
    ]  # fmt: skip
    assert form["subject"].value() == "Beratung für Mühltal: Erstgespräch"
    text = form["text"].value()
    link = f"{settings.BASE_URL}/beratung/anfragen/?format=erstgespraech&kommune={town.slug}"
    assert link in text
    assert text.endswith("Jörg Größe")
    assert "{" not in text
    assert not OutboxMessage.objects.exists()
    assert not ContactNote.objects.exists()


def test_sent_it_is_a_mail_a_note_and_a_contact(client: Client, town: Municipality, formats: list[Format]) -> None:
    member(town, "leitung@stadt.example", "admin")
    assert town in without_contact(12)
    typed = {**sent_back(client, town), "to": "leitung@stadt.example"}
    typed["text"] += "\n\nPS: Auch am Telefon {gern}."
    done = client.post(address(town), {**typed, "action": "send"}, follow=True)
    assert "leitung@stadt.example ist unterwegs" in done.content.decode()
    (mail,) = deliver()
    assert (mail["To"], mail["Subject"]) == ("leitung@stadt.example", "Beratung für Mühltal: Erstgespräch")
    assert "PS: Auch am Telefon {gern}." in text_of(mail)
    html = mail.get_body(("html",))
    assert html is not None
    assert f"format=erstgespraech&amp;kommune={town.slug}" in html.get_content()
    note = ContactNote.objects.get()
    assert (note.municipality, note.channel, note.day) == (town, "mail", make.MONDAY)
    assert str(note.author) == "Jörg Größe"
    assert "leitung@stadt.example" in note.text
    assert last_contact(town) == make.MONDAY
    assert town not in without_contact(12)
    entry = AuditEntry.objects.get(action="municipality.invite")
    assert entry.detail == {"municipality": town.pk, "format": formats[0].pk}
    assert "PS: Auch am Telefon" in done.content.decode(), "on the page of the municipality"


def test_a_form_sent_twice_makes_one_mail_and_a_later_one_another(
    client: Client, town: Municipality, formats: list[Format]
) -> None:
    member(town, "leitung@stadt.example", "admin")
    typed = {**sent_back(client, town), "to": "leitung@stadt.example", "action": "send"}
    for _ in range(2):
        assert client.post(address(town), typed).status_code == 302
    assert ContactNote.objects.count() == OutboxMessage.objects.count() == 1
    with time_machine.travel(make.NOW + timedelta(minutes=20), tick=False):
        client.post(address(town), typed)
    assert ContactNote.objects.count() == 2


def test_another_format_brings_its_text_and_link(
    client: Client, town: Municipality, formats: list[Format]
) -> None:
    member(town, "leitung@stadt.example", "admin")
    typed = {**sent_back(client, town), "to": "leitung@stadt.example", "format": formats[1].pk}
    refused = client.post(address(town), {**typed, "action": "send"})
    assert refused.status_code == 422
    assert "gehört nicht zu diesem Format" in refused.content.decode()
    fresh = client.post(address(town), {**typed, "action": "format"}).context["form"]
    assert fresh["subject"].value() == "Beratung für Mühltal: Workshop"
    assert "einladen: Workshop." in fresh["text"].value()
    mine = f"Liebe Frau Öz,\n\nhier entlang: {town_invitations.link_to(town, formats[0])}"
    own = client.post(address(town), {**typed, "text": mine, "subject": "Hallo", "action": "format"}).context[
        "form"
    ]
    assert own["subject"].value() == "Hallo", "what was written by hand stays"
    assert own["text"].value() == f"Liebe Frau Öz,\n\nhier entlang: {town_invitations.link_to(town, formats[1])}"
    assert own["to"].value() == "leitung@stadt.example"
    assert not OutboxMessage.objects.exists()
    typed |= {"text": own["text"].value(), "subject": "Hallo", "action": "send"}
    assert client.post(address(town), typed).status_code == 302


def test_whom_nobody_knows_is_written_to_at_an_address_that_was_checked(
    client: Client, town: Municipality, formats: list[Format]
) -> None:
    typed = {**sent_back(client, town), "to": "andere", "action": "send"}
    assert "Bitte geben Sie die Adresse an" in client.post(address(town), typed).content.decode()
    typed["email"] = "post@muehltal.example"
    refused = client.post(address(town), typed)
    assert refused.status_code == 422
    assert "gehört nicht erkennbar zur Kommune" in refused.content.decode()
    assert "post@muehltal.example" in refused.content.decode(), "nothing typed is lost"
    assert client.post(address(town), {**typed, "checked": "on"}).status_code == 302
    MailDomain.objects.create(domain="muehltal.example", municipality=town)
    assert client.post(address(town), {**typed, "email": "amt@muehltal.example"}).status_code == 302
    assert client.post(address(town), {**typed, "to": "irgendwer@x.example"}).status_code == 422


def test_people_of_earlier_cases_are_offered_once(town: Municipality, formats: list[Format]) -> None:
    member(town, "kaethe@stadt.example")
    for email in ("Kaethe@stadt.example", "nora@stadt.example"):
        intake.take_down(concern=intake.Concern(town, "E-Rechnung", "Wie?", name="Nora Öz", email=email), by=None)
    assert [person.email for person in town_invitations.addressees(town)] == [
        "kaethe@stadt.example", "nora@stadt.example",
    ]  # fmt: skip


def test_the_template_is_the_centres_own(client: Client, town: Municipality, formats: list[Format]) -> None:
    with pytest.raises(ValidationError, match="link"):
        mail_texts.keep_text(kind="town_invited", text=Text("x", "Ohne Weg"), by=None)
    own = Text("{format} in {kommune}", "Kommen Sie: {link}")
    mail_texts.keep_text(kind="town_invited", text=own, by=None)
    form = client.get(address(town)).context["form"]
    assert form["subject"].value() == "Erstgespräch in Mühltal"
    assert form["text"].value() == f"Kommen Sie: {town_invitations.link_to(town, formats[0])}"
    coordinator = signed_in(desk.person("Koordination", "chefin@kkv.example"))
    assert "Einladung an eine Kommune" in coordinator.get("/cms/beratung/vorlagen/").content.decode()


def test_the_link_brings_format_and_municipality_into_the_wizard(
    client: Client, town: Municipality, formats: list[Format]
) -> None:
    settings_link = town_invitations.link_to(town, formats[1]).removeprefix(settings.BASE_URL)
    guest = Client()
    page = guest.get(settings_link)
    html = page.content.decode()
    assert "Gewünscht: <strong>Workshop</strong>" in html
    assert page.context["form"]["municipality"].value() == town.pk
    assert not RequestDraft.objects.exists(), "a GET changes nothing"
    begun = guest.post("/beratung/anfragen/", {"topic": "0", "municipality": town.pk, "format": "workshop"})
    assert begun.status_code == 302
    assert RequestDraft.objects.get().answers["format"] == "workshop"
    odd = guest.get("/beratung/anfragen/?format=gibt-es-nicht&kommune=gibt-es-nicht")
    assert (odd.status_code, "Gewünscht" in odd.content.decode()) == (200, False)


def test_what_has_ended_is_not_invited_to(client: Client, town: Municipality, formats: list[Format]) -> None:
    text = town_invitations.draft(town, formats[0], "Jörg Größe")
    with pytest.raises(NotPossible, match="fehlt der Link"):
        town_invitations.send(town=town, form=formats[0], to="a@b.example", text=Text("x", "y"), by=None)
    Format.objects.update(active=False)
    with pytest.raises(NotPossible, match="nicht mehr angeboten"):
        town_invitations.send(town=town, form=formats[0], to="a@b.example", text=text, by=None)
    assert "kein Format angeboten" in client.get(address(town)).content.decode()
    assert client.post(address(town), {"action": "send"}).status_code == 200
    town.active = False
    town.save()
    assert client.get(address(town)).status_code == 404
    assert "einladen/" not in client.get(f"/cms/beratung/kommunen/{town.pk}/").content.decode()
    with pytest.raises(NotPossible, match="besteht nicht mehr"):
        town_invitations.send(town=town, form=formats[0], to="a@b.example", text=text, by=None)


def test_a_citizens_data_in_the_text_is_asked_about(
    client: Client, town: Municipality, formats: list[Format]
) -> None:
    member(town, "leitung@stadt.example", "admin")
    typed = {**sent_back(client, town), "to": "leitung@stadt.example", "action": "send"}
    typed["text"] += "\n\nDE89 3704 0044 0532 0130 00"
    assert client.post(address(town), typed).status_code == 422
    assert client.post(address(town), {**typed, "no_citizens": "on"}).status_code == 302
