"""Ways in by role: what they show to whom, on which day, and what is refused."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.test import Client
from wagtail.test.utils.form_data import inline_formset, nested_form_data

from knowledge.facts.queries import pages_using
from knowledge.models import Deadline, FirstPage, RolePage
from knowledge.role_pages.quarter import Quarter
from portal.accounts.models import User
from portal.core.visibility import Visibility
from tests import factories
from tests.factories.subscribing import publish
from tests.people import PortalClient, make_user

pytestmark = pytest.mark.django_db
IT = ["it"]
Status = Deadline.Status


def text(address: str, client: Client | None = None) -> str:
    response = (client or Client()).get(address)
    assert response.status_code == 200, address
    return response.content.decode()


def part(html: str, anchor: str) -> str:
    """Return one section of a role's page."""
    return html.partition(f'id="{anchor}"')[2].partition("</section>")[0]


def reader(role: str) -> Client:
    client = PortalClient()
    client.force_login(make_user(f"{role.lower()}@kkv.example", role=role))
    return client


def choose(page: RolePage, *targets: Any) -> None:
    for number, target in enumerate(targets):
        FirstPage.objects.create(page=page, target=target, sort_order=number)


@pytest.mark.parametrize(
    ("day", "name", "first", "last"),
    [
        (date(2026, 1, 1), "Erstes Quartal 2026", date(2026, 1, 1), date(2026, 3, 31)),
        (date(2028, 6, 30), "Zweites Quartal 2028", date(2028, 4, 1), date(2028, 6, 30)),
        (date(2026, 12, 31), "Viertes Quartal 2026", date(2026, 10, 1), date(2026, 12, 31)),
    ],
)
@pytest.mark.once
def test_a_quarter_of_the_calendar(day: date, name: str, first: date, last: date) -> None:
    quarter = Quarter.of(day)
    assert (quarter.name, quarter.first, quarter.last) == (name, first, last)
    assert day in quarter
    assert Quarter.of(quarter.ends_at.date()) != quarter
    assert quarter.begins_at.isoformat().endswith(("+01:00", "+02:00"))


def test_a_role_sees_the_deadlines_of_its_pages_by_quarter() -> None:
    ours, theirs = factories.article("Unseres", audience=IT), factories.article("Ihres", audience=["kasse"])
    factories.deadline("Jetzt fällig", day=date(2027, 2, 1), pages=[ours])
    factories.deadline("Später fällig", day=date(2027, 5, 1), pages=[ours])
    factories.deadline("Gilt noch", day=date(2022, 12, 12), status=Status.PASSED, pages=[ours])
    factories.deadline("Ohne Tag", day=None, day_note="eine Bekanntmachung", status=Status.OPEN, pages=[ours])
    factories.deadline("Vorbei", day=date(2027, 2, 2), status=Status.DROPPED, pages=[ours])
    factories.deadline("Für andere", day=date(2027, 2, 3), pages=[theirs])
    address = factories.role_page(role="it").url

    with time_machine.travel("2027-03-31T21:00:00+00:00", tick=False):  # 23 o'clock in Berlin
        html = text(address)
    now, all_of_them = part(html, "quartal"), part(html, "termine")
    assert "Erstes Quartal 2027" in now
    assert "Jetzt fällig" in now
    assert "Später fällig" not in now
    places = [all_of_them.index(words) for words in ("Später fällig", "Gilt noch", "Jetzt fällig", "Ohne Tag")]
    assert places == sorted(places)
    assert "Vorbei" not in html
    assert "Für andere" not in html

    with time_machine.travel("2027-03-31T22:30:00+00:00", tick=False):  # half past midnight in Berlin
        now = part(text(address), "quartal")
    assert "Zweites Quartal 2027" in now
    assert "Später fällig" in now
    assert "Jetzt fällig" not in now


def test_a_deadline_of_a_decision_help_is_one_of_its_roles() -> None:
    factories.deadline("Jetzt fällig", day=date(2027, 2, 1), pages=[factories.decision(audience=IT)])
    with time_machine.travel("2027-01-15T09:00:00+00:00", tick=False):
        assert "Jetzt fällig" in part(text(factories.role_page(role="it").url), "termine")


