"""The list of mail domains: checked line by line, shown before it is stored, by command and in the admin."""

from __future__ import annotations

from io import StringIO
from pathlib import Path

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import IntegrityError, transaction
from django.test import Client

from portal.accounts import domains, memberships
from portal.accounts.models import MailDomain, Membership
from portal.accounts.municipality_import import FileRefusedError
from portal.core.models import AuditEntry
from tests.factories.bodies import association, town
from tests.people import PortalClient, make_user

pytestmark = pytest.mark.django_db
UPLOAD = "/cms/domains/uebernehmen/"
GOOD = (
    "AGS;Domain\r\n# Wetterau\r\n\r\n{ags};Buedingen.example\r\n{ags};rathaus-büdingen.example;;\r\n"
    "muehlenorte;verband.example\r\n"
)


def good() -> str:
    association()
    return GOOD.format(ags=town().ags)


def stored() -> set[tuple[str, str]]:
    return set(MailDomain.objects.values_list("municipality__name", "domain"))


def problems(text: str) -> list[str]:
    with pytest.raises(FileRefusedError) as caught:
        domains.read(text)
    return caught.value.problems


def test_a_list_is_stored_as_addresses_are_written() -> None:
    change = domains.store(domains.read(good()))
    assert len(change.added) == 3
    assert stored() == {
        ("Büdingen", "buedingen.example"), ("Büdingen", "xn--rathaus-bdingen-7vb.example"),
        ("Verband der Mühlenorte", "verband.example"),
    }  # fmt: skip
    again = domains.store(domains.read(GOOD.format(ags=town().ags)))
    assert (again.added, again.unchanged) == ([], 3)
    assert AuditEntry.objects.filter(action="accounts.domains").count() == 1


def test_replacing_removes_what_is_not_named() -> None:
    MailDomain.objects.create(municipality=town("Fürth"), domain="fuerth.example")
    rows = domains.read(good())
    assert domains.plan(rows, replace=False).removed == []
    assert [item.domain for item in domains.plan(rows, replace=True).removed] == ["fuerth.example"]
    domains.store(rows, replace=True)
    assert "fuerth.example" not in {domain for _, domain in stored()}


def test_every_fault_is_named_with_its_line() -> None:
    ags = town().ags or ""
    lines = [
        "AGS;Domain", f"{ags};stadt.example", f"{ags}", f"{ags};a;b", "99999999;x.example",
        f"{ags.lstrip('0')};x.example",
        f"{ags};keine domain", f"{ags};gmx.de", f"{ags};STADT.example", ";x.example", f"{ags};-x.example",
        f"{ags};{'a' * 64}.example",
    ]  # fmt: skip
    found = problems("\n".join(lines))
    assert [text.split(":")[0] for text in found] == [f"Zeile {number}" for number in range(3, 13)]
    assert "zwei Spalten" in found[0]
    assert "zwei Spalten" in found[1]
    assert "gibt es nicht" in found[2]
    assert f"wohl {ags}" in found[3]
    assert "keine Domain" in found[4]
    assert "jede und jeder eine Adresse" in found[5]
    assert "schon in Zeile 2" in found[6]
    assert "Schlüssel fehlt" in found[7]


def test_files_that_are_none() -> None:
    assert problems("") == problems("AGS;Domain\n") == ["Die Datei enthält keine Zeile mit Schlüssel und Domain."]
    with pytest.raises(FileRefusedError, match="Zeile 2: Die Datei ist nicht in UTF-8"):
        domains.decode("a;b\nmüller;b".encode("cp1252"))
    with pytest.raises(FileRefusedError, match="größer als 1 MB"):
        domains.decode(b"x" * 1_000_001)
    many = problems("\n".join(f"1234567{number};x.example" for number in range(80)))
    assert len(many) == 51
    assert many[-1] == "… und 30 weitere Fehler."


def test_a_former_body_has_no_domain() -> None:
    former = town()
    former.active = False
    former.save()
    assert "bestehenden Einrichtung" in problems(f"{former.ags};stadt.example")[0]


@pytest.mark.parametrize(
    "text", ["", "stadt", "@", "a..b", "stadt.example/x", "a b.example", "x" * 250 + ".example"]
)
def test_what_is_no_domain(text: str) -> None:
    with pytest.raises(ValidationError):
        domains.clean_domain(text)


def test_who_waits_is_admitted_with_the_list() -> None:
    waiting = memberships.ask_to_join(
        user=make_user("a@buedingen.example"), municipality=town(), wants_admin=False
    )
    domains.store(domains.read(good()))
    waiting.refresh_from_db()
    assert waiting.state == Membership.State.CONFIRMED


