import re
from datetime import UTC, date, datetime

import pytest
from django.db import IntegrityError, transaction

from portal.core import work, work_figures
from portal.core.models import WorkItem
from tests.factories import people, reading
from tests.processes import ROOT

pytestmark = pytest.mark.django_db


def test_one_open_item_per_cause() -> None:
    first = work.open_item(kind="review", title="Prüfen", dedupe_key="seite-1", due_on=date(2026, 5, 1))
    user = people.staff()
    again = work.open_item(
        kind="review", title="Prüfen: überfällig", dedupe_key="seite-1", due_on=date(2026, 9, 1), owner=user
    )
    assert again.pk == first.pk
    assert (again.title, again.due_on, again.owner) == ("Prüfen: überfällig", date(2026, 5, 1), user)
    assert work.open_item(kind="barrier", title="x", dedupe_key="seite-1").pk != first.pk


def test_a_closed_cause_may_come_back() -> None:
    first = work.open_item(kind="review", title="Prüfen", dedupe_key="seite-1")
    assert work.close_item(kind="review", dedupe_key="seite-1") == 1
    assert work.close_item(kind="review", dedupe_key="seite-1") == 0
    first.refresh_from_db()
    assert first.state == WorkItem.State.DONE
    assert first.closed_at
    assert work.open_item(kind="review", title="Prüfen", dedupe_key="seite-1").pk != first.pk


def test_what_is_forgotten_ends_and_has_no_words_left() -> None:
    user = people.staff()
    item = work.open_item(kind="case", title="Frau Öz fragt", dedupe_key="case:1", note="Sie ruft an.")
    work.change_item(item=item, actor=user, changes={"title": "Frau Öz", "note": "Nora Öz"})
    other = work.open_item(kind="case", title="Bleibt", dedupe_key="case:2", note="Bleibt")
    assert work.forget(kinds=["case"], dedupe_keys=["case:1"]) == 1
    item.refresh_from_db()
    other.refresh_from_db()
    assert (item.title, item.note, item.state) == ("case", "", WorkItem.State.DISMISSED)
    assert not item.events.exclude(text="").exists()
    assert _kinds(item) == ["created", "title", "note", "closed"]
    assert (other.title, other.note, other.is_open) == ("Bleibt", "Bleibt", True)


def test_items_without_key_stand_alone() -> None:
    assert work.open_item(kind="note", title="a").pk != work.open_item(kind="note", title="a").pk


def test_closing_and_reopening_by_hand() -> None:
    item = work.open_item(kind="note", title="a")
    work.set_state(item=item, state=WorkItem.State.DISMISSED)
    assert item.closed_at
    work.set_state(item=item, state=WorkItem.State.OPEN)
    assert item.closed_at is None


def test_database_refuses_contradictions() -> None:
    item = work.open_item(kind="review", title="a", dedupe_key="k")
    with pytest.raises(IntegrityError), transaction.atomic():
        WorkItem.objects.create(kind="review", title="b", dedupe_key="k")
    with pytest.raises(IntegrityError), transaction.atomic():
        WorkItem.objects.filter(pk=item.pk).update(state="done")


def _kinds(item: WorkItem) -> list[str]:
    return list(item.events.values_list("kind", flat=True))


def test_every_change_stands_in_the_history() -> None:
    author, owner = people.staff(), people.staff("nele@kkv.example", "Beratung")
    item = work.open_item(kind="note", title="Prüfen", due_on=date(2026, 5, 1), actor=author)
    changes = {"owner": owner, "due_on": date(2026, 6, 1), "team": "Beratung", "note": "Bitte zuerst anrufen."}
    work.change_item(item=item, actor=author, changes=changes)
    work.add_note(item=item, actor=author, text="Angerufen.")
    work.set_state(item=item, state=WorkItem.State.DONE, actor=owner)
    work.set_state(item=item, state=WorkItem.State.DONE, actor=owner)
    work.set_state(item=item, state=WorkItem.State.OPEN, actor=owner)
    assert _kinds(item) == ["created", "assigned", "due", "team", "note", "note", "closed", "reopened"]
    assigned, due = item.events.get(kind="assigned"), item.events.get(kind="due")
    assert (assigned.old, assigned.new, assigned.actor) == ("", str(owner.pk), author)
    assert (due.old, due.new) == ("2026-05-01", "2026-06-01")
    assert item.events.get(kind="closed").new == "done"


def test_the_same_finding_again_adds_nothing_to_the_history() -> None:
    for _ in range(3):
        item = work.open_item(kind="review", title="Prüfen", dedupe_key="k", note="überfällig")
    assert _kinds(item) == ["created"]


