"""What the benchmark of the search does within a site: publishes and withdraws pages; prints JSON after RESULT.

`run_background` works beside it (scripts/bench_publishing.py) and writes the index; here it is only read, as in a
web process. The time runs from the moment somebody asks for the publication.
"""

from __future__ import annotations

import json
import random
import secrets
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from knowledge.models import ArticlePage, TopicPage
from portal.core import schedule
from portal.core.models import ScheduledRun
from portal.core.visibility import Visibility
from search.engines.base import EngineError, SearchQuery, SearchResults
from search.index import open_current
from search.query import parse, plan

EMBEDDED, CLUSTER = "embedded", "elasticsearch"
LOOK_SECONDS = 0.02
LONGEST = 60.0
# A follower that has just started reads its index first; jobs that are due for the first time take their time.
START_SECONDS = 600.0
LONGEST_REQUEST = 1.5

Ask = Callable[[SearchQuery], SearchResults]


class Command(BaseCommand):
    help = "Measure how long until published pages are found and withdrawn ones are gone."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("engine", choices=[EMBEDDED, CLUSTER])
        parser.add_argument("--pages", type=int, default=20)

    def handle(self, *args: Any, engine: str, pages: int, **options: Any) -> None:
        ask = asked(engine)
        delays(ask, page_of(0), longest=START_SECONDS)
        wait_for_jobs()
        pauses = random.Random(pages)  # noqa: S311 - nothing secret
        measured: dict[str, list[float]] = {"published": [], "withdrawn": []}
        for number in range(1, pages + 1):
            published, withdrawn = delays(ask, page_of(number), pauses=pauses)
            measured["published"].append(published)
            measured["withdrawn"].append(withdrawn)
        self.stdout.write("RESULT" + json.dumps(measured))


def asked(engine: str) -> Ask:
    """Return what asks an engine: the index in use on this node, or what answers in the cluster."""
    if engine == EMBEDDED:
        return lambda query: open_current().search(query)
    from search.engines.cluster import cluster_in_use
    from search.engines.elastic import ElasticIndex

    cluster = cluster_in_use()
    return ElasticIndex(cluster.client, cluster.read).within(LONGEST_REQUEST).search


def page_of(number: int) -> ArticlePage:
    """Return a page that is not public; it stays for the next measurement."""
    slug = f"messung-{number}"
    if (page := ArticlePage.objects.filter(slug=slug).first()) is None:
        page = ArticlePage(title=slug, slug=slug, short_answer="Wird gleich zurückgezogen.", live=False)
        TopicPage.objects.live().order_by("pk")[0].add_child(instance=page)
    return page


def delays(
    ask: Ask, page: ArticlePage, *, pauses: random.Random | None = None, longest: float = LONGEST
) -> tuple[float, float]:
    """Publish a page with a word that nothing else has, and withdraw it; seconds until found, and until gone."""
    word = "prüfwort" + "".join(secrets.choice("bcdfghjklmnpqrstvwxz") for _ in range(10))
    page.title = f"Messung {word}"
    query = replace(plan(parse(word)), level=Visibility.PUBLIC)
    key = f"article:{page.pk}"
    _pause(pauses)
    published = _seconds(lambda: page.save_revision().publish(), lambda: _has(ask, query, key), longest)
    _pause(pauses)
    withdrawn = _seconds(ArticlePage.objects.get(pk=page.pk).unpublish, lambda: not _has(ask, query, key), longest)
    return published, withdrawn


def _pause(pauses: random.Random | None) -> None:
    """Come at any moment of the follower's rounds, not always just after one."""
    time.sleep(pauses.random() if pauses is not None else 0.0)


def _has(ask: Ask, query: SearchQuery, key: str) -> bool:
    return any(hit.key == key for hit in ask(query).hits)


def _seconds(change: Callable[[], object], is_known: Callable[[], bool], longest: float) -> float:
    began = time.perf_counter()
    change()
    trouble = ""
    while time.perf_counter() - began < longest:
        try:
            if is_known():
                return time.perf_counter() - began
        except EngineError as error:  # slow, or just being swapped
            trouble = str(error)
        time.sleep(LOOK_SECONDS)
    raise CommandError(f"The index does not know of a change after {longest:.0f} s. {trouble}")


def wait_for_jobs() -> None:
    """Wait until the jobs that are due as soon as it starts are done; in operation most have the night."""
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until and _jobs_are_waiting():
        time.sleep(1)


def _jobs_are_waiting() -> bool:
    now, rare = timezone.now(), [job for job in schedule.jobs.values() if job.interval >= schedule.OFTEN]
    begun = set(ScheduledRun.objects.values_list("job", "due_at"))
    running = ScheduledRun.objects.filter(result=ScheduledRun.Result.RUNNING)
    return running.exists() or any((job.name, job.due_at(now)) not in begun for job in rare)
