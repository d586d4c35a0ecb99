"""Every address of the admin that takes a POST × each role × own and foreign drafts: 0 publish alone.

The addresses are read from the URL patterns: what is about a page or snippet is tried with every kind, every other
view needs a row or a reason (tests/core/matrix_rows.py). What counts is what readers get afterwards.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.db import transaction
from wagtail.models import Revision

from knowledge.models import ArticlePage
from portal.accounts.models import User
from portal.core.models import Release
from portal.core.review import guard
from portal.core.review.permissions import PageTester
from portal.core.visibility import MUNICIPALITY_GROUP, STAFF_GROUPS
from tests.core.matrix_addresses import COULD_PUBLISH, FULL, Address, addresses, concerns, urls
from tests.core.matrix_room import MAKERS, SUPERUSER, Room, Target, furnish, kinds_with_drafts
from tests.core.matrix_rows import ALONE, EXCUSED, ROWS, payloads
from tests.core.matrix_seen import Seen, Writes, changed, seen_by_readers
from tests.factories.review import REVIEWER
from tests.quiet import quiet, without_context, without_rendering

pytestmark = pytest.mark.slow

EVERYTHING = re.compile("")
ACTORS = (*STAFF_GROUPS, MUNICIPALITY_GROUP, SUPERUSER)
WRITERS = ("Redaktion", REVIEWER, "Administration", SUPERUSER)
"""Who may write pages. The others may not at all, whoever wrote the draft: they try either own or foreign ones."""


@pytest.fixture(scope="module")
def room(django_db_setup: None, django_db_blocker: Any) -> Iterator[Room]:
    """One room for all trials of a process; nothing of it is ever committed."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield furnish()
        transaction.set_rollback(True)


@dataclass
class Trials:
    """Posts once and undoes it, again and again; keeps what readers got of it."""

    room: Room
    whose: str
    before: Seen
    released: list[int]
    findings: list[str] = field(default_factory=list)
    wrote: dict[str, set[str]] = field(default_factory=dict)
    number: int = 0

    @classmethod
    def begin(cls, room: Room, whose: str) -> Trials:
        return cls(room, whose, seen_by_readers(room), list(Release.objects.values_list("revision_id", flat=True)))

    def post(self, name: str, url: str, data: dict[str, Any], allowed: frozenset[str], api: bool = False) -> None:
        writes, new = Writes(), set[str]()
        self.number += 1
        with transaction.atomic():
            with writes.noted():
                if api:
                    self.client.post(url, json.dumps(data), content_type="application/json")
                else:
                    self.client.post(url, data)
            if writes.seen or Release._meta.db_table in writes.tables:
                new = changed(self.before, seen_by_readers(self.room, writes.seen)) - allowed
                releases = list(Release.objects.exclude(revision_id__in=self.released).select_related("revision"))
                self.findings += [f"released:{row.revision.user_id}:{row.released_by_id}" for row in releases]
                self.findings += [f"{url} {sorted(new)}"] if new and not releases else []
            transaction.set_rollback(True)
        self.wrote[name] = self.wrote.get(name, set()) | writes.counted

    @property
    def client(self) -> Any:
        return self.room.clients[self.whose]


def about(address: Address, target: Target) -> frozenset[str]:
    """Return what one person may change of a target there, as "model.column"."""
    model = target.subject._meta.model_name
    names = ALONE.get(address.name, frozenset())
    return frozenset(name if "." in name else f"{model}.{name}" for name in names)


def try_target(trials: Trials, target: Target, user: Any, only: re.Pattern[str] = EVERYTHING) -> None:
    for address in addresses():
        if not concerns(address, target) or not only.search(address.name):
            continue
        api, bulk = "api/" in address.path, address.name == "wagtail_bulk_action"
        for data in payloads(address, target, user):
            sent = data
            if api:
                sent = {"keep_live": True, "recursive": False, "slug": "neu", "revision_id":
                        target.subject.latest_revision_id, "destination_page_id": data["chooser"]}  # fmt: skip
            for url in urls(address, target):
                whole = f"{url}?id={target.subject.pk}" if bulk else url
                trials.post(address.name, whole, sent, about(address, target), api)


def in_full(room: Room) -> list[Target]:
    return [room.targets[model, submitted] for model in FULL for submitted in (True, False)]


def in_turn(room: Room, role: str, whose: str) -> list[Target]:
    """Return one target of each further kind: every role meets its draft and its submitted version once."""
    turn = ACTORS.index(role) + (whose == "own")
    return [
        room.targets[model, bool((number + turn) % 2)]
        for number, model in enumerate(model for model in MAKERS if model not in FULL)
    ]


def cases(*both: str, rest: str = "own") -> list[Any]:
    """Return (role, whose): both for some roles, one for the rest.

    The strongest case runs with every unit run and on every database, the others with the slow tests, once.
    """
    pairs = [(role, whose) for role in ACTORS for whose in ("own", "foreign") if role in both or whose == rest]
    slow = (pytest.mark.slow, pytest.mark.once)
    return [
        pytest.param(role, whose, id=f"{role}-{whose}", marks=() if (role, whose) == (SUPERUSER, "own") else slow)
        for role, whose in pairs
    ]


@contextmanager
def trials_of(room: Room, role: str, whose: str) -> Iterator[tuple[Trials, User]]:
    """Try in one role, without what follows a change; nothing of it stays."""
    with quiet(), without_rendering(), without_context(), transaction.atomic():
        room.replenish()
        with room.acting(whose, role) as user:
            revisions = Revision.objects.count()
            yield Trials.begin(room, whose), user
            assert Revision.objects.count() == revisions
        transaction.set_rollback(True)