def test_what_a_person_has_written_stays_and_news_are_told_once() -> None:
    anna = people.staff()

    def found(title: str, note: str) -> WorkItem:
        return work.open_item(kind="review", title=title, dedupe_key="k", note=note)

    item = found("Zwei Links", "a, b")
    work.change_item(item=item, actor=anna, changes={"title": "Amt anrufen", "note": "Frau Groß weiß Bescheid."})
    before = _kinds(item)
    assert before == ["created", "title", "note"]
    assert item.events.get(kind="title").text == "Zwei Links"
    found("Zwei Links", "a, b")
    assert _kinds(item) == before  # no news
    for _ in range(2):
        item = found("Drei Links", "a, b, c")
    assert (item.title, item.note) == ("Amt anrufen", "Frau Groß weiß Bescheid.")
    assert _kinds(item) == [*before, "note"]
    news = item.events.last()
    assert news is not None
    assert (news.actor, news.text) == (None, "a, b, c")
    item = work.open_review(kind="review", title="x", dedupe_key="k", page=None, note="Neu.", source="", days=9)
    assert item.note == "Frau Groß weiß Bescheid.\nNeu."
    assert work.open_notes(kind="review") == {"k": item.note}


def test_change_and_history_are_stored_together_or_not_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    item = work.open_item(kind="note", title="a")

    def broken(*args: object, **kwargs: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(work, "record", broken)
    with pytest.raises(RuntimeError), transaction.atomic():
        work.set_state(item=item, state=WorkItem.State.DONE)
    assert WorkItem.objects.get().state == WorkItem.State.OPEN


def test_only_people_of_the_centre_own() -> None:
    outside, gone = people.member(), people.staff("weg@kkv.example")
    gone.is_active = False
    gone.save()
    item = work.open_item(kind="review", title="a", owner=outside)
    assert item.owner is None
    assert work.open_item(kind="review", title="b", owner=gone).owner is None
    with pytest.raises(work.OwnerError):
        work.change_item(item=item, actor=None, changes={"owner": outside})


def test_the_kind_decides_the_team_until_a_person_does() -> None:
    work.register_kind("probe", "Probe", team="Beratung")
    assert work.open_item(kind="probe", title="a").team == "Beratung"
    assert work.open_item(kind="unbekannt", title="a").team == "Redaktion"
    item = work.open_item(kind="probe", title="a", dedupe_key="k")
    work.change_item(item=item, actor=None, changes={"team": "Leitung"})
    assert work.open_item(kind="probe", title="a", dedupe_key="k").team == "Leitung"


def test_what_people_reported_outlives_the_page() -> None:
    page = reading.article(reading.topic("Ämter"))
    review = work.open_item(kind="review", title="Prüfen", page=page)
    reported = work.open_item(kind="barrier", title="Barriere", page=page)
    work.add_report(item=reported, text="Kontrast", reply_to="ute@stadt.example")
    page.delete()
    review.refresh_from_db()
    reported.refresh_from_db()
    assert (review.state, review.page) == (WorkItem.State.DISMISSED, None)
    assert (reported.state, reported.page) == (WorkItem.State.OPEN, None)


def test_nobody_writes_work_items_but_the_services() -> None:
    allowed = {"portal/core/work.py", "portal/core/work_answers.py"}
    writing = re.compile(
        r"WorkItem\.objects\.(create|get_or_create|update_or_create|bulk_)|WorkItem\([a-z_]+=|\.update\(owner="
    )
    for package in ("portal", "search", "knowledge", "faq", "consultations"):
        for path in (ROOT / package).rglob("*.py"):
            name = path.relative_to(ROOT).as_posix()
            if name not in allowed and "/migrations/" not in name:
                assert not writing.search(path.read_text()), name


@pytest.mark.parametrize(
    ("due", "words"),
    [
        (date(2026, 5, 13), "noch 12 Tage von 42"),
        (date(2026, 5, 2), "noch 1 Tag von 31"),
        (date(2026, 5, 1), "heute fällig"),
        (date(2026, 4, 30), "seit 1 Tag überfällig"),
        (date(2026, 4, 28), "seit 3 Tagen überfällig"),
        (None, ""),
    ],
)
def test_the_clock_in_words(due: date | None, words: str) -> None:
    item = work.open_item(kind="barrier", title="a", due_on=due)
    item.created_at = datetime(2026, 4, 1, 10, tzinfo=UTC)
    assert work_figures.clock(item, date(2026, 5, 1)) == words
    work.set_state(item=item, state=WorkItem.State.DONE)
    assert work_figures.clock(item, date(2026, 5, 1)) == ""
