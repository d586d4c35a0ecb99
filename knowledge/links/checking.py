"""The nightly run: due links are asked politely, their answers stored, work items brought in line.

Networks only in threads, the database only in the run's own: no transaction waits for a foreign server.
"""

from __future__ import annotations

import logging
import queue
import time
from collections.abc import Collection, Iterator
from concurrent.futures import Future, ThreadPoolExecutor

from django.conf import settings
from django_tasks import task

from knowledge.link_fetch import Answer, Fetcher, HostGate, Verdict
from knowledge.link_target import WEB_PORTS, RefusedError, parse
from knowledge.links import services
from knowledge.links.extraction import own_hosts
from knowledge.links.queries import answered_lately, due_links
from knowledge.links.work_items import sync_work_items
from knowledge.models import ExternalLink

log = logging.getLogger(__name__)

THREADS = 4
# So many addresses without any answer, and hardly one with: the way out may be blocked, not the links broken.
SUSPICIOUS = 5
WITNESSES = 5
OFFLINE = "Kaum eine Adresse antwortet. Die Verbindung ins Internet fehlt vermutlich; nichts wurde gezählt."


def fetcher() -> Fetcher:
    """Return how this installation asks."""
    return Fetcher(
        agent=f"Kompetenzportal-Linkpruefung/1.0 (+{settings.LINK_CHECK_CONTACT_URL})",
        ports=None,
        let_out=WEB_PORTS,
        own_hosts=own_hosts(),
        seconds=max(1, settings.LINK_CHECK_TIMEOUT_SECONDS),
        gate=HostGate(max(0, settings.LINK_CHECK_PAUSE_SECONDS)),
    )


def _host(url: str) -> str:
    try:
        return parse(url).host
    except RefusedError:
        return ""


def ask_all(links: list[tuple[int, str]], asking: Fetcher, *, seconds: float) -> Iterator[tuple[int, Answer]]:
    """Yield each link's answer as it comes; hosts at the same time, one host's links one after the other.

    Ends after `seconds`: what has not been asked by then is left out.
    """
    ends = time.monotonic() + seconds
    hosts: dict[str, list[tuple[int, str]]] = {}
    for pk, url in links:
        hosts.setdefault(_host(url), []).append((pk, url))
    answers: queue.SimpleQueue[tuple[int, Answer]] = queue.SimpleQueue()

    def ask_host(rows: list[tuple[int, str]]) -> None:
        for pk, url in rows:
            if time.monotonic() >= ends:
                return
            answers.put((pk, asking.check(url)))

    with ThreadPoolExecutor(THREADS, thread_name_prefix="links") as pool:
        running: list[Future[None]] = [pool.submit(ask_host, rows) for rows in hosts.values()]
        while running or not answers.empty():
            try:
                yield answers.get(timeout=0.2)
            except queue.Empty:
                for done in [future for future in running if future.done()]:
                    running.remove(done)
                    done.result()  # what no answer explains is an error of ours and fails the run


def _is_offline(asking: Fetcher, silent: Collection[int]) -> bool:
    """True when none of the addresses that answered lately answers now: then it is our network that is down.

    One witness is enough: with a way out, what stays silent is counted, however much of it there is.
    """
    hosts: dict[str, str] = {}
    for url in answered_lately(exclude=silent):
        hosts.setdefault(_host(url), url)
    return not any(asking.check(url).status for url in list(hosts.values())[:WITNESSES])


def check_links(asking: Fetcher | None = None) -> str:
    """Ask all links that are due, within the limits of a run; the job of the schedule."""
    if settings.LINK_CHECK_PER_RUN <= 0:
        return "Ausgeschaltet (LINK_CHECK_PER_RUN)"
    services.tidy()
    links = due_links(settings.LINK_CHECK_PER_RUN)
    asking = asking or fetcher()
    judged, failed = 0, 0
    silent: dict[int, Answer] = {}
    for pk, answer in ask_all(links, asking, seconds=settings.LINK_CHECK_MINUTES * 60):
        if answer.is_silent:
            silent[pk] = answer  # judged at the end, when it is known whether anybody answers
            continue
        judged += 1
        failed += answer.verdict not in (Verdict.OK, Verdict.UNASKED)
        services.record_answer(link_id=pk, answer=answer)
    if len(silent) >= SUSPICIOUS and len(silent) > 4 * judged and _is_offline(asking, silent):
        log.warning("links.offline", extra={"silent": len(silent), "answered": judged})
        return OFFLINE
    for pk, answer in silent.items():
        services.record_answer(link_id=pk, answer=answer)
    sync_work_items()
    asked = judged + len(silent)
    return f"{asked} Links geprüft, {failed + len(silent)} ohne gute Antwort" if asked else ""


@task(queue_name="slow")
def check_again(link_id: int) -> None:
    """Ask one link at once, because a person wants to know."""
    link = ExternalLink.objects.filter(pk=link_id).first()
    if link is not None:
        services.record_answer(link_id=link.pk, answer=fetcher().check(link.url))
        sync_work_items()