def test_an_empty_quarter_says_what_comes_next() -> None:
    ours = factories.article("Unseres", audience=IT)
    factories.deadline("Am Ende", day=date(2028, 12, 31), pages=[ours])
    address = factories.role_page(role="it").url
    with time_machine.travel("2026-11-26T09:00:00+01:00", tick=False):
        now = part(text(address), "quartal")
    assert "In diesem Quartal liegt kein Termin" in now
    assert "Als Nächstes kommt" in now
    assert "31. Dezember 2028" in now
    assert "nichts Wesentliches geändert" in now


def test_only_major_versions_of_this_quarter_are_told() -> None:
    old, big, small = (factories.article(title, audience=IT) for title in ("Altes", "Großes", "Kleines"))
    other = factories.article("Fremdes", audience=["kasse"])
    address = factories.role_page(role="it").url
    with time_machine.travel("2026-09-30T09:00:00+02:00", tick=False):
        publish(old, "Im Sommer anders.")
    with time_machine.travel("2026-11-26T09:00:00+01:00", tick=False):
        for page in (big, big, other):
            publish(page, "Die Frist endet früher.")
        publish(small, major=False)
        now = part(text(address), "quartal")
    assert now.count("Großes") == 1
    assert "Die Frist endet früher." in now
    assert not [title for title in ("Altes", "Kleines", "Fremdes") if title in now]


def test_the_first_three_are_chosen_and_made_up_for_what_a_reader_may_not_read() -> None:
    closed = factories.article("Nur für das Haus", audience=IT, visibility=Visibility.CENTRE)
    chosen = factories.article("Gewählt", audience=["kasse"])
    factories.article("Als Überblick", audience=IT, kind="ueberblick")
    factories.article("Als Leitfaden", audience=IT, kind="leitfaden")
    factories.article("Als Praxis", audience=IT, kind="praxis")
    page = factories.role_page(role="it")
    choose(page, closed, chosen)

    html = text(page.url)
    first = part(html, "zuerst")
    assert "Nur für das Haus" not in html
    places = [first.index(title) for title in ("Gewählt", "Als Überblick", "Als Leitfaden")]
    assert places == sorted(places)
    assert "Als Praxis" not in first
    assert "Nur für das Haus" in part(text(page.url, reader("Redaktion")), "zuerst")


def test_checklists_and_templates_of_the_role_and_nothing_closed() -> None:
    factories.article("Punkte prüfen", audience=IT, kind="checkliste")
    factories.article("Punkte der Kasse", audience=["kasse"], kind="checkliste")
    factories.article("Interne Punkte", audience=IT, kind="checkliste", visibility=Visibility.CENTRE)
    factories.template("Eine Vorlage", audience=IT)
    page = factories.role_page(role="it")
    lists = part(text(page.url), "checklisten")
    assert lists.index("Punkte prüfen") < lists.index("Eine Vorlage")
    assert "Kasse" not in lists
    assert "Interne" not in lists


def test_a_deadline_shows_through_no_closed_page() -> None:
    closed = factories.article("Nur für das Haus", audience=IT, visibility=Visibility.CENTRE)
    factories.deadline("Eigene Frist", day=date(2030, 1, 1), pages=[closed])
    page = factories.role_page(role="it")
    assert "Eigene Frist" not in text(page.url)
    assert "Eigene Frist" not in text("/fristen/?rolle=it")
    assert "Eigene Frist" in text(page.url, reader("Redaktion"))


def test_an_empty_role_says_so_in_words() -> None:
    html = text(factories.role_page(role="it").url)
    assert "Für diese Rolle gibt es noch keine Seite." in part(html, "zuerst")
    assert "noch keine Checkliste" in part(html, "checklisten")
    assert "Keine offene Frist" in part(html, "termine")


def test_the_timeline_is_filtered_by_role_and_keeps_what_nobody_knows_out() -> None:
    factories.deadline("Für die Technik", pages=[factories.article(audience=IT)])
    factories.deadline("Für alle übrigen")
    html = text("/fristen/?rolle=it")
    assert "Für die Technik" in html
    assert "Für alle übrigen" not in html
    assert "1 von 2 Fristen" in html
    assert "Für alle übrigen" in text("/fristen/?rolle=zauberer")


