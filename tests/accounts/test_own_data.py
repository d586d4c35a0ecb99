"""The own account: profile, sessions one by one, everything as JSON, and gone for good."""

from __future__ import annotations

import json
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.core.exceptions import ValidationError
from django.test import Client
from django.utils import timezone
from wagtail.models import ModelLogEntry

from portal.accounts import erasing, own_data
from portal.accounts.models import Membership, User
from portal.core.models import AuditEntry, Frequency, Subscriber, WorkItem
from portal.core.subscriptions import services as subscriptions
from portal.core.subscriptions.registry import Everything
from tests.factories.bodies import belongs, person_of, town
from tests.mails import deliver, text_of
from tests.people import PASSWORD, PortalClient, add_totp, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("mails_by_outbox")]


def log_in(user: User) -> Client:
    """Open a session as a browser does, the password just proved once more."""
    client = Client(HTTP_USER_AGENT="Firefox")
    client.post("/konto/anmelden/", {"login": user.email, "password": PASSWORD})
    client.post("/konto/bestaetigen/", {"password": PASSWORD})
    return client


@pytest.fixture
def member() -> User:
    return person_of(town(), "jana@buedingen.example")


def test_the_profile(member: User) -> None:
    client = log_in(member)
    answer = client.post("/konto/profil/", {"first_name": "Jana", "last_name": "Größer", "phone": "06042 884-0"})
    assert answer.headers["Location"] == "/konto/profil/"
    member.refresh_from_db()
    assert (member.get_full_name(), member.phone) == ("Jana Größer", "06042 884-0")
    wrong = client.post("/konto/profil/", {"first_name": "", "last_name": "Größer", "phone": "ruf mich an"})
    assert wrong.status_code == 422
    for words in ("Geben Sie Ihren Vornamen an.", "Geben Sie eine Telefonnummer an", "ruf mich an"):
        assert words in wrong.content.decode()


def test_one_session_is_ended_and_the_present_one_goes_by_logging_out(member: User) -> None:
    here, there = log_in(member), log_in(member)
    other = UserSession.objects.get(session_key=there.session.session_key)
    own = UserSession.objects.get(session_key=here.session.session_key)
    page = here.get("/konto/sitzungen/").content.decode()
    assert f"/konto/sitzungen/{other.pk}/beenden/" in page
    assert f"/konto/sitzungen/{own.pk}/beenden/" not in page
    assert here.get(f"/konto/sitzungen/{other.pk}/beenden/").status_code == 405
    here.post(f"/konto/sitzungen/{other.pk}/beenden/")
    assert there.get("/konto/").status_code == 302
    assert here.get("/konto/").status_code == 200
    assert here.post(f"/konto/sitzungen/{own.pk}/beenden/").headers["Location"] == "/konto/abmelden/"
    stranger = log_in(make_user("fremd@stadt.example"))
    stranger.post(f"/konto/sitzungen/{own.pk}/beenden/")
    assert here.get("/konto/").status_code == 200


def test_all_other_sessions_are_ended_at_once(member: User) -> None:
    here, there = log_in(member), log_in(member)
    here.post("/konto/sitzungen/")
    assert there.get("/konto/").status_code == 302
    assert here.get("/konto/").status_code == 200


def test_the_export_asks_for_the_password_again(member: User) -> None:
    client = Client()
    client.post("/konto/anmelden/", {"login": member.email, "password": PASSWORD})
    for path in ("/konto/daten/export/", "/konto/daten/loeschen/"):
        assert client.post(path).headers["Location"].startswith("/konto/bestaetigen/")
    resumed = client.post(
        "/konto/bestaetigen/?next=/konto/daten/", {"password": PASSWORD, "next": "/konto/daten/"}
    )
    assert resumed.headers["Location"] == "/konto/daten/"
    assert client.get("/konto/daten/export/").status_code == 405


def test_the_export_holds_everything_the_apps_know(member: User) -> None:
    subscriptions.subscribe_account(user=member, subject=Everything.subject, frequency=Frequency.DAILY)
    add_totp(member)
    client = PortalClient(HTTP_USER_AGENT="Firefox")
    client.force_login(member)
    Authenticator.objects.all().delete()
    answer = log_in(member).post("/konto/daten/export/")
    assert answer["Content-Type"] == "application/json"
    assert answer["Content-Disposition"].startswith('attachment; filename="meine-daten-')
    assert "no-store" in answer["Cache-Control"]
    data = json.loads(answer.content)
    assert data["account"]["email"] == member.email
    assert data["memberships"][0]["municipality"] == "Büdingen"
    assert data["subscriptions"] == {"frequency": "daily", "subjects": ["Alle wesentlichen Änderungen im Portal"]}
    assert data["sessions"][0]["user_agent"] == "Firefox"
    assert any(row["action"] == "Zugehörigkeit zu einer Kommune bestätigt" or row["by_me"] for row in data["log"])
    assert data["field_reports"] == []
    assert set(data) == {"export", *(part.name for part in own_data.all_parts())}
    assert "password" not in answer.content.decode().lower()
    assert AuditEntry.objects.filter(action="accounts.exported", actor=member.pk).exists()