def attempt(room: Room, role: str, whose: str, targets: list[Target], least: int) -> None:
    """Try everything about the targets: at most a reviewer releases what somebody else has submitted."""
    with trials_of(room, role, whose) as (trials, user):
        for target in targets:
            try_target(trials, target, user)
    may = whose == "foreign" and role in {REVIEWER, SUPERUSER}
    assert set(trials.findings) == ({f"released:{room.own.pk}:{room.foreign.pk}"} if may else set())
    assert trials.number > least


@pytest.mark.parametrize(("role", "whose"), cases(*WRITERS))
def test_no_address_publishes_an_article_or_term_alone(room: Room, role: str, whose: str) -> None:
    attempt(room, role, whose, in_full(room), least=180)


@pytest.mark.slow
@pytest.mark.once
@pytest.mark.parametrize(("role", "whose"), cases(*WRITERS, rest="foreign"))
def test_no_address_publishes_another_kind_alone(room: Room, role: str, whose: str) -> None:
    attempt(room, role, whose, in_turn(room, role, whose), least=110)


@pytest.mark.parametrize(("role", "whose"), [
    pytest.param(SUPERUSER, "own", id="Superuser"),
    pytest.param(REVIEWER, "own", id="Fachprüfung", marks=(pytest.mark.slow, pytest.mark.once)),
])  # fmt: skip
def test_nobody_publishes_alone_what_nobody_of_today_wrote(room: Room, role: str, whose: str) -> None:
    """Who submits what the system or somebody gone wrote stands for it, and a second person releases."""
    with trials_of(room, role, whose) as (trials, user):
        for target in room.nobodys:
            try_target(trials, target, user, COULD_PUBLISH)
    assert trials.findings == []
    assert "core_approval" in trials.wrote["review_decide"]
    with trials_of(room, REVIEWER, "foreign") as (trials, user):
        for target in room.nobodys:
            try_target(trials, target, user, re.compile("^review_decide$"))
    assert len(trials.findings) == len(room.nobodys)


@pytest.mark.parametrize("role", [
    role if role == "Redaktion" else pytest.param(role, marks=(pytest.mark.slow, pytest.mark.once))
    for role in WRITERS
])  # fmt: skip
def test_nobody_opens_closes_or_moves_alone_what_is_live_below_a_section(room: Room, role: str) -> None:
    """A section that is offline is saved to its row with each draft; what holds below it waits for the release."""
    with trials_of(room, role, "own") as (trials, user):
        for target in room.offline:
            try_target(trials, target, user, COULD_PUBLISH)
    assert trials.findings == []
    assert {"wagtailcore_page", "wagtailcore_revision"} <= trials.wrote["wagtailadmin_pages:edit"]


def test_the_room_has_every_kind_with_drafts() -> None:
    assert set(MAKERS) == kinds_with_drafts()


@pytest.mark.parametrize("model", MAKERS, ids=lambda model: model._meta.model_name)
def test_the_form_of_every_kind_is_complete(room: Room, model: Any) -> None:
    """What the trials send is saved: were it refused for a missing field, they would prove nothing."""
    target = room.targets[model, False]
    with trials_of(room, SUPERUSER, "own") as (trials, user):
        forms = [row for row in addresses() if row.name.endswith(":edit") and "workflows" not in row.name]
        [address] = [row for row in forms if concerns(row, target)]
        data = next(payloads(address, target, user))
        trials.post(address.name, next(urls(address, target)), data, frozenset())
    assert "wagtailcore_revision" in trials.wrote[address.name]


def test_what_one_person_publishes_is_noticed(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without right and guard in its way, the same form does reach readers, and the trial says so."""
    monkeypatch.setattr(PageTester, "can_publish", lambda tester: True)
    monkeypatch.setattr(guard, "refusal", lambda action: "")
    target = room.targets[ArticlePage, False]
    with trials_of(room, SUPERUSER, "own") as (trials, user):
        [address] = [row for row in addresses() if row.name == "wagtailadmin_pages:edit"]
        data = next(payloads(address, target, user))
        trials.post(address.name, next(urls(address, target)), data, frozenset())
    assert "articlepage.short_answer" in trials.findings[0]
    assert "page.title" in trials.findings[0]


@pytest.mark.parametrize(("role", "whose"), cases("Redaktion", SUPERUSER))
def test_no_other_view_changes_alone_what_readers_get(room: Room, role: str, whose: str) -> None:
    """Files, import, settings, tags, redirects, work: beyond what a row allows nothing reaches readers."""
    with trials_of(room, role, whose) as (trials, _):
        for number, row in enumerate(ROWS):
            trials.post(f"{row.name} ({number})", row.url(room), row.data(room), row.alone)
    assert trials.findings == []
    if role == SUPERUSER and whose == "own":
        written = [bool(found) for found in trials.wrote.values()]
        rows = zip(trials.wrote, ROWS, written, strict=True)
        assert {name: wrote for name, row, wrote in rows if row.writes != wrote} == {}


def test_every_address_is_tried_or_excused() -> None:
    rows = {row.name for row in ROWS}
    named = {address.name for address in addresses()}
    for address in addresses():
        known = [address.per_object, address.name in rows, address.name in EXCUSED]
        assert any(known), f"{address.name} ({address.path}) has no row in tests/core/matrix_rows.py"
        assert not (address.name in EXCUSED and (address.name in rows or address.per_object)), address
    assert (rows | set(EXCUSED)) <= named
    for name in ("unpublish", "revisions_revert", "copy", "convert_alias", "set_privacy", "move"):
        assert f"wagtailadmin_pages:{name}" in named
    assert {"wagtail_bulk_action", "review_decide", "page_correction", "knowledge_confirm_review"} <= named