def test_readers_get_there_from_the_start_page_the_menu_and_the_overviews() -> None:
    page = factories.role_page("Einstieg für die IT", role="it", phrase="in der IT")
    factories.role_page("Einstieg für das Haus", role="leitung", visibility=Visibility.CENTRE)
    home = text("/")
    assert f'<a href="{page.url}"><span class="kern-sr-only">Ich bin </span>in der IT</a>' in home
    assert '<a href="/rollen/">Nach Rolle</a>' in home
    assert "Einstieg für das Haus" not in home
    for address in ("/rollen/", "/uebersicht/", "/a-z/", "/sitemap.xml"):
        html = text(address)
        assert page.url in html, address
        assert "Einstieg für das Haus" not in html, address


def test_the_markdown_form_says_what_is_computed_as_comments() -> None:
    ours = factories.article("Unseres", audience=IT, kind="checkliste")
    factories.deadline("Irgendwann fällig", day=date(2030, 1, 1), pages=[ours])
    page = factories.role_page(role="it")
    answer = text(f"{page.url.rstrip('/')}.md")
    assert "role: it" in answer
    assert "# - [Unseres](" in answer
    assert "Irgendwann fällig" in answer


def test_a_role_has_one_page() -> None:
    first, second = factories.role_page("Erste", role="it"), factories.role_page("Zweite", role="kasse")
    with pytest.raises(IntegrityError), transaction.atomic():
        RolePage.objects.filter(pk=second.pk).update(role="it")
    second.role = "it"
    with pytest.raises(ValidationError, match="schon eine Seite"):
        second.full_clean()
    copy = first.copy(update_attrs={"slug": "kopie"}, keep_live=False)
    assert copy.role == ""


def test_a_fact_leads_to_the_role_that_names_it() -> None:
    page = factories.role_page(role="it", facts=["Z-04"])
    assert [found.pk for found in pages_using("Z-04")] == [page.pk]


@pytest.fixture
def admin() -> User:
    return User.objects.create_superuser("leitung@example.org", "ein-langes-Kennwort")


def form_of(page: RolePage, user: User, **changes: Any) -> Any:
    data = {
        "title": "Einstieg", "slug": "einstieg", "role": "it", "phrase": "", "summary": "Kurz.", "fact_list": "",
        "first_pages": inline_formset([]), "comments": inline_formset([]), "visibility": "public", "tags": "",
        "review_interval_days": "365",
        **changes,
    }  # fmt: skip
    form_class = RolePage.get_edit_handler().get_form_class()
    return form_class(nested_form_data(data), instance=page, parent_page=factories.home(), for_user=user)


def test_a_taken_role_is_said_at_its_field_and_nothing_is_lost(admin: User) -> None:
    factories.role_page("Erste", role="it")
    taken = form_of(RolePage(), admin)
    assert "schon eine Seite" in str(taken.errors["role"])
    assert taken["title"].value() == "Einstieg"
    assert form_of(RolePage(), admin, role="kasse").is_valid()
    missing = form_of(RolePage(), admin, role="")
    assert list(missing.errors) == ["role"]
    draft = form_of(RolePage(), admin, role="")
    draft.defer_required_fields()
    assert draft.is_valid(), draft.errors


def test_more_than_three_first_pages_are_refused(admin: User) -> None:
    page = factories.article()
    rows = [{"target": str(page.pk)} for _ in range(4)]
    assert not form_of(RolePage(), admin, first_pages=inline_formset(rows)).is_valid()
    assert form_of(RolePage(), admin, first_pages=inline_formset(rows[:3])).is_valid()


def test_a_draft_and_a_new_page_have_a_preview() -> None:
    page = factories.role_page(role="it")
    assert page.make_preview_request().status_code == 200
    new = RolePage(title="Neu", slug="neu", summary="Kurz.")
    new.path, new.depth = f"{page.get_parent().path}0009", page.depth
    new.set_url_path(page.get_parent())
    answer = new.make_preview_request()
    assert answer.status_code == 200
    assert "Für diese Rolle gibt es noch keine Seite." in answer.render().content.decode()
