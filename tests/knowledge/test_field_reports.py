"""Praxisberichte: handed in by people of a municipality, reviewed like everything; contacts end with consent."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client, RequestFactory
from django.utils import timezone

from knowledge.models import ArticlePage, FieldReport
from knowledge.models.report import LONGEST_CONTACT, contact_errors
from knowledge.pdf import document_html
from knowledge.reports import services
from knowledge.reports.registration import report_errors
from portal.accounts.models import Municipality
from portal.core.models import AuditEntry, WorkItem
from portal.core.review.validation import rule_errors
from tests import factories
from tests.factories import reading
from tests.knowledge import field_report_room as room
from tests.querycounts import cold

pytestmark = pytest.mark.django_db


@pytest.fixture
def member() -> Any:
    return room.member()


def test_what_is_handed_in_becomes_a_draft_and_work(member: Any) -> None:
    response = room.client_of(member).post(room.FORM, room.with_contact(), follow=True)
    assert response.redirect_chain == [("/praxisberichte/meine/", 302)]
    assert "Ihr Bericht ist eingegangen" in response.content.decode()
    page = ArticlePage.objects.get(title="Wohnsitz online anmelden")
    report = page.field_reports.get()
    assert (page.live, page.kind, page.applies_to_sizes) == (False, room.REPORT, ["bis-20000"])
    assert "Früh schulen" in page.rendered["html"]
    assert (report.municipality.slug, report.effort_days, report.contact_name) == (
        "musterstadt",
        12,
        "Erika Muster",
    )
    assert report.submitted_by == member
    assert page.latest_revision.user is None, "nobody of the centre has written it: two people release it"
    item = WorkItem.objects.get(kind=services.REPORT_KIND)
    assert (item.page_id, item.team) == (page.pk, "Redaktion")
    entry = AuditEntry.objects.get(action=services.SUBMITTED)
    assert "Muster" not in str(entry.detail)


def test_without_consent_no_contact_is_kept(member: Any) -> None:
    data = room.data(contact_name="Erika Muster", contact_email="keine Adresse", contact_until="übermorgen")
    assert room.client_of(member).post(room.FORM, data).status_code == 302
    report = FieldReport.objects.get()
    assert (report.contact_name, report.contact_email, report.contact_until) == ("", "", None)
    assert "Erika" not in str(report.page.latest_revision.content)


def test_sent_twice_is_one_report(member: Any) -> None:
    data = room.data()
    client = room.client_of(member)
    assert [client.post(room.FORM, data).status_code for _ in range(2)] == [302, 302]
    assert FieldReport.objects.count() == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"story": "Wir haben zuerst gefragt, wer zuständig ist."},
        {"lessons": "- Früh schulen"},
        {"summary": "Der Dienst läuft."},
        {"product": "Wohnsitzanmeldung"},
        {"effort_days": "21"},
        {"contact_email": "neu@example.org"},
        {"contact_until": (timezone.localdate() + timedelta(days=91)).isoformat()},
        {"contact_consent": ""},
    ],
)
def test_what_was_put_right_is_another_report(member: Any, changes: dict[str, str]) -> None:
    """Nothing somebody sends is thrown away because an earlier form had the same title."""
    client, data = room.client_of(member), room.with_contact()
    for form in (data, {**data, **changes}, {**data, **changes}):
        assert client.post(room.FORM, form).status_code == 302
    assert FieldReport.objects.count() == 2
    assert ArticlePage.objects.filter(title=data["title"]).count() == 2
    assert WorkItem.objects.filter(kind=services.REPORT_KIND).count() == 2


def test_another_topic_makes_another_report(member: Any) -> None:
    client, data = room.client_of(member), room.data()
    for topic in (data["topic"], factories.topic("Bauen").pk):
        client.post(room.FORM, {**data, "topic": topic})
    assert FieldReport.objects.count() == 2


def test_the_same_title_in_one_topic_gets_another_address(member: Any) -> None:
    data = room.data()
    room.client_of(member).post(room.FORM, data)
    FieldReport.objects.update(submitted_at=timezone.now() - timedelta(hours=1))
    room.client_of(member).post(room.FORM, data)
    slugs = set(ArticlePage.objects.filter(title=data["title"]).values_list("slug", flat=True))
    assert slugs == {"wohnsitz-online-anmelden", "wohnsitz-online-anmelden-2"}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"title": ""}, "Bitte geben Sie dem Bericht eine Überschrift."),
        ({"effort_days": "viel"}, "Bitte geben Sie eine ganze Zahl an"),
        ({"effort_days": "0"}, "Bitte geben Sie mindestens einen Tag an."),
        ({"effort_days": "999999999999999999999"}, "Bitte geben Sie höchstens 5.000 Tage an."),
        ({"summary": "Eins. Zwei. Drei. Vier. Fünf. Sechs."}, "erlaubt sind 5"),
        ({"topic": "999999"}, "Thema"),
        ({"contact_consent": "on"}, "Nennen Sie Name und E-Mail-Adresse"),
        (
            {"contact_consent": "on", "contact_name": "Erika Muster", "contact_email": "m@example.org",
             "contact_until": "2020-01-01"},
            "Geben Sie an, bis wann die Einwilligung gilt",
        ),
    ],
)  # fmt: skip
def test_what_is_missing_is_said_at_the_field_and_nothing_typed_is_lost(
    member: Any, changes: dict[str, str], message: str
) -> None:
    response = room.client_of(member).post(room.FORM, room.data(**changes))
    html = response.content.decode()
    assert response.status_code == 422
    assert message in html
    assert "Wir haben zuerst geprüft" in html
    assert not FieldReport.objects.exists()


def test_only_people_of_a_confirmed_municipality_hand_in() -> None:
    assert Client().get(room.FORM)["Location"].startswith("/konto/anmelden/")
    room.town()
    stranger = factories.member()
    response = room.client_of(stranger).post(room.FORM, room.data())
    assert response.status_code == 403
    assert "gehört noch zu keiner bestätigten Kommune" in response.content.decode()
    assert not FieldReport.objects.exists()


def test_nobody_reports_for_another_municipality(member: Any) -> None:
    other = room.town("Nachbarort")
    assert room.client_of(member).post(room.FORM, room.data(municipality=other.pk)).status_code == 422


def test_the_contact_is_for_municipalities(member: Any) -> None:
    page = room.report(**room.contact())
    anonymous, signed_in = (client.get(page.url).content.decode() for client in (Client(), room.client_of(member)))
    assert "muster@example.org" in signed_in
    assert "muster@example.org" not in anonymous
    assert "Sehen angemeldete Kommunen" in anonymous
    assert "12 Personentage" in anonymous
    assert "muster@example.org" not in Client().get(f"{page.url.rstrip('/')}.md").content.decode()
    request = RequestFactory().get(page.url)
    request.user = member
    printed = document_html(page, request)
    assert "12 Personentage" in printed
    assert "muster@example.org" not in printed, "a file is passed on"


def test_a_report_is_no_recommendation_and_says_nothing_of_a_legal_basis() -> None:
    page = room.report(title="Aus der Praxis")
    page.no_legal_basis = True
    page.save_revision(clean=False).publish()

    html = Client().get(page.url).content.decode()

    assert "organisatorische Empfehlung" not in html
    assert "<dt>Rechtsgrundlage</dt>" not in html
    assert "organisatorische Empfehlung" not in document_html(page, RequestFactory().get(page.url))


def test_a_text_nobody_could_save_again_comes_back(member: Any) -> None:
    response = room.client_of(member).post(room.FORM, room.data(story="x" * 9_000, lessons="[" * 9_000))
    assert response.status_code == 422
    assert not FieldReport.objects.exists()


def test_the_list_is_filtered_by_size(member: Any) -> None:
    small = room.report(title="Klein angefangen")
    large = room.report(
        title="Groß angefangen", municipality=room.town("Großstadt", Municipality.SizeClass.OVER_100000)
    )

    def shown(query: str) -> set[str]:
        html = Client().get(f"/praxisberichte/{query}").content.decode()
        return {page.title for page in (small, large) if page.title in html}

    assert shown("") == {"Klein angefangen", "Groß angefangen"}
    assert shown("?groesse=ueber-100000") == {"Groß angefangen"}
    assert shown("?groesse=bis-20000") == {"Klein angefangen"}
    assert shown("?groesse=unsinn") == {"Klein angefangen", "Groß angefangen"}
    topic = small.get_parent()
    assert "Klein angefangen" in shown(f"?feld={topic.pk}")


def test_drafts_and_closed_reports_stand_in_no_list() -> None:
    page = room.report(title="Nur für die Stelle")
    reading.restrict(page)
    assert "Nur für die Stelle" not in Client().get("/praxisberichte/").content.decode()
    assert "Noch ist kein Praxisbericht veröffentlicht." in Client().get("/praxisberichte/").content.decode()


def test_queries_do_not_grow_with_the_reports() -> None:
    page = room.report()
    few = cold("/praxisberichte/"), cold(page.url)
    for number in range(4):
        room.report(title=f"Bericht {number}")
    assert (cold("/praxisberichte/"), cold(page.url)) == few
    assert few[1] <= 12


def test_a_report_goes_live_only_with_its_facts() -> None:
    report, article = factories.article(kind=room.REPORT), room.report()
    assert [field for field, _ in report_errors(report)] == ["field_reports"]
    assert "field_reports" in dict(rule_errors(report))
    assert list(report_errors(article)) == []
    article.kind = ArticlePage.Kind.PRAXIS
    assert [field for field, _ in report_errors(article)] == ["field_reports"]


def test_a_contact_needs_consent_name_address_and_an_end() -> None:
    day = timezone.localdate() + timedelta(days=10)
    whole: dict[str, Any] = {"name": "Erika Muster", "email": "m@example.org", "consent": True, "until": day}
    assert contact_errors(**whole) == {}
    assert contact_errors(name="", email="", consent=False, until=None) == {}
    assert set(contact_errors(**{**whole, "consent": False})) == {"contact_consent"}
    assert set(contact_errors(**{**whole, "email": ""})) == {"contact_email"}
    assert set(contact_errors(**{**whole, "until": None})) == {"contact_until"}
    late = timezone.localdate() + LONGEST_CONTACT + timedelta(days=1)
    assert set(contact_errors(**{**whole, "until": late})) == {"contact_until"}


def test_a_report_leaves_and_comes_back_unchanged(tmp_path: Any) -> None:
    page = room.report(**room.contact())
    revisions = page.revisions.count()
    call_command("export_content", str(tmp_path / "a"), verbosity=0)
    call_command("import_content", str(tmp_path / "a"), "--overwrite", verbosity=0)
    call_command("export_content", str(tmp_path / "b"), verbosity=0)
    first, second = (
        {file.relative_to(tmp_path / name): file.read_bytes() for file in (tmp_path / name).rglob("*.md")}
        for name in ("a", "b")
    )
    assert first == second
    assert page.revisions.count() == revisions
    text = next(content.decode() for file, content in first.items() if file.stem == page.slug)
    assert "municipality: musterstadt" in text
    assert "muster@example.org" in text


def test_a_misspelt_municipality_is_named_with_its_line(tmp_path: Any, capsys: Any) -> None:
    page = room.report()
    call_command("export_content", str(tmp_path), verbosity=0)
    file = next(file for file in tmp_path.rglob("*.md") if file.stem == page.slug)
    file.write_text(file.read_text().replace("municipality: musterstadt", "municipality: musterstatt"))
    with pytest.raises(CommandError):
        call_command("import_content", str(tmp_path), verbosity=0)
    said = capsys.readouterr()
    assert "Die Kommune „musterstatt“ gibt es nicht." in said.out + said.err
