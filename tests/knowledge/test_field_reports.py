"""Praxisberichte: handed in by people of a municipality, reviewed like everything; contacts end with consent."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import timezone
from wagtail.models import Revision
from wagtail.test.utils.form_data import inline_formset

from knowledge.models import ArticlePage, FieldReport
from knowledge.models.report import LONGEST_CONTACT, WITHDRAWN, contact_errors
from knowledge.pdf import document_html
from knowledge.reports import services
from knowledge.reports.registration import report_errors
from portal.accounts.belongings import held_by
from portal.accounts.leaving import hand_over_and_deactivate
from portal.accounts.models import Membership, Municipality
from portal.core.models import AuditEntry, WorkItem
from portal.core.review.validation import rule_errors
from tests import factories
from tests.factories import reading
from tests.forms import editor_data
from tests.people import PortalClient, make_user, signed_in
from tests.querycounts import cold

pytestmark = pytest.mark.django_db

REPORT = ArticlePage.Kind.PRAXISBERICHT
FORM = "/praxisberichte/einreichen/"


def _town(name: str = "Musterstadt", size: str = Municipality.SizeClass.UP_TO_20000) -> Municipality:
    slug = name.lower()
    return Municipality.objects.create(
        name=name, slug=slug, kind=Municipality.Kind.KREISFREIE_STADT, size_class=size, ags=None
    )


@pytest.fixture
def member() -> Any:
    person = factories.member()
    Membership.objects.create(
        user=person, municipality=_town(), state=Membership.State.CONFIRMED, confirmed_at=timezone.now()
    )
    return person


def _data(**changes: Any) -> dict[str, Any]:
    today = timezone.localdate()
    return {
        "municipality": Municipality.objects.get(slug="musterstadt").pk, "title": "Wohnsitz online anmelden",
        "topic": factories.topic("Meldewesen").pk, "product": "Elektronische Wohnsitzanmeldung",
        "effort_days": "12", "summary": "Der Dienst läuft. Die Schulung war der größte Aufwand.",
        "story": "Wir haben zuerst geprüft, wer zuständig ist.", "lessons": "- Früh schulen\n- Spät umstellen",
        "contact_name": "", "contact_email": "", "contact_until": (today + timedelta(days=90)).isoformat(),
        **changes,
    }  # fmt: skip


def _with_contact(**changes: Any) -> dict[str, Any]:
    return _data(contact_consent="on", contact_name="Erika Muster", contact_email="muster@example.org", **changes)


def _signed_in(person: Any) -> Client:
    client = Client()
    client.force_login(person)
    return client


def _report(**fields: Any) -> ArticlePage:
    """A published report."""
    page: Any = factories.article(kind=REPORT, **{name: fields.pop(name) for name in ("title",) if name in fields})
    town = fields.pop("municipality", None) or Municipality.objects.filter(slug="musterstadt").first() or _town()
    values = {"product": "Fachverfahren", "effort_days": 12, **fields}
    page.field_reports = [FieldReport(municipality=town, **values)]
    page.save_revision(clean=False).publish()
    return page


CONTACT: dict[str, Any] = {
    "contact_name": "Erika Muster", "contact_email": "muster@example.org", "contact_consent": True,
    "contact_until": None,
}  # fmt: skip


def _contact(days: int = 30) -> dict[str, Any]:
    return {**CONTACT, "contact_until": timezone.localdate() + timedelta(days=days)}


def test_what_is_handed_in_becomes_a_draft_and_work(member: Any) -> None:
    response = _signed_in(member).post(FORM, _with_contact(), follow=True)
    assert response.redirect_chain == [("/praxisberichte/meine/", 302)]
    assert "Ihr Bericht ist eingegangen" in response.content.decode()
    page = ArticlePage.objects.get(title="Wohnsitz online anmelden")
    report = page.field_reports.get()
    assert (page.live, page.kind, page.applies_to_sizes) == (False, REPORT, ["bis-20000"])
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
    data = _data(contact_name="Erika Muster", contact_email="keine Adresse", contact_until="übermorgen")
    assert _signed_in(member).post(FORM, data).status_code == 302
    report = FieldReport.objects.get()
    assert (report.contact_name, report.contact_email, report.contact_until) == ("", "", None)
    assert "Erika" not in str(report.page.latest_revision.content)


def test_sent_twice_is_one_report(member: Any) -> None:
    data = _data()
    client = _signed_in(member)
    assert [client.post(FORM, data).status_code for _ in range(2)] == [302, 302]
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
    client, data = _signed_in(member), _with_contact()
    for form in (data, {**data, **changes}, {**data, **changes}):
        assert client.post(FORM, form).status_code == 302
    assert FieldReport.objects.count() == 2
    assert ArticlePage.objects.filter(title=data["title"]).count() == 2
    assert WorkItem.objects.filter(kind=services.REPORT_KIND).count() == 2


def test_another_topic_makes_another_report(member: Any) -> None:
    client, data = _signed_in(member), _data()
    for topic in (data["topic"], factories.topic("Bauen").pk):
        client.post(FORM, {**data, "topic": topic})
    assert FieldReport.objects.count() == 2


def test_the_same_title_in_one_topic_gets_another_address(member: Any) -> None:
    data = _data()
    _signed_in(member).post(FORM, data)
    FieldReport.objects.update(submitted_at=timezone.now() - timedelta(hours=1))
    _signed_in(member).post(FORM, data)
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
    response = _signed_in(member).post(FORM, _data(**changes))
    html = response.content.decode()
    assert response.status_code == 422
    assert message in html
    assert "Wir haben zuerst geprüft" in html
    assert not FieldReport.objects.exists()


def test_only_people_of_a_confirmed_municipality_hand_in() -> None:
    assert Client().get(FORM)["Location"].startswith("/konto/anmelden/")
    _town()
    stranger = factories.member()
    response = _signed_in(stranger).post(FORM, _data())
    assert response.status_code == 403
    assert "gehört noch zu keiner bestätigten Kommune" in response.content.decode()
    assert not FieldReport.objects.exists()


def test_nobody_reports_for_another_municipality(member: Any) -> None:
    other = _town("Nachbarort")
    assert _signed_in(member).post(FORM, _data(municipality=other.pk)).status_code == 422


def test_the_contact_is_for_municipalities(member: Any) -> None:
    page = _report(**_contact())
    anonymous, signed_in = (client.get(page.url).content.decode() for client in (Client(), _signed_in(member)))
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
    page = _report(title="Aus der Praxis")
    page.no_legal_basis = True
    page.save_revision(clean=False).publish()

    html = Client().get(page.url).content.decode()

    assert "organisatorische Empfehlung" not in html
    assert "<dt>Rechtsgrundlage</dt>" not in html
    assert "organisatorische Empfehlung" not in document_html(page, RequestFactory().get(page.url))


def test_a_contact_ends_with_its_day_in_every_revision() -> None:
    page, kept = _report(**_contact()), _report(title="Noch ein Bericht", **_contact(60))
    FieldReport.objects.filter(page=page).update(contact_until=timezone.localdate() - timedelta(days=1))
    for revision in page.revisions.all():
        content = revision.content
        content["field_reports"][0]["contact_until"] = (timezone.localdate() - timedelta(days=1)).isoformat()
        Revision.objects.filter(pk=revision.pk).update(content=content)
    assert "muster@example.org" not in Client().get(page.url).content.decode()
    assert services.forget_expired() == "1 abgelaufene Kontakte gelöscht"
    assert services.forget_expired() == ""
    stored = [row["contact_email"] for rev in page.revisions.all() for row in rev.content["field_reports"]]
    assert stored
    assert not any(stored)
    assert FieldReport.objects.get(page=page).contact_name == ""
    assert FieldReport.objects.get(page=kept).contact_name == "Erika Muster"


def test_a_consent_is_withdrawn_at_once_by_who_gave_it_alone(member: Any) -> None:
    _signed_in(member).post(FORM, _with_contact())
    report = FieldReport.objects.get()
    address = f"/praxisberichte/meine/{report.page_id}/widerrufen/"
    assert _signed_in(factories.member("andere@example.org")).post(address).status_code == 404
    client = _signed_in(member)
    assert "Einwilligung widerrufen" in client.get("/praxisberichte/meine/").content.decode()
    for _ in range(2):
        assert client.post(address).status_code == 302
    report.refresh_from_db()
    assert (report.contact_name, report.contact_email, report.contact_consent) == ("", "", False)
    assert "muster@example.org" not in str(report.page.latest_revision.content)


def test_a_contact_ends_with_the_account_of_who_gave_it(member: Any) -> None:
    _signed_in(member).post(FORM, _with_contact())
    report = FieldReport.objects.get()
    admin = make_user("admin@kkv.example", role="Administration")
    client = signed_in(admin)
    form = client.get(reverse("accounts_hand_over", args=[member.pk])).content.decode()
    assert "Kontakt an Praxisberichten: 1" in form
    assert "Niemand, das endet mit dem Konto" in form
    with pytest.raises(ValidationError):
        hand_over_and_deactivate(person=member, successors={"report_contacts": admin}, by=admin)
    assert FieldReport.objects.get().contact_email == "muster@example.org"
    answer = client.post(reverse("accounts_hand_over", args=[member.pk]), {"ok": "1"})
    assert answer.status_code == 302
    report.refresh_from_db()
    assert (report.contact_name, report.contact_email, report.contact_consent) == ("", "", False)
    assert "muster@example.org" not in str(report.page.latest_revision.content)
    assert held_by(member) == []


def test_the_centre_deletes_a_contact_without_a_release(client: Client) -> None:
    page = _report(**_contact())
    address = f"/cms/praxisberichte/{page.pk}/kontakt/"
    client.force_login(factories.staff())
    assert "Kontakt sofort löschen" in client.get(f"/cms/pages/{page.pk}/edit/").content.decode()
    assert "lässt sich nicht rückgängig machen" in client.get(address).content.decode()
    assert client.post(address).status_code == 302
    assert FieldReport.objects.get(page=page).contact_email == ""
    assert "muster@example.org" not in Client().get(page.url).content.decode()
    assert AuditEntry.objects.filter(action=services.FORGOTTEN, object_id=str(page.pk)).exists()
    assert "Kontakt sofort löschen" not in client.get(f"/cms/pages/{page.pk}/edit/").content.decode()
    client.force_login(factories.member())
    assert client.post(address).status_code in {302, 403}


def test_a_withdrawn_contact_is_gone_in_aliases_and_stands_in_no_copy(member: Any) -> None:
    page = _report(**_contact())
    page.save_revision().publish()
    alias = page.create_alias(parent=factories.topic("Zweitort"), update_slug="zweitort")
    copied = page.copy(to=factories.topic("Kopie"), update_attrs={"slug": "kopie"}, user=factories.staff())
    reader = PortalClient()
    reader.force_login(member)
    assert "muster@example.org" in reader.get(alias.url).content.decode()
    assert not copied.field_reports.exists()
    assert "muster@example.org" not in json.dumps([row.content for row in copied.revisions.all()])
    services.remove_contact(page=ArticlePage.objects.get(pk=page.pk))
    assert "muster@example.org" not in reader.get(alias.url).content.decode()
    assert not FieldReport.objects.exclude(contact_email="").exists()


def test_a_form_opened_before_a_withdrawal_puts_nothing_back(client: Client) -> None:
    user = factories.staff()
    page = _report(**_contact())
    client.force_login(user)
    report = FieldReport.objects.get(page=page)
    row = {
        "id": report.pk, "municipality": report.municipality_id,
        "size_class": "", "product": "Dienst", "effort_days": 3, **{**_contact(), "contact_consent": "on"},
    }  # fmt: skip
    data = editor_data(page, user, kind=REPORT, field_reports=inline_formset([row], initial=1))
    address = f"/cms/pages/{page.pk}/edit/"
    assert client.post(address, data).status_code == 302
    services.remove_contact(page=page)
    response = client.post(address, data)
    assert response.status_code == 200
    assert WITHDRAWN in response.content.decode()
    assert "muster@example.org" not in str([revision.content for revision in page.revisions.all()])


def test_an_ended_contact_leaves_in_no_file(tmp_path: Any) -> None:
    page = _report(**_contact())
    FieldReport.objects.update(contact_until=timezone.localdate() - timedelta(days=1))
    call_command("export_content", str(tmp_path), verbosity=0)
    file = next(file for file in tmp_path.rglob("*.md") if file.stem == page.slug)
    assert "muster@example.org" not in file.read_text()


def test_a_file_written_before_the_consent_ended_is_read_without_the_contact(tmp_path: Any) -> None:
    page = _report(**_contact())
    page.save_revision().publish()
    call_command("export_content", str(tmp_path), verbosity=0)
    later = timezone.now() + timedelta(days=4 * 366)
    with time_machine.travel(later, tick=False):
        services.forget_expired()
        call_command("import_content", str(tmp_path), verbosity=0)
    assert FieldReport.objects.get(page=page).contact_email == ""


def test_a_text_nobody_could_save_again_comes_back(member: Any) -> None:
    response = _signed_in(member).post(FORM, _data(story="x" * 9_000, lessons="[" * 9_000))
    assert response.status_code == 422
    assert not FieldReport.objects.exists()


def test_the_list_is_filtered_by_size(member: Any) -> None:
    small = _report(title="Klein angefangen")
    large = _report(title="Groß angefangen", municipality=_town("Großstadt", Municipality.SizeClass.OVER_100000))

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
    page = _report(title="Nur für die Stelle")
    reading.restrict(page)
    assert "Nur für die Stelle" not in Client().get("/praxisberichte/").content.decode()
    assert "Noch ist kein Praxisbericht veröffentlicht." in Client().get("/praxisberichte/").content.decode()


def test_queries_do_not_grow_with_the_reports() -> None:
    page = _report()
    few = cold("/praxisberichte/"), cold(page.url)
    for number in range(4):
        _report(title=f"Bericht {number}")
    assert (cold("/praxisberichte/"), cold(page.url)) == few
    assert few[1] <= 12


def test_a_report_goes_live_only_with_its_facts() -> None:
    report, article = factories.article(kind=REPORT), _report()
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
    page = _report(**_contact())
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
    page = _report()
    call_command("export_content", str(tmp_path), verbosity=0)
    file = next(file for file in tmp_path.rglob("*.md") if file.stem == page.slug)
    file.write_text(file.read_text().replace("municipality: musterstadt", "municipality: musterstatt"))
    with pytest.raises(CommandError):
        call_command("import_content", str(tmp_path), verbosity=0)
    said = capsys.readouterr()
    assert "Die Kommune „musterstatt“ gibt es nicht." in said.out + said.err
