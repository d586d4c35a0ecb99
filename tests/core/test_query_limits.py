"""The start page of the admin and every report cost at most 15 queries, with 10,000 pages and 5,000 open items."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.test import RequestFactory
from django.utils import timezone
from wagtail.admin.menu import reports_menu
from wagtail.models import Page

from knowledge.models import ArticlePage, FeedbackCount
from portal.accounts.models import User
from portal.core.models import AuditEntry, WorkItem
from portal.core.visibility import STAFF_GROUPS
from tests import factories
from tests.factories import bulk
from tests.factories.review import EDITOR, REVIEWER, draft_article, draft_term, person, save, submit
from tests.people import PortalClient, add_totp, make_user
from tests.querycounts import count

MOST_QUERIES = 15
PAGES, ITEMS = 10_000, 5_000
ALL_ROLES = (*STAFF_GROUPS, "Superuser", "alle Rollen")


def make_actor(role: str) -> User:
    if role == "Superuser":
        user = make_user("root@kkv.example", is_superuser=True)
    else:
        user = person("Handelnde", STAFF_GROUPS[0] if role == "alle Rollen" else role)
    if role == "alle Rollen":
        user.groups.set(type(user.groups.get()).objects.filter(name__in=STAFF_GROUPS))
    add_totp(user)
    return user


def fill_desk(user: User) -> None:
    """Give a person something in each list: reviews to decide and of their own, edits, locks, work, pages due."""
    anna, bernd = person("Anna"), person("Bernd", REVIEWER)
    drafts = [draft_article(anna, f"Entwurf {number}") for number in range(8)]
    for draft in drafts:
        save(draft, user, short_answer="Geändert.")
    for draft in drafts[:3]:
        submit(draft, anna)
    submit(draft_term(anna), bernd)
    Page.objects.filter(pk=drafts[3].pk).update(locked=True, locked_by=user, locked_at=timezone.now())
    today = timezone.localdate()
    ArticlePage.objects.filter(pk__in=[draft.pk for draft in drafts[4:]]).update(
        next_review_on=today - timedelta(days=3), responsible_person=user
    )
    Page.objects.filter(pk__in=[draft.pk for draft in drafts[5:]]).update(live=True)
    own = WorkItem.objects.filter(pk__in=WorkItem.objects.values("pk")[:12])
    own.update(owner=user)


def seed(pages: int, items: int) -> None:
    """Fill the tables that lists and figures read, with people and dates of all kinds."""
    today, owner, deputy = timezone.localdate(), person("Owner", EDITOR), person("Deputy", REVIEWER)

    def vary(number: int) -> dict[str, Any]:
        due = today + timedelta(days=number % 400 - 40)
        return {"next_review_on": due, "responsible_person_id": (owner.pk, deputy.pk, None)[number % 3]}

    keys = bulk.articles(pages, parent=factories.topic("Viele Seiten"), vary=vary)
    WorkItem.objects.bulk_create(
        [
            WorkItem(
                kind=("review", "feedback", "barrier")[number % 3], title=f"Aufgabe {number}",
                page_id=keys[number % pages], team=STAFF_GROUPS[number % 6], dedupe_key=f"n:{number}",
                owner=(owner, deputy, None)[number % 3], due_on=today + timedelta(days=number % 90 - 20),
            )
            for number in range(items)
        ],
        batch_size=500,
    )  # fmt: skip
    FeedbackCount.objects.bulk_create(
        FeedbackCount(page_id=key, day=today, yes=2, no=number % 9) for number, key in enumerate(keys[:500])
    )
    AuditEntry.objects.bulk_create(
        AuditEntry(action="publish", actor=owner.pk, object_type="knowledge.articlepage", object_id=str(key))
        for key in keys[:500]
    )


def report_addresses(user: User) -> list[str]:
    """Return the addresses of the reports menu as a person sees it, so that a new report is measured."""
    request: Any = RequestFactory().get("/cms/")
    request.user = User.objects.get(pk=user.pk)
    return [item.url for item in reports_menu.menu_items_for_request(request)]


@pytest.fixture(scope="module")
def full_portal(django_db_setup: None, django_db_blocker: Any, database_copies: Any) -> Iterator[None]:
    """Many pages and items, once for all roles."""
    with django_db_blocker.unblock():
        seed(PAGES, ITEMS)
        yield
        database_copies.restore()


def check(role: str) -> None:
    user = make_actor(role)
    fill_desk(user)
    client = PortalClient()
    client.force_login(user)
    addresses = ["/cms/", "/cms/aufgaben/", *report_addresses(user)]
    editor = role not in {"Beratung", "Koordination", "Leitung"}
    assert len(addresses) >= (8 if editor else 5), addresses
    found = {}
    for address in addresses:
        count(address, client)  # a running process knows its content types and the site's root
        found[address] = count(address, client)
    assert {address: number for address, number in found.items() if number > MOST_QUERIES} == {}, found
    page = client.get("/cms/").content.decode()
    for text in ("Übersicht", "Meine Aufgaben", "Von Ihnen gesperrt", "Zu prüfende Seiten"):
        assert text in page, text
    assert ("Freigaben" in page) == editor, "releases are offered to those who may open them"


@pytest.mark.slow
@pytest.mark.django_db
@pytest.mark.parametrize("role", [REVIEWER, "alle Rollen"])
def test_start_page_and_reports_with_some_rows(role: str) -> None:
    seed(60, 60)
    check(role)


@pytest.mark.once
@pytest.mark.slow
@pytest.mark.django_db
@pytest.mark.parametrize("role", ALL_ROLES)
def test_start_page_and_reports_with_many_rows(full_portal: None, role: str) -> None:
    check(role)
