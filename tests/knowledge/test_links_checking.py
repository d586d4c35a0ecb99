"""The nightly run over real servers: repeated failures only, politely, one work item a page."""

from __future__ import annotations

import ipaddress
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from django.utils import timezone

from knowledge.link_fetch import Answer, Fetcher, HostGate, Verdict
from knowledge.links import checking, services
from knowledge.links.queries import due_links, reported_places
from knowledge.links.reports import finding
from knowledge.links.work_items import LINKS, sync_work_items
from knowledge.models import ExternalLink
from knowledge.reading.passes import read
from portal.core import work
from portal.core.models import AuditEntry, WorkItem
from tests import factories
from tests.factories.links import GONE, link, place
from tests.people import make_user

pytestmark = pytest.mark.django_db

BROKEN = Answer(404, "Die Seite antwortet mit 404.", Verdict.BROKEN)
UNCLEAR = Answer(503, "Die Seite antwortet mit 503.", Verdict.UNCLEAR)
FINE = Answer(200)
asked: list[str] = []


class Handler(BaseHTTPRequestHandler):
    def do_HEAD(self) -> None:
        asked.append(self.path)
        self.send_response(404 if self.path.startswith("/gone") else 200)
        self.end_headers()

    do_GET = do_HEAD  # noqa: N815 - the name the server asks for

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        return


