"""Deadlines: what readers see of them, what a passed day changes, and what the database refuses."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from wagtail.models import PageViewRestriction

from knowledge.deadlines.queries import due_ids
from knowledge.deadlines.rules import NOT_YET, OPEN_BEFORE, OPEN_TOO_EARLY
from knowledge.deadlines.services import settle_passed
from knowledge.models import Deadline, TopicPage
from portal.core import publications
from portal.core.models import WorkItem
from portal.core.review.changes import authors
from portal.core.review.queries import may_approve
from portal.core.review.validation import problems
from portal.core.visibility import Visibility
from search.models import SearchChange
from tests import factories
from tests.factories.review import person, save, submit
from tests.people import make_user

pytestmark = pytest.mark.django_db
TODAY = date(2027, 1, 1)
Kind, Status = Deadline.Kind, Deadline.Status


def text(address: str, client: Client | None = None) -> str:
    response = (client or Client()).get(address)
    assert response.status_code == 200, address
    return response.content.decode()


@pytest.mark.parametrize(
    "fields",
    [
        {"kind": "wunsch"},
        {"status": "abgelaufen"},
        {"day": None, "day_note": ""},
        {"status": "verstrichen", "kind": "zusage"},
        {"status": "verstrichen", "day": None, "day_note": "irgendwann"},
    ],
)
def test_the_database_refuses_what_contradicts_itself(fields: dict[str, Any]) -> None:
    deadline = factories.deadline()
    with pytest.raises(IntegrityError), transaction.atomic():
        Deadline.objects.filter(pk=deadline.pk).update(**fields)
    with pytest.raises(IntegrityError), transaction.atomic():
        factories.deadline()


def test_the_timeline_tells_what_comes_holds_on_and_is_over() -> None:
    factories.deadline("Künftige Pflicht", day=date(2999, 1, 1))
    factories.deadline("Alte Pflicht", day=date(2022, 12, 12), status=Status.PASSED, binds=["bund", "land"])
    factories.deadline("Überholte Frist", day=date(2022, 12, 31), status=Status.DROPPED)
    factories.deadline("Länderkonten", day=None, day_note="drei Jahre ab Bekanntmachung", status=Status.OPEN)
    factories.deadline("Entwurf", live=False)

    html = text("/fristen/")
    order = ["Künftige Pflicht", "Alte Pflicht", "Länderkonten", "kp-deadlines__folded", "Überholte Frist"]
    places = [html.index(words) for words in order]
    assert places == sorted(places)
    assert "Termin verstrichen – Pflicht gilt weiter" in html
    assert "drei Jahre ab Bekanntmachung" in html
    assert "Entwurf" not in html
    assert "abgelaufen" not in html


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("bindet=kommune", {"Eins", "Drei"}),
        ("bindet=land", {"Zwei", "Drei"}),
        ("stand=offen", {"Zwei"}),
        ("feld=aemter", {"Drei"}),
        ("feld=aemter&bindet=bund", set()),
        ("feld=gibt-es-nicht&bindet=quatsch&stand=%00", {"Eins", "Zwei", "Drei"}),
    ],
)
def test_readers_filter_by_whom_field_and_status(query: str, shown: set[str]) -> None:
    factories.deadline("Eins")
    factories.deadline("Zwei", binds=["land"], status=Status.OPEN)
    factories.deadline("Drei", binds=["land", "kommune"], topic=factories.topic("Ämter"))

    html = text(f"/fristen/?{query}")
    assert {name for name in ("Eins", "Zwei", "Drei") if f">{name}</a>" in html} == shown


def test_each_has_a_page_with_ground_source_and_pages(client: Client) -> None:
    factories.act("OZG")
    page, hidden = factories.article("Ämter öffnen"), factories.article("Entwurf", live=False)
    factories.deadline(
        "Frist", legal_basis="§ 9 Abs. 1 OZG", pages=[page, hidden], topic=factories.topic("Konten")
    )

    html = text("/fristen/frist/")
    for words in (
        "31. Dezember 2028",
        "<strong>müssen</strong>",
        "/recht/ozg/",
        "BVA-FAQ 2.6",
        "Ämter öffnen",
        "Konten",
    ):
        assert words in html
    assert "Entwurf" not in html
    plain = text("/fristen/frist.md")
    for words in ("Termin: 31.12.2028", "Bindet: Kommune", "§ 9 Abs. 1 OZG", f"[Ämter öffnen]({page.url})"):
        assert words in plain
    assert "[Frist](/fristen/frist/)" in text("/fristen.md")
    assert client.get("/fristen/gibt-es-nicht/").status_code == 404
    assert client.get("/fristen/gibt-es-nicht.md").status_code == 404


def test_pages_concerned_show_what_still_counts() -> None:
    pages = [factories.article("Ämter"), factories.question("Bis wann?")]
    factories.deadline("Kommt", pages=pages)
    factories.deadline("Entfiel", pages=pages, status=Status.DROPPED)

    for page in pages:
        html = text(page.url)
        assert 'href="/fristen/kommt/"' in html
        assert "Entfiel" not in html
    assert "kp-deadline-box" not in text(factories.article("Ohne").url)


def test_what_belongs_to_a_closed_topic_is_closed() -> None:
    topic = factories.topic("Intern")
    factories.deadline("Geheim", topic=topic)
    factories.deadline("Offen")
    PageViewRestriction.objects.create(page=topic, restriction_type="login")

    for address in ("/fristen/", "/fristen.md", "/fristen.atom", "/fristen.ics", "/sitemap.xml"):
        assert "eheim" not in text(address), address
    for address in ("/fristen/geheim/", "/fristen/geheim.md", f"/fristen/feld/{topic.slug}.ics"):
        assert Client().get(address).status_code == 404, address


@pytest.mark.parametrize(
    ("kind", "day", "status"),
    [
        (Kind.DUTY, date(2026, 12, 31), Status.PASSED),
        (Kind.DUTY, TODAY, Status.COMING),
        (Kind.START, TODAY, Status.PASSED),
        (Kind.START, date(2027, 1, 2), Status.COMING),
        (Kind.LIMIT, date(2026, 12, 31), Status.CHECK),
        (Kind.PROMISE, date(2026, 12, 31), Status.CHECK),
        (Kind.THRESHOLD, date(2026, 12, 31), Status.OPEN),
    ],
)
def test_a_passed_day_changes_the_status_and_asks_the_owner(
    kind: Deadline.Kind, day: date, status: Deadline.Status
) -> None:
    owner = make_user("owner@kkv.example", role="Fachprüfung")
    deadline = factories.deadline("Frist", kind=kind, day=day, responsible_person=owner)
    deadline.save_revision().publish()

    settle_passed(today=TODAY)
    settle_passed(today=TODAY)

    deadline.refresh_from_db()
    items = list(WorkItem.objects.filter(kind="review-deadline"))
    assert deadline.status == status
    assert [item.owner for item in items] == ([] if status == Status.COMING else [owner])
    assert not [item for item in items if ("Gilt die Pflicht" in item.note) is not (kind == Kind.DUTY)]
    assert deadline.get_latest_revision_as_object().status == status
    assert deadline.sequence == (0 if status == Status.COMING else 1)


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        (Kind.DUTY, Status.PASSED),
        (Kind.START, Status.PASSED),
        (Kind.LIMIT, Status.CHECK),
        (Kind.PROMISE, Status.CHECK),
        (Kind.THRESHOLD, Status.OPEN),
    ],
)
def test_nothing_stands_as_after_its_day_before_that(kind: Deadline.Kind, status: Deadline.Status) -> None:
    """A day put off needs a status that waits, or it would pass unseen."""
    values = {"kind": kind, "day": timezone.localdate() + timedelta(days=9), "status": status}
    told = [item.message for item in problems(factories.deadline("Frist", **values)) if item.field == "status"]
    assert told == [OPEN_TOO_EARLY if status == Status.OPEN else NOT_YET]


def test_open_stays_free_where_something_reminds_of_the_day() -> None:
    """Of a threshold without a day, of one of the past, and of all else that is open before its day."""
    soon = timezone.localdate() + timedelta(days=9)
    cases = [(Kind.THRESHOLD, None), (Kind.THRESHOLD, soon - timedelta(days=20)), (Kind.LIMIT, soon)]
    for kind, day in cases:
        note = "" if day else "sobald die Zahl feststeht"
        deadline = factories.deadline(f"Frist {kind} {day}", kind=kind, day=day, day_note=note, status=Status.OPEN)
        assert not [item for item in problems(deadline) if item.field == "status"], (kind, day)


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        (Kind.DUTY, Status.PASSED),
        (Kind.START, Status.PASSED),
        (Kind.LIMIT, Status.CHECK),
        (Kind.PROMISE, Status.CHECK),
        (Kind.THRESHOLD, Status.OPEN),
    ],
)
def test_what_is_open_passes_with_its_day_too(kind: Deadline.Kind, status: Deadline.Status) -> None:
    factories.deadline("Frist", kind=kind, day=date(2026, 12, 31), status=Status.OPEN)
    factories.deadline("Später", kind=kind, day=date(2027, 1, 2), status=Status.OPEN)

    settle_passed(today=TODAY)
    settle_passed(today=TODAY)

    assert dict(Deadline.objects.values_list("slug", "status")) == {"frist": status, "spaeter": Status.OPEN}
    assert WorkItem.objects.filter(kind="review-deadline").count() == (status != Status.OPEN)


@pytest.mark.parametrize(("kind", "first"), [(Kind.DUTY, 1), (Kind.START, 0), (Kind.LIMIT, 1)])
def test_what_is_found_open_after_its_day_stays_open(kind: Deadline.Kind, first: int) -> None:
    day = timezone.localdate() - timedelta(days=9)
    values = {"kind": kind, "day": day, "status": Status.OPEN}
    deadline = factories.deadline("Frist", **values, state_date=day + timedelta(days=first))
    early = factories.deadline("Früh", **values, state_date=day + timedelta(days=first - 1))
    assert due_ids(timezone.localdate()) == [early.pk]
    assert settle_passed() == "1 Frist verstrichen"
    assert Deadline.objects.get(pk=deadline.pk).status == Status.OPEN
    told = {row.slug: [item.message for item in problems(row)] for row in (deadline, early)}
    assert (OPEN_BEFORE in told["frist"], OPEN_BEFORE in told["frueh"]) == (False, True)


def test_a_draft_on_its_way_stays_and_is_settled_again_once_it_is_live() -> None:
    deadline = factories.deadline("Frist", day=date(2026, 12, 31))
    deadline.save_revision().publish()
    deadline.text = "Neuer Text."
    deadline.save_revision()

    settle_passed(today=TODAY)

    deadline = Deadline.objects.get()
    assert (deadline.status, deadline.text) == (Status.PASSED, "Register **müssen** die Nummer bis dahin führen.")
    assert deadline.get_latest_revision_as_object().text == "Neuer Text."
    deadline.get_latest_revision().publish()
    assert due_ids(TODAY) == [deadline.pk]
    settle_passed(today=TODAY)
    assert Deadline.objects.get().status == Status.PASSED
    assert WorkItem.objects.filter(kind="review-deadline").count() == 1


@pytest.mark.parametrize("published", [True, False])
def test_the_version_of_a_passed_day_says_what_has_changed(published: bool) -> None:
    anna, bernd = person("Anna"), person("Bernd", "Fachprüfung")
    deadline = factories.deadline("Frist", day=date(2026, 12, 31), responsible_person=anna)
    if published:
        deadline.save_revision().publish()
    draft = save(deadline, anna, text="Neuer Text.")

    settle_passed(today=TODAY)

    deadline = Deadline.objects.get()
    last = publications.of(deadline).latest("version").revision
    assert deadline.live_revision == last
    assert (last.content["status"], last.content["text"]) == (Status.PASSED, deadline.text)
    assert deadline.get_latest_revision() == draft
    assert draft.is_latest_revision()
    if published:
        html = Client().get("/fristen/frist/versionen/1-2/").content.decode()
        assert "Termin verstrichen" in html
        assert "denselben Text" not in html
    state = submit(deadline, bernd)
    draft.refresh_from_db()
    assert authors([(draft, bernd.pk)])[draft.pk].people == {anna.pk}, "who wrote the draft is still known"
    assert not may_approve(state, anna)
    assert may_approve(state, bernd)


def test_the_change_of_a_passed_day_is_told() -> None:
    deadline = factories.deadline("Frist", day=date(2026, 12, 31), kind=Kind.LIMIT)

    assert settle_passed(today=TODAY) == "1 Frist verstrichen"
    assert settle_passed(today=TODAY) == ""
    (publication,) = publications.of(deadline)
    assert publication.note == "Der Termin ist verstrichen. Neuer Stand: zu prüfen."


def test_a_changed_fact_sends_the_deadline_to_its_owner() -> None:
    owner = person("Zuständig", "Fachprüfung")
    factories.deadline("Frist", facts=["O-12"], responsible_person=owner)
    fact = factories.fact()
    fact.source = "Neues Gesetz"
    fact.save()

    item = WorkItem.objects.get(kind="review-fact")
    assert (item.title, item.owner) == ("Geänderte Fakten prüfen, Frist: Frist", owner)


def queries_of(address: str) -> int:
    from tests.querycounts import forget_everything

    forget_everything()
    with CaptureQueriesContext(connection) as found:
        assert Client().get(address).status_code == 200
    return len(found)


@pytest.mark.parametrize(
    ("address", "most"),
    [("/fristen/", 8), ("/fristen.md", 6), ("/fristen.atom", 6), ("/fristen.ics", 6), ("/fristen/frist-0/", 12),
     ("/fristen/frist-0.md", 8), ("", 13)],
)  # fmt: skip
def test_more_deadlines_cost_no_more_queries(address: str, most: int) -> None:
    page = factories.article()

    def more(first: int, count: int) -> None:
        for number in range(first, first + count):
            factories.deadline(f"Frist {number}", topic=factories.topic(f"Thema {number}"), pages=[page])

    more(0, 2)
    queries_of(address or page.url)  # the first answer of a process also reads content types
    few = queries_of(address or page.url)
    more(2, 4)
    assert queries_of(address or page.url) == few
    assert few <= most


def test_deleting_a_closed_topic_opens_none_of_its_deadlines(client: Client) -> None:
    topic = factories.topic("Geschlossen", visibility=Visibility.CENTRE)
    closed = factories.deadline("Innen", topic=topic)
    open_one = factories.deadline("Offen", topic=factories.topic("Auf"))
    assert client.get("/fristen/innen/").status_code == 404
    type(topic).objects.get(pk=topic.pk).delete()
    assert client.get("/fristen/innen/").status_code == 404
    assert not type(closed).objects.get(pk=closed.pk).live
    TopicPage.objects.get(pk=open_one.topic_id).delete()
    assert client.get("/fristen/offen/").status_code == 200


def test_deleting_a_closed_topic_calls_off_what_was_to_come_of_its_deadlines(client: Client) -> None:
    topic = factories.topic("Geschlossen", visibility=Visibility.CENTRE)
    moved, waiting = factories.deadline("Innen"), factories.deadline("Geprüft", topic=topic)
    moved.topic = topic
    revision = moved.save_revision()
    revision.approved_go_live_at = timezone.now() + timedelta(days=1)
    revision.save()
    waiting.save_revision()
    waiting.get_workflow().start(waiting, factories.staff())
    TopicPage.objects.get(pk=topic.pk).delete()
    assert not moved.revisions.filter(approved_go_live_at__isnull=False).exists()
    assert not waiting.workflow_states.active().exists()
    assert client.get("/fristen/innen/").status_code == 200  # what its readers have is not what was planned


def test_many_deleted_at_once_are_announced() -> None:
    rows = [factories.deadline("Eine"), factories.deadline("Andere")]
    SearchChange.objects.all().delete()
    Deadline.objects.filter(pk__in=[row.pk for row in rows]).delete()
    assert SearchChange.objects.filter(object_key__startswith="knowledge.deadline:").count() == 2
