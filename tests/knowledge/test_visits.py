"""Visits: counted without a query, out of the cache too, with nothing about the person; old days become months."""

from __future__ import annotations

import threading
import time
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from knowledge.models import MonthlyVisitCount, VisitCount
from knowledge.visits import services
from knowledge.visits.counter import MOST, VisitCounter, counter
from knowledge.visits.queries import counted_since, pages_without_visits
from portal.core.visibility import Visibility
from tests import factories
from tests.factories import bulk
from tests.people import PortalClient, make_user
from tests.querycounts import forget_everything

pytestmark = pytest.mark.django_db
BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
REPORT = "/cms/berichte/ohne-besuche/"
TODAY = date(2026, 8, 19)


@pytest.fixture(autouse=True)
def _empty_counter() -> Any:
    counter._reset()
    yield
    counter._reset()


def visit(address: str, headers: dict[str, str] | None = None, client: Client | None = None) -> Any:
    return (client or Client()).get(address, headers={"user-agent": BROWSER, **(headers or {})})


def counted(page: Any) -> int:
    counter.flush()
    return sum(VisitCount.objects.filter(page=page).values_list("count", flat=True))


# -- what is counted --------------------------------------------------------------------------------


def test_fresh_cached_and_unchanged_answers_count_without_a_query(django_capture_on_commit_callbacks: Any) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        page = factories.article()
    forget_everything()
    first = visit(page.url)
    assert first["X-Cache"] == "miss"
    with CaptureQueriesContext(connection) as queries:
        assert visit(page.url)["X-Cache"] == "hit"
        assert visit(f"{page.url}?utm_source=x")["X-Cache"] == "hit"
        assert visit(page.url, {"if-none-match": first["ETag"]}).status_code == 304
        assert visit(page.url, {"accept-encoding": "br"})["Content-Encoding"] == "br"
        assert visit(page.url, {"accept-encoding": "br"})["Content-Encoding"] == "br"
    assert len(queries) == 0
    assert counted(page) == 6
    (row,) = VisitCount.objects.filter(page=page)
    assert row.day == timezone.localdate()


def test_only_readers_with_a_browser_count(django_capture_on_commit_callbacks: Any) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        page = factories.article()
    staff, member = PortalClient(), PortalClient()
    staff.force_login(make_user("redaktion@kkv.example", role="Redaktion"))
    member.force_login(factories.member())
    for agent in (
        "", "curl/8.5", "python-requests/2",
        "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
        "Mozilla/5.0 (X11) HeadlessChrome/140.0", "Kompetenzportal-Linkpruefung/1.0 (+https://portal.example/)",
        "Mozilla/5.0 (compatible; bingbot/2.0)", "Mozilla/5.0 (compatible; UptimeRobot/2.0)",
    ):  # fmt: skip
        assert visit(page.url, {"user-agent": agent}).status_code == 200
    visit(page.url, client=staff)
    visit(page.url, {"sec-purpose": "prefetch"})
    Client().head(page.url, headers={"user-agent": BROWSER})
    visit(f"{page.url.rstrip('/')}.md")
    visit("/gibt/es/nicht/")
    visit("/glossar/")
    assert counted(page) == 0
    assert not VisitCount.objects.exists()
    visit(page.url, client=member)
    visit(page.url)
    assert counted(page) == 2


def test_previews_of_editors_do_not_count() -> None:
    editor = PortalClient()
    editor.force_login(make_user("redaktion@kkv.example", role="Redaktion"))
    page = factories.article()
    page.save_revision()
    visit(f"/cms/pages/{page.pk}/view_draft/", client=editor)
    assert counted(page) == 0


def test_no_cookie_is_set_and_only_page_day_and_number_are_stored() -> None:
    page = factories.article()
    assert not visit(page.url).cookies
    names = {field.name for field in VisitCount._meta.get_fields()}
    assert names == {"id", "page", "day", "count"}


# -- storing ----------------------------------------------------------------------------------------


def test_numbers_add_up_and_deleted_pages_are_passed_over() -> None:
    page, gone = factories.article(), factories.article()
    own = VisitCounter()
    for _ in range(3):
        own.count(page.pk)
    own.count(gone.pk)
    gone.delete()
    assert own.flush() == 4
    own.count(page.pk)
    assert (own.flush(), own.flush()) == (1, 0)
    assert list(VisitCount.objects.values_list("page_id", "count")) == [(page.pk, 4)]


def test_what_cannot_be_stored_is_stored_later() -> None:
    page = factories.article()
    own = VisitCounter()
    own.count(page.pk)

    def busy(*args: Any, **kwargs: Any) -> None:
        raise OperationalError("database is locked")

    with connection.execute_wrapper(busy):
        assert own.flush() == 0
    own.count(page.pk)
    assert own.flush() == 2
    assert VisitCount.objects.get().count == 2


