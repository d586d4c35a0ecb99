"""Begin and end of a version: what is released for a time goes live then, and what would end at once does not."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone
from wagtail.models import Revision

from knowledge.models import ArticlePage
from portal.core import jobs, publications, work
from portal.core.models import WorkItem
from portal.core.review import links, missed, services
from portal.core.review.errors import ReviewInvalid
from tests.factories.review import draft_article, draft_term, save, submit
from tests.forms import editor_data
from tests.people import signed_in

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture(params=["page", "snippet"])
def draft(request: pytest.FixtureRequest, anna: Any) -> Any:
    return draft_article(anna) if request.param == "page" else draft_term(anna)


def now_of(subject: Any) -> Any:
    return type(subject).objects.get(pk=subject.pk)


def released(subject: Any, anna: Any, bernd: Any, **changes: Any) -> Any:
    """Let a version go live or wait for its time, and return its revision."""
    revision = save(subject, anna, change_significance="minor", **changes)
    services.approve(task_state=submit(subject, anna), user=bernd)
    return Revision.objects.get(pk=revision.pk)


def test_what_is_released_for_later_goes_live_although_the_version_before_ends(
    draft: Any, anna: Any, bernd: Any
) -> None:
    start = timezone.now().replace(microsecond=0)
    released(draft, anna, bernd, expire_at=start + HOUR)
    later = released(draft, anna, bernd, go_live_at=start + 2 * HOUR, expire_at=None)
    with time_machine.travel(start + HOUR + timedelta(minutes=1), tick=True):
        jobs.publish_scheduled()
        assert not now_of(draft).live
        assert Revision.objects.get(pk=later.pk).approved_go_live_at == start + 2 * HOUR
    with time_machine.travel(start + 2 * HOUR + timedelta(minutes=1), tick=True):
        jobs.publish_scheduled()
    current = now_of(draft)
    assert (current.live, current.live_revision_id, current.expired) == (True, later.pk, False)


@pytest.mark.parametrize(
    ("begin", "end", "message"),
    [(None, -HOUR, "Dieser Zeitpunkt ist vorbei"), (3 * HOUR, HOUR, "endet, bevor sie online geht")],
)
def test_an_end_that_is_over_or_before_the_begin_is_refused_at_its_field(
    draft: Any, anna: Any, bernd: Any, begin: timedelta | None, end: timedelta, message: str
) -> None:
    start = timezone.now().replace(microsecond=0)
    save(draft, anna, go_live_at=begin and start + begin, expire_at=start + end)
    state = submit(draft, anna)
    with pytest.raises(ReviewInvalid) as refused:
        services.approve(task_state=state, user=bernd)
    assert [problem.field for problem in refused.value.problems] == ["expire_at"]
    assert message in refused.value.problems[0].message
    assert not publications.of(draft).exists()


@pytest.mark.parametrize(("begin", "end"), [("", "2020-01-01 10:00"), ("2090-01-01 10:00", "2090-01-01 10:00")])
def test_such_an_end_is_told_when_it_is_submitted(anna: Any, begin: str, end: str) -> None:
    page = draft_article(anna)
    data = editor_data(page, anna, go_live_at=begin, expire_at=end) | {"action-submit": "1"}
    answer = signed_in(anna).post(links.edit_url(page), data)
    assert "expire_at" in answer.context["form"].errors
    assert not now_of(page).workflow_in_progress


def test_the_decision_names_the_end(anna: Any, bernd: Any) -> None:
    page = draft_article(anna)
    end = timezone.now() + HOUR
    save(page, anna, expire_at=end)
    address = reverse("review_decide", args=[submit(page, anna).workflow_state_id, "freigeben"])
    text = signed_in(bernd).get(address).content.decode()
    assert f"<dt>Geht offline</dt><dd>{timezone.localtime(end):%d.%m.%Y %H:%M} Uhr</dd>" in text


def test_a_time_that_was_kept_is_no_word_of_later_reviews(anna: Any, bernd: Any) -> None:
    page = draft_article(anna)
    start = timezone.now().replace(microsecond=0)
    released(page, anna, bernd, go_live_at=start + HOUR)
    with time_machine.travel(start + 2 * HOUR, tick=True):
        jobs.publish_scheduled()
        save(page, anna, change_significance="minor", short_answer="Eine neue Antwort.")
        address = reverse("review_decide", args=[submit(page, anna).workflow_state_id, "freigeben"])
        assert "Geht online" not in signed_in(bernd).get(address).content.decode()


def test_a_schedule_called_off_while_the_job_runs_is_not_published(draft: Any, anna: Any, bernd: Any) -> None:
    start = timezone.now().replace(microsecond=0)
    listed = released(draft, anna, bernd, go_live_at=start + HOUR)
    Revision.objects.filter(pk=listed.pk).update(approved_go_live_at=None)
    with time_machine.travel(start + 2 * HOUR, tick=True):
        assert not jobs._publish(listed)
    assert not now_of(draft).live


def test_an_end_put_off_while_the_job_runs_takes_nothing_offline(draft: Any, anna: Any, bernd: Any) -> None:
    start = timezone.now().replace(microsecond=0)
    released(draft, anna, bernd, expire_at=start + HOUR)
    listed = now_of(draft)
    type(draft).objects.filter(pk=draft.pk).update(expire_at=start + 9 * HOUR)
    with time_machine.travel(start + 2 * HOUR, tick=True):
        assert not jobs._withdraw(listed)
    assert now_of(draft).live


@pytest.mark.parametrize("called_off", [False, True])
def test_a_time_that_cannot_be_kept_becomes_work_of_the_responsible_person(
    anna: Any, bernd: Any, called_off: bool
) -> None:
    page = draft_article(anna)
    other = draft_article(bernd, "Eine andere Seite", parent=page.get_parent())
    start = timezone.now().replace(microsecond=0)
    services.approve(task_state=submit(page, anna), user=bernd)
    released(page, anna, bernd, slug="umzug", go_live_at=start + HOUR)
    ArticlePage.objects.filter(pk=other.pk).update(slug="umzug")
    with time_machine.travel(start + 2 * HOUR, tick=True):
        for _ in range(2):
            with pytest.raises(RuntimeError):
                jobs.publish_scheduled()
        item = WorkItem.objects.get(kind=missed.KIND)
        assert (item.owner, item.page_id, item.is_open) == (anna, page.pk, True)
        assert "umzug" in item.note
        assert item.events.count() == 1
        if called_off:
            Revision.objects.update(approved_go_live_at=None)
        else:
            ArticlePage.objects.filter(pk=other.pk).update(slug="frei")
        jobs.publish_scheduled()
    item.refresh_from_db()
    assert not item.is_open
    assert (now_of(page).slug == "umzug") is not called_off


def test_what_a_person_makes_of_a_missed_time_stays(anna: Any, bernd: Any) -> None:
    page = draft_article(anna)
    other = draft_article(bernd, "Eine andere Seite", parent=page.get_parent())
    start = timezone.now().replace(microsecond=0)
    released(page, anna, bernd, slug="umzug", go_live_at=start + HOUR)
    ArticlePage.objects.filter(pk=other.pk).update(slug="umzug")
    with time_machine.travel(start + 2 * HOUR, tick=True):
        for _ in range(2):
            with pytest.raises(RuntimeError):
                jobs.publish_scheduled()
            item = WorkItem.objects.get(kind=missed.KIND)
            work.set_state(item=item, state=WorkItem.State.DONE, actor=anna)
    assert WorkItem.objects.filter(kind=missed.KIND).count() == 1
