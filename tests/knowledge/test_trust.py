"""Review and version belong to the page in this installation, never to a revision or an import."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from django.utils import timezone

from knowledge.services import record_review
from knowledge.trust import STARTER_LABEL, next_review_on, trust_line
from tests import factories

pytestmark = pytest.mark.django_db


def test_starter_content_says_so_until_it_is_reviewed() -> None:
    page = factories.article(is_starter_content=True)
    assert trust_line(page).review_label == STARTER_LABEL == "Startinhalt, noch nicht fachlich geprüft"
    record_review(page=page, reviewer=factories.staff())
    line = trust_line(page)
    assert line.review_label == ""
    assert line.reviewed is not None
    assert not line.is_starter


def test_review_survives_the_publication_of_an_older_revision() -> None:
    page = factories.article()
    revision = page.save_revision()
    record_review(page=page, reviewer=factories.staff())
    revision.publish()
    page.refresh_from_db()
    assert page.reviewed_at is not None
    assert page.reviewed_by is not None
    assert page.reviewed_by.last_name == "Größe"


def test_revision_cannot_bring_a_review_along() -> None:
    page = factories.article()
    page.reviewed_at = timezone.now()
    page.version_number = 99
    page.is_starter_content = True
    page.save_revision().publish()
    page.refresh_from_db()
    assert page.reviewed_at is None
    assert page.version_number == 2
    assert not page.is_starter_content


def test_each_publication_raises_the_version() -> None:
    page = factories.article(live=False)
    assert page.version_number == 0
    page.save_revision()
    page.refresh_from_db()
    assert page.version_number == 0
    for expected in (1, 2):
        page.save_revision().publish()
        page.refresh_from_db()
        assert page.version_number == expected
    page.save()
    assert page.version_number == 2


def test_next_review_follows_the_review() -> None:
    page = factories.article(review_interval_days=90)
    moment = datetime(2026, 3, 1, 23, 30, tzinfo=UTC)  # already 2 March in Berlin
    record_review(page=page, reviewer=factories.staff(), at=moment)
    page.refresh_from_db()
    assert page.next_review_on == date(2026, 3, 2) + timedelta(days=90)
    assert next_review_on(base=None, interval_days=90) is None
    assert trust_line(page, today=page.next_review_on + timedelta(days=1)).overdue
    assert not trust_line(page, today=page.next_review_on).overdue