def test_the_memory_is_bounded() -> None:
    own = VisitCounter()
    for number in range(MOST + 10):
        own.count(number)
    assert len(own._counts) == MOST


def test_many_threads_lose_nothing() -> None:
    page = factories.article()
    own = VisitCounter()

    def count_many() -> None:
        for _ in range(500):
            own.count(page.pk)

    threads = [threading.Thread(target=count_many) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert own.flush() == 2000


# -- old days ---------------------------------------------------------------------------------------


def test_old_days_become_months_and_old_months_go() -> None:
    page, other = factories.article(), factories.article()
    kept = TODAY - timedelta(days=90)
    days = [(page, date(2026, 5, 3), 2), (page, date(2026, 5, 9), 3), (page, TODAY, 7), (page, kept, 5)]
    days.append((other, date(2026, 4, 30), 1))
    VisitCount.objects.bulk_create(VisitCount(page=item, day=day, count=count) for item, day, count in days)
    MonthlyVisitCount.objects.create(page=page, month=date(2026, 5, 1), count=10)
    MonthlyVisitCount.objects.create(page=page, month=date(2022, 1, 1), count=1)
    assert services.shorten(TODAY) == "3 Tage zusammengefasst, 1 Monate gelöscht"
    assert services.shorten(TODAY) == ""
    months = MonthlyVisitCount.objects.order_by("month").values_list("page_id", "month", "count")
    assert list(months) == [(other.pk, date(2026, 4, 1), 1), (page.pk, date(2026, 5, 1), 15)]
    assert VisitCount.objects.filter(page=page).count() == 2


# -- the report -------------------------------------------------------------------------------------


def old(title: str, **fields: Any) -> Any:
    page = factories.article(title, **fields)
    type(page).objects.filter(pk=page.pk).update(first_published_at=timezone.now() - timedelta(days=200))
    return page


@pytest.fixture
def reading() -> Client:
    client = PortalClient()
    client.force_login(make_user("leitung@kkv.example", role="Leitung"))
    return client


def test_pages_nobody_opens(reading: Client, django_capture_on_commit_callbacks: Any) -> None:
    today = timezone.localdate()
    with django_capture_on_commit_callbacks(execute=True):
        never, long_ago, visited = old("Nie"), old("Früher"), old("Gelesen")
        factories.article("Neu")
        old("Intern", visibility=Visibility.CENTRE)
        old("Entwurf", live=False)
    VisitCount.objects.create(page=visited, day=today - timedelta(days=80), count=1)
    MonthlyVisitCount.objects.create(page=long_ago, month=date(2020, 3, 1), count=4)
    found = {page.title: page.last_visit for page in pages_without_visits()}
    assert found == {"Nie": None, "Früher": date(2020, 3, 1)}
    assert counted_since() == date(2020, 3, 1)
    answer = reading.get(REPORT)
    assert {page.title for page in answer.context["object_list"]} == {"Nie", "Früher"}
    assert "nicht aussagekräftig" not in answer.content.decode()
    assert len(reading.get(f"{REPORT}?title=nie").context["object_list"]) == 1
    csv = b"".join(reading.get(f"{REPORT}?export=csv").streaming_content).decode()  # type: ignore[attr-defined]
    assert csv.startswith("Seite,Art,Veröffentlicht,Letzter Besuch,Pfad")
    assert never.url_path in csv


def test_the_report_says_when_it_cannot_know_yet(reading: Client) -> None:
    assert "noch kein Aufruf gezählt" in reading.get(REPORT).content.decode()
    VisitCount.objects.create(page=factories.article(), day=timezone.localdate(), count=1)
    assert "noch nicht aussagekräftig" in reading.get(REPORT).content.decode()


def test_advisers_do_not_read_it() -> None:
    client = PortalClient()
    client.force_login(make_user("beratung@kkv.example", role="Beratung"))
    assert client.get(REPORT).status_code == 302


def queries_of(client: Client, url: str) -> int:
    client.get(url)
    with CaptureQueriesContext(connection) as found:
        assert client.get(url).status_code == 200
    return len(found)


def aged(count: int, parent: Any) -> None:
    from wagtail.models import Page

    pks = bulk.articles(count, parent=parent)
    Page.objects.filter(pk__in=pks[:500]).update(first_published_at=timezone.now() - timedelta(days=200))


def test_more_pages_cost_no_more_queries(reading: Client) -> None:
    topic = factories.topic()
    aged(60, topic)
    few = queries_of(reading, REPORT)
    aged(200, topic)
    assert queries_of(reading, REPORT) == few
    assert few <= 15, few


@pytest.mark.slow
@pytest.mark.once
def test_ten_thousand_pages(reading: Client) -> None:
    aged(10_000, factories.topic())
    started = time.monotonic()
    assert queries_of(reading, f"{REPORT}?p=3") <= 15
    assert time.monotonic() - started < 10