@pytest.fixture
def server() -> Iterator[str]:
    asked.clear()
    running = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    running.daemon_threads = True
    threading.Thread(target=running.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{running.server_port}"
    running.shutdown()
    running.server_close()


def local(**more: Any) -> Fetcher:
    def here(address: Any) -> bool:
        return address == ipaddress.ip_address("127.0.0.1")

    return Fetcher(agent="Test", ports=None, permitted=here, seconds=2, gate=HostGate(0), **more)


def on_days(found: ExternalLink, *answers: Answer) -> ExternalLink:
    """Give a link one answer a day, the last one today."""
    start = timezone.now() - timedelta(days=len(answers) - 1)
    for number, answer in enumerate(answers):
        services.record_answer(link_id=found.pk, answer=answer, at=start + timedelta(days=number))
    found.refresh_from_db()
    return found


def open_items() -> list[WorkItem]:
    return list(WorkItem.objects.filter(kind=LINKS, state="open"))


# -- what counts ------------------------------------------------------------------------------------


def test_a_link_is_reported_after_three_failures_on_different_days() -> None:
    page = factories.article()
    found = link()
    place(found, page)
    now = timezone.now()
    for _ in range(5):
        services.record_answer(link_id=found.pk, answer=BROKEN, at=now)
    found.refresh_from_db()
    assert found.failures == 1
    assert not reported_places().exists()
    on_days(found, BROKEN, BROKEN)
    assert ExternalLink.objects.get().failures >= 2
    ExternalLink.objects.filter(pk=found.pk).update(failures=3)
    assert reported_places().count() == 1


def test_unclear_answers_need_more() -> None:
    found = link()
    place(found, factories.article())
    on_days(found, *[UNCLEAR] * 9)
    assert not reported_places().exists()
    on_days(found, UNCLEAR)
    services.record_answer(link_id=found.pk, answer=UNCLEAR, at=timezone.now() + timedelta(days=1))
    assert reported_places().count() == 1


def test_one_good_answer_ends_the_row() -> None:
    found = on_days(link(), BROKEN, BROKEN, FINE)
    assert (found.failures, found.first_failed_at, found.verdict) == (0, None, "ok")
    assert on_days(found, BROKEN).failures == 1


def test_what_is_due() -> None:
    page, now = factories.article(), timezone.now()

    def made(url: str, checked: datetime | None, failures: int = 0) -> None:
        place(link(url, failures=failures, last_checked=checked), page)

    made("https://frisch.example/", now - timedelta(days=6))
    made("https://alt.example/", now - timedelta(days=8))
    made("https://neu.example/", None)
    made("https://defekt.example/", now - timedelta(days=1), failures=1)
    made("https://eben.example/", now, failures=1)
    link("https://nirgends.example/", last_checked=None)
    place(link("https://entwurf.example/", last_checked=None), factories.article(live=False))
    assert [url.split("//")[1].split(".")[0] for _, url in due_links(10)] == ["defekt", "neu", "alt"]
    assert len(due_links(2)) == 2


# -- the run ----------------------------------------------------------------------------------------


def test_a_run_asks_what_is_due_and_stores_the_answers(server: str) -> None:
    page = factories.article()
    for path in ("gone", "fine", "gone-too"):
        place(link(f"{server}/{path}", last_checked=None), page)
    link("https://nirgends.example/", last_checked=None)
    assert checking.check_links(local()) == "3 Links geprüft, 2 ohne gute Antwort"
    assert dict(ExternalLink.objects.values_list("url", "failures")) == {
        f"{server}/gone": 1, f"{server}/fine": 0, f"{server}/gone-too": 1,
    }  # fmt: skip
    asked.clear()
    assert checking.check_links(local()) == ""
    assert asked == []


def test_the_budget_and_the_switch(server: str, settings: Any) -> None:
    page = factories.article()
    for number in range(5):
        place(link(f"{server}/{number}", last_checked=None), page)
    settings.LINK_CHECK_PER_RUN = 2
    assert checking.check_links(local()).startswith("2 Links geprüft")
    settings.LINK_CHECK_PER_RUN, settings.LINK_CHECK_MINUTES = 10, 0
    assert checking.check_links(local()) == ""
    settings.LINK_CHECK_PER_RUN = 0
    assert "Ausgeschaltet" in checking.check_links(local())
    assert len(asked) == 2


def test_internal_addresses_on_a_page_are_never_asked_and_reported_as_such(server: str) -> None:
    page = factories.article()
    for url in (f"{server}/x", "http://10.0.0.1/", "http://localhost/", "http://169.254.169.254/latest/"):
        place(link(url, last_checked=None), page)
    fetch = checking.fetcher()
    assert fetch.own_hosts >= {"testserver"}
    assert "kontakt" in fetch.agent
    for _, answer in checking.ask_all(due_links(10), fetch, seconds=10):
        assert answer.verdict is Verdict.BROKEN
    assert asked == []


def test_without_a_way_out_nothing_is_counted() -> None:
    def nobody(host: str, port: int) -> list[str]:
        raise OSError("no network")

    page = factories.article()
    for number in range(6):
        place(link(f"https://amt-{number}.example/", last_checked=None), page)
    assert checking.check_links(local(lookup=nobody)) == checking.OFFLINE
    assert not ExternalLink.objects.filter(failures__gt=0).exists()


def test_most_links_broken_is_no_outage_as_long_as_one_server_answers(server: str) -> None:
    """What answered lately is the witness; it is asked, and its answer not counted."""

    def others_are_gone(host: str, port: int) -> list[str]:
        if host == "127.0.0.1":
            return [host]
        raise OSError("no route")

    page = factories.article()
    for number in range(6):
        place(link(f"https://amt-{number}.example/", last_checked=None), page)
    witness = link(f"{server}/witness", status=404)
    place(witness, page)
    assert checking.check_links(local(lookup=others_are_gone)) == "6 Links geprüft, 6 ohne gute Antwort"
    assert ExternalLink.objects.filter(failures=1).count() == 6
    assert asked
    before = witness.last_checked
    witness.refresh_from_db()
    assert witness.last_checked == before


def test_addresses_we_refuse_to_ask_say_nothing_about_the_way_out() -> None:
    page = factories.article()
    for number in range(7):
        place(link(f"http://10.0.0.{number}/", last_checked=None), page)
    assert checking.check_links(checking.fetcher()) == "7 Links geprüft, 7 ohne gute Antwort"
    assert ExternalLink.objects.filter(failures=1, verdict="broken").count() == 7


def test_links_with_another_port_are_never_counted() -> None:
    found = link("https://amt.example:8443/", failures=3, last_checked=None)
    place(found, factories.article())
    checking.check_links(Fetcher(agent="Test", lookup=lambda *_: ["8.8.8.8"]))
    found.refresh_from_db()
    assert (found.verdict, found.failures) == ("", 0)
    assert "Ports 80 und 443" in finding(place(found, factories.article()))
    assert open_items() == []


def test_a_few_silent_servers_are_counted(server: str) -> None:
    def some(host: str, port: int) -> list[str]:
        if host == "127.0.0.1":
            return [host]
        raise OSError("no route")

    page = factories.article()
    for url in (f"{server}/1", f"{server}/2", "https://stumm.example/"):
        place(link(url, last_checked=None), page)
    assert checking.check_links(local(lookup=some)) == "3 Links geprüft, 1 ohne gute Antwort"
    assert ExternalLink.objects.get(failures=1).problem == "Die Seite ist nicht erreichbar."


# -- work items -------------------------------------------------------------------------------------


def test_one_item_a_page_bundles_its_links_and_closes_by_itself() -> None:
    owner = make_user("redaktion@kkv.example", role="Redaktion")
    page = factories.article("Größen prüfen", responsible_person=owner)
    first, second = link(failures=3), link("https://auch-weg.example/", failures=3)
    place(first, page)
    assert sync_work_items() == 1
    place(second, page)
    sync_work_items()
    (item,) = open_items()
    assert (item.team, item.owner, item.page_id) == ("Redaktion", owner, page.pk)
    assert item.title == "2 defekte Links: Größen prüfen"
    assert "„Mehr steht im Leitfaden.“" in item.note
    assert sync_work_items() == 0
    on_days(first, FINE)
    sync_work_items()
    assert open_items()[0].title == "Ein defekter Link: Größen prüfen"
    on_days(second, FINE)
    assert sync_work_items() == 1
    assert open_items() == []


def test_the_nightly_run_leaves_the_note_of_a_person_and_tells_news_once() -> None:
    page, anna = factories.article("Größen prüfen"), make_user("anna@kkv.example", role="Redaktion")
    first = link(failures=3)
    place(first, page)
    sync_work_items()
    work.change_item(item=open_items()[0], actor=anna, changes={"note": "Das Amt zieht um."})
    sync_work_items()
    (item,) = open_items()
    assert (item.note, item.events.count()) == ("Das Amt zieht um.", 2)
    place(link("https://auch-weg.example/", failures=3), page)
    for _ in range(2):
        sync_work_items()
    (item,) = open_items()
    assert item.note == "Das Amt zieht um."
    assert "https://auch-weg.example/" in item.events.get(kind="note", actor=None).text


def test_what_a_person_has_closed_stays_closed_until_another_link_breaks() -> None:
    page = factories.article()
    place(link(failures=3), page)
    sync_work_items()
    work.set_state(item=open_items()[0], state=WorkItem.State.DISMISSED)
    sync_work_items()
    assert open_items() == []
    place(link("https://neu-weg.example/", failures=3), page)
    sync_work_items()
    assert len(open_items()) == 1


def test_an_unclear_answer_in_between_leaves_the_item_open() -> None:
    found = link()
    place(found, factories.article())
    start = timezone.now() - timedelta(days=4)
    for day, answer in enumerate([BROKEN, BROKEN, BROKEN, UNCLEAR, BROKEN]):
        services.record_answer(link_id=found.pk, answer=answer, at=start + timedelta(days=day))
        sync_work_items()
        assert len(open_items()) == (day >= 2)
    assert WorkItem.objects.filter(kind=LINKS).count() == 1


def test_a_link_told_on_another_page_is_news_where_it_is_put_later() -> None:
    page, other = factories.article("A"), factories.article("B")
    place(link(failures=3), page)
    known = link("https://lange-weg.example/", failures=3)
    place(known, other)
    sync_work_items()
    item = WorkItem.objects.get(kind=LINKS, page=page)
    work.set_state(item=item, state=WorkItem.State.DISMISSED)
    place(known, page)
    sync_work_items()
    assert WorkItem.objects.filter(kind=LINKS, page=page, state="open").count() == 1
    work.set_state(item=WorkItem.objects.get(kind=LINKS, page=page, state="open"), state=WorkItem.State.DONE)
    assert sync_work_items() == 0


def test_an_edited_page_closes_its_item_at_once() -> None:
    page = factories.article()
    place(link(failures=3), page)
    sync_work_items()
    read(page)
    assert open_items() == []


def test_acts_have_items_without_page() -> None:
    act = factories.act()
    place(link(failures=3), None, act=act)
    sync_work_items()
    assert open_items()[0].title == f"Ein defekter Link: {act}"


def test_a_link_found_to_be_fine_is_not_reported_until_the_day() -> None:
    editor = make_user("redaktion@kkv.example", role="Redaktion")
    found = link(GONE, failures=20)
    place(found, factories.article())
    sync_work_items()
    today = timezone.localdate()
    for day in (today - timedelta(days=1), today + timedelta(days=400)):
        with pytest.raises(services.AcceptanceError):
            services.accept(link=found, until=day, person=editor)
    services.accept(link=found, until=today, person=editor)
    sync_work_items()
    assert open_items() == []
    assert AuditEntry.objects.get(action="link.accept").actor == editor.pk
    ExternalLink.objects.update(accepted_until=today - timedelta(days=1))
    sync_work_items()
    assert len(open_items()) == 1


def test_a_deleted_page_takes_its_links_along() -> None:
    page = factories.article()
    found = link(failures=3, last_checked=timezone.now())
    place(found, page)
    sync_work_items()
    page.delete()
    assert services.tidy() == 1
    assert services.record_answer(link_id=found.pk, answer=BROKEN) is None
    assert sync_work_items() == 0
    assert open_items() == []


SILENT = Answer(0, "Die Seite ist nicht erreichbar.", Verdict.UNCLEAR, unsure=True)


def test_silence_at_an_unusual_port_counts_only_after_an_answer() -> None:
    never = on_days(link("https://amt.example:8443/"), SILENT, SILENT)
    assert (never.verdict, never.failures, never.problem) == ("", 0, SILENT.problem)
    once = on_days(link("https://amt.example:9443/"), FINE, SILENT, SILENT)
    assert (once.verdict, once.failures) == ("unclear", 2)
    assert on_days(link("https://amt.example:7443/"), BROKEN, SILENT).failures == 2


def test_links_with_other_ports_are_asked(server: str) -> None:
    usual = checking.fetcher()
    assert usual.ports is None
    assert usual.let_out == frozenset({80, 443})
    found = link(f"{server}/gut", last_checked=None)
    place(found, factories.article())
    assert checking.check_links(local(let_out=usual.let_out)) == "1 Links geprüft, 0 ohne gute Antwort"
    found.refresh_from_db()
    assert (found.verdict, found.status) == ("ok", 200)
