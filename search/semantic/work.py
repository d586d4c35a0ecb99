"""Makes vectors beside the requests: a stored job that follows the change log, and everything once a day.

It works for a moment at a time and goes on where it has stopped, on whichever node runs it next. What it has made
is there for all nodes; an entry with new vectors goes into the change log, so that the cluster's index gets them
by the way everything else takes.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from search.documents import SearchDocument, split_key
from search.follower import KEEP_LOG, OVERLAP, affected_keys
from search.models import ENTRY, SearchChange
from search.registry import registry
from search.semantic.caches import DatabaseCache
from search.semantic.encoders import encoder_mark
from search.semantic.fusion import current_store
from search.semantic.models import VectorProgress
from search.semantic.store import VectorStore

BATCH = 20
# One run, so that other jobs have their turn; and how often everything is looked at.
RUN_SECONDS = 90.0
PASS_EVERY = timedelta(days=1)

OFF = "Die Suche nach Bedeutung ist ausgeschaltet."
Say = Callable[[str], object]


def renew_vectors(say: Say = lambda line: None, *, seconds: float = RUN_SECONDS) -> str:
    """Make vectors that are missing, for about so many seconds; texts that are known already cost nothing.

    `EncoderError` where the encoder fails: what was made until then is kept.
    """
    store = current_store()
    if store is None:
        return OFF
    return _Run(store, say, time.monotonic() + seconds).work()


def renew_all_vectors(say: Say = lambda line: None) -> str:
    """Pass over everything from the start, however long it takes."""
    VectorProgress.objects.filter(encoder=encoder_mark()).update(cursor="", whole_at=None)
    return renew_vectors(say, seconds=float("inf"))


@dataclass
class _Run:
    store: VectorStore
    say: Say
    until: float
    entries: int = 0
    made: int = 0

    def work(self) -> str:
        progress, _ = VectorProgress.objects.get_or_create(
            encoder=encoder_mark(), defaults={"followed_at": timezone.now()}
        )
        self._follow(progress)
        finished = self._pass(progress)
        rest = "" if finished else " Der Rest folgt beim nächsten Lauf."
        return f"{self.entries} Einträge geprüft, {self.made} Abschnitte neu gerechnet.{rest}"

    # -- what has changed ---------------------------------------------------------------------------

    def _follow(self, progress: VectorProgress) -> None:
        """Look at what has changed since the last time; what is older than the log, or too much, the pass does."""
        started = timezone.now()
        left_to_pass = progress.followed_at < started - KEEP_LOG
        rows = SearchChange.objects.filter(created_at__gte=progress.followed_at - OVERLAP).order_by("pk")
        keys = iter(affected_keys(row.change for row in rows.iterator(chunk_size=1000)))
        while not left_to_pass and (batch := list(islice(keys, BATCH))):
            left_to_pass = time.monotonic() > self.until
            found = registry.load_keys(batch)
            self._put([document for document in found.values() if document is not None])
            self.store.forget([key for key, document in found.items() if document is None])
        if left_to_pass:
            progress.whole_at, progress.cursor = None, ""
        progress.followed_at = started
        progress.save()

    # -- everything ---------------------------------------------------------------------------------

    def _pass(self, progress: VectorProgress) -> bool:
        """Go on with the pass over everything, or begin one if it is time; True if there is nothing left."""
        if not progress.cursor and progress.whole_at and progress.whole_at > timezone.now() - PASS_EVERY:
            return True
        for number, (name, ids) in enumerate(_behind(progress.cursor)):
            if number and time.monotonic() > self.until:
                return False
            source = registry.source(name)
            documents = source.load(ids) if source is not None else []
            self._put(documents)
            there = {document.key for document in documents}
            self.store.forget([key for pk in ids if (key := f"{name}:{pk}") not in there])
            progress.cursor = f"{name}:{ids[-1]}"
            progress.save()
        self._tidy()
        progress.cursor, progress.whole_at = "", timezone.now()
        progress.save()
        return True

    def _tidy(self) -> None:
        """Forget entries that are gone altogether, and vectors that nobody uses."""
        every = {f"{source.name}:{pk}" for source in registry.sources for pk in source.ids()}
        cache = self.store.cache
        self.store.forget([key for key, _ in cache.entries() if key not in every])
        if isinstance(cache, DatabaseCache):
            cache.drop_unused()

    def _put(self, documents: Sequence[SearchDocument]) -> None:
        made = self.store.make(documents)
        with transaction.atomic():
            new = self.store.assign(documents)
            if settings.ELASTICSEARCH_URL:
                SearchChange.objects.bulk_create([SearchChange(object_key=f"{ENTRY}{key}") for key in new])
        self.entries += len(documents)
        self.made += made
        if made:
            self.say(f"{self.entries} Einträge, {self.made} Abschnitte neu gerechnet …")


def _behind(cursor: str) -> Iterator[tuple[str, list[int]]]:
    """Yield the primary keys of all sources in batches, from behind a key on."""
    names = [source.name for source in registry.sources]
    name, last = split_key(cursor) if cursor else ("", 0)
    started = name not in names
    for source in registry.sources:
        ids = iter(source.ids())
        if not started:
            if source.name != name:
                continue
            started = True
            ids = _after(ids, last)
        while batch := list(islice(ids, BATCH)):
            yield source.name, batch


def _after(ids: Iterator[int], last: int) -> Iterator[int]:
    """Skip what stands before a key and itself; everything where the key is gone."""
    every = list(ids)
    return iter(every[every.index(last) + 1 :] if last in every else every)