def test_the_database_keeps_domains_in_lower_case_and_once() -> None:
    MailDomain.objects.create(municipality=town(), domain="stadt.example")
    for wrong in ("stadt.example", "Andere.example", ""):
        with pytest.raises(IntegrityError), transaction.atomic():
            MailDomain.objects.create(municipality=town(), domain=wrong)


def test_the_command(tmp_path: Path) -> None:
    file, out = tmp_path / "domains.csv", StringIO()
    file.write_text("﻿" + good() + f"{town('Fürth').ags};verband.example\n", encoding="utf-8")
    call_command("import_domains", str(file), "--dry-run", stdout=out)
    assert not stored()
    assert "4 neu, 0 unverändert, 0 entfernt. Nichts gespeichert" in out.getvalue()
    assert "verband.example nimmt niemanden von selbst auf: Fürth, Verband der Mühlenorte." in out.getvalue()
    call_command("import_domains", str(file), stdout=out)
    assert len(stored()) == 4
    file.write_text("x;y")
    with pytest.raises(CommandError, match="Zeile 1"):
        call_command("import_domains", str(file))
    with pytest.raises(CommandError, match="gibt es nicht"):
        call_command("import_domains", str(tmp_path / "weg.csv"))


# -- in the admin ------------------------------------------------------------------------------------


@pytest.fixture
def admin() -> Client:
    client = PortalClient()
    client.force_login(make_user("admin@kkv.example", role="Administration"))
    return client


def send(client: Client, text: str, **extra: str) -> str:
    file = SimpleUploadedFile("domains.csv", text.encode(), content_type="text/csv")
    return client.post(UPLOAD, {"file": file, **extra}).content.decode()


def test_an_upload_is_shown_first_and_stored_then(admin: Client) -> None:
    MailDomain.objects.create(municipality=town("Fürth"), domain="verband.example")
    page = send(admin, good(), replace="")
    assert "3 neu, 0 unverändert, 0 werden entfernt" in page
    assert "verband.example: Fürth, Verband der Mühlenorte" in page
    assert len(stored()) == 1
    done = admin.post(UPLOAD, {"text": GOOD.format(ags=town().ags)}, follow=True).content.decode()
    assert "3 Domains aufgenommen, 0 entfernt." in done
    assert "nicht von selbst: mehrere Einrichtungen" in done
    assert "von selbst" in done


def test_faults_of_an_upload_are_listed_and_nothing_is_stored(admin: Client) -> None:
    page = send(admin, "1;stadt.example\n2;gmx.de")
    assert "Zeile 1: Den Schlüssel „1“ gibt es nicht." in page
    assert "Zeile 2:" in page
    assert "Es ist nichts gespeichert" in page
    assert "Wählen Sie eine Datei aus." in admin.post(UPLOAD, {}).content.decode()
    assert "Zeile 1" in admin.post(UPLOAD, {"text": "x;y"}).content.decode()
    assert not stored()


def test_one_domain_by_hand(admin: Client) -> None:
    waiting = memberships.ask_to_join(user=make_user("a@stadt.example"), municipality=town(), wants_admin=False)
    admin.post("/cms/maildomain/new/", {"municipality": town().pk, "domain": "@Stadt.example"})
    assert stored() == {("Büdingen", "stadt.example")}
    waiting.refresh_from_db()
    assert waiting.state == "confirmed"
    page = admin.post("/cms/maildomain/new/", {"municipality": town().pk, "domain": "web.de"}).content.decode()
    assert "jede und jeder eine Adresse" in page


def test_a_domain_changed_by_hand_is_in_the_log(admin: Client) -> None:
    """It decides who is admitted to a municipality with nobody looking."""
    admin.post("/cms/maildomain/new/", {"municipality": town().pk, "domain": "stadt.example"})
    row = MailDomain.objects.get()
    admin.post(f"/cms/maildomain/edit/{row.pk}/", {"municipality": town().pk, "domain": "rathaus.example"})
    admin.post(f"/cms/maildomain/delete/{row.pk}/")
    assert not MailDomain.objects.exists()
    found = AuditEntry.objects.filter(object_type="accounts.maildomain", object_id=str(row.pk)).order_by("pk")
    assert [entry.action for entry in found] == ["wagtail.create", "wagtail.edit", "wagtail.delete"]
    assert all(entry.actor for entry in found)


@pytest.mark.parametrize("role", ["Redaktion", "Fachprüfung", "Beratung", "Koordination", "Leitung"])
def test_other_roles_change_no_domain(role: str) -> None:
    client = PortalClient()
    client.force_login(make_user("andere@kkv.example", role=role))
    data = {"text": "x", "municipality": town().pk, "domain": "s.example"}
    for address in (UPLOAD, "/cms/maildomain/new/"):
        assert client.post(address, data).status_code in {302, 403}
    assert not stored()