def test_deleting_takes_a_tick_and_everything_goes(member: User) -> None:
    subscriptions.subscribe_account(user=member, subject=Everything.subject, frequency=Frequency.DAILY)
    ModelLogEntry.objects.log_action(instance=member, action="wagtail.edit")
    client = log_in(member)
    assert "Konto endgültig löschen" in client.get("/konto/daten/loeschen/").content.decode()
    refused = client.post("/konto/daten/loeschen/", {})
    assert refused.status_code == 422
    assert "mit dem Kästchen" in refused.content.decode()
    answer = client.post("/konto/daten/loeschen/", {"sure": "ja"})
    assert "Ihr Konto ist gelöscht" in answer.content.decode()
    assert client.get("/konto/").status_code == 302
    old = member.email
    member.refresh_from_db()
    assert (member.email, member.first_name, member.last_name) == (f"konto-{member.pk}@geloescht.invalid", "", "")
    assert str(member) == "Gelöschtes Konto"
    assert not member.is_active
    assert not member.has_usable_password()
    membership = Membership.objects.get(user=member)
    assert (membership.state, membership.end_reason) == ("ended", "erased")
    for model in (EmailAddress, UserSession, Authenticator):
        assert not model.objects.filter(user=member).exists()
    assert not Subscriber.objects.exists()
    assert "Jörg" not in " ".join(ModelLogEntry.objects.values_list("label", flat=True))
    assert AuditEntry.objects.filter(action="accounts.erased", actor=member.pk).exists()
    last = deliver()[-1]
    assert last["To"] == old
    assert "gelöscht" in text_of(last)
    again = Client()
    again.post("/konto/anmelden/", {"login": old, "password": PASSWORD})
    assert "_auth_user_id" not in again.session
    make_user(old)  # the address is free again


def test_the_last_administrator_hands_over_first(member: User) -> None:
    admin = person_of(town(), "verwaltung@buedingen.example", role="admin")
    client = log_in(admin)
    for path in ("/konto/daten/", "/konto/daten/loeschen/"):
        assert "Sie verwalten als einzige Person den Zugang von Büdingen" in client.get(path).content.decode()
    assert "als einzige Person" in client.post("/konto/daten/loeschen/", {"sure": "ja"}).content.decode()
    admin.refresh_from_db()
    assert admin.is_active
    Membership.objects.filter(user=member).update(role="admin")
    client.post("/konto/daten/loeschen/", {"sure": "ja"})
    admin.refresh_from_db()
    assert admin.erased_at is not None


def test_who_is_alone_in_a_municipality_may_go() -> None:
    admin = person_of(town(), "verwaltung@buedingen.example", role="admin")
    erasing.erase(user=admin)
    assert Membership.objects.get(user=admin).state == "ended"


def test_people_of_the_centre_hand_over_first() -> None:
    olga = make_user("olga@kkv.example", role="Redaktion")
    item = WorkItem.objects.create(kind="manual", title="Offen", owner=olga)
    with pytest.raises(ValidationError, match="Übergeben und deaktivieren"):
        erasing.erase(user=olga)
    WorkItem.objects.filter(pk=item.pk).update(state="done", closed_at=timezone.now())
    erasing.erase(user=olga)
    olga.refresh_from_db()
    assert not olga.groups.exists()
    assert WorkItem.objects.get(pk=item.pk).owner == olga  # what was done stays, without a name


def test_the_last_administration_stays() -> None:
    last = make_user("admin@kkv.example", role="Administration")
    with pytest.raises(ValidationError, match="letzte Person der Administration"):
        erasing.erase(user=last)
    make_user("zweite@kkv.example", role="Administration")
    erasing.erase(user=last)


def test_an_erased_account_is_not_opened_again(member: User) -> None:
    erasing.erase(user=member)
    erasing.erase(user=User.objects.get(pk=member.pk))  # twice is once
    client = PortalClient()
    client.force_login(make_user("admin@kkv.example", role="Administration"))
    data: dict[str, Any] = {"email": f"konto-{member.pk}@geloescht.invalid", "first_name": "", "last_name": ""}
    client.post(f"/cms/users/edit/{member.pk}/", {**data, "first_name": "A", "last_name": "B", "is_active": "on"})
    member.refresh_from_db()
    assert not member.is_active


def test_a_contact_of_a_report_goes_with_the_account(member: User) -> None:
    from knowledge.models import FieldReport
    from knowledge.reports import services as reports
    from tests.factories.reading import topic

    belongs_to = Membership.objects.get(user=member).municipality
    page = reports.submit(
        person=member, municipality=belongs_to, topic=topic("Ämter"),
        data={
            "title": "Wohnsitz online", "product": "Dienst", "effort_days": 3, "summary": "Läuft.", "story": "So.",
            "lessons": "- Früh", "contact_consent": True, "contact_name": "Jana", "contact_email": member.email,
            "contact_until": timezone.localdate(),
        },
    )  # fmt: skip
    assert own_data.export(member)["field_reports"][0]["contact"]["name"] == "Jana"
    erasing.erase(user=member)
    report = FieldReport.objects.get(page=page)
    assert (report.contact_name, report.contact_email) == ("", "")


def test_belonging_to_a_town_is_kept_without_a_name(member: User) -> None:
    belongs(member, town("Fürth"))
    erasing.erase(user=member)
    assert Membership.objects.filter(user=member, state="ended").count() == 2
