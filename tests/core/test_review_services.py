"""Submitting, approving, returning, withdrawing, releasing: on pages and on snippets."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.db import transaction
from django.db.models import ProtectedError
from django.utils import timezone
from wagtail.models import Revision

from knowledge.models import ArticlePage, GlossaryTerm
from portal.core import jobs, publications
from portal.core.models import Approval, AuditEntry, Release, Significance
from portal.core.review import guard, queries, services
from portal.core.review.errors import ReviewInvalid, ReviewRefused
from tests.factories.review import REVIEWER, draft_article, draft_term, person, save, submit
from tests.people import make_user

pytestmark = pytest.mark.django_db


def live(subject: Any) -> Any:
    return type(subject).objects.get(pk=subject.pk)


@pytest.fixture(params=["page", "snippet"])
def draft(request: pytest.FixtureRequest, anna: Any) -> Any:
    return draft_article(anna) if request.param == "page" else draft_term(anna)


def test_one_reviewer_releases_what_an_editor_wrote(draft: Any, anna: Any, bernd: Any) -> None:
    state = submit(draft, anna)
    revision = state.revision
    assert services.approve(task_state=state, user=bernd)
    page = live(draft)
    assert page.live
    assert page.live_revision_id == revision.pk
    publication = publications.of(page).get()
    assert (publication.significance, publication.note) == (Significance.MAJOR, "Erstveröffentlichung")
    assert (publication.revision_id, publication.released_by) == (revision.pk, bernd)
    assert AuditEntry.objects.filter(action="publish", actor=bernd.pk).count() == 1


def test_the_review_dates_the_trust_line(anna: Any, bernd: Any) -> None:
    page = draft_article(anna)
    services.approve(task_state=submit(page, anna), user=bernd)
    page = live(page)
    assert page.reviewed_by == bernd
    assert page.version_number == publications.of(page).get().version == 1


def test_the_author_is_refused_and_nothing_changes(draft: Any, bernd: Any) -> None:
    save(draft, bernd, **_text(draft, "Nur Bernd."))
    Revision.objects.for_instance(draft).update(user=bernd)
    state = submit(draft, bernd)
    with pytest.raises(ReviewRefused, match="stammen von Ihnen"):
        services.approve(task_state=state, user=bernd)
    assert not live(draft).live
    assert not Approval.objects.exists()


def _text(draft: Any, text: str) -> dict[str, str]:
    return {"short_answer": text} if isinstance(draft, ArticlePage) else {"meaning": text}


@pytest.mark.parametrize("reviewer_first", [True, False])
def test_when_both_wrote_each_confirms_the_other(draft: Any, anna: Any, bernd: Any, reviewer_first: bool) -> None:
    save(draft, bernd, **_text(draft, "Bernd schreibt mit."))
    state = submit(draft, anna)
    first, second = (bernd, anna) if reviewer_first else (anna, bernd)
    assert not services.approve(task_state=state, user=first)
    assert not live(draft).live
    with pytest.raises(ReviewRefused, match="schon bestätigt"):
        services.approve(task_state=state, user=first)
    assert _mails_to(second, "Bitte bestätigen")
    assert services.approve(task_state=state, user=second)
    assert live(draft).live


def test_a_third_reviewer_suffices(draft: Any, anna: Any, bernd: Any) -> None:
    save(draft, bernd, **_text(draft, "Bernd schreibt mit."))
    assert services.approve(task_state=submit(draft, anna), user=person("Clara", REVIEWER))


def test_saving_without_a_change_makes_nobody_an_author(draft: Any, anna: Any, bernd: Any) -> None:
    """As an autosave of an opened page does; then the reviewer may still release alone."""
    save(draft, bernd)
    state = submit(draft, bernd)
    assert queries.standing_of(state).authors == {anna.pk}
    assert services.approve(task_state=state, user=bernd)


def test_superusers_are_bound_by_the_rule(draft: Any, anna: Any) -> None:
    root = make_user("root@kkv.example", is_superuser=True)
    other = make_user("root2@kkv.example", is_superuser=True)
    save(draft, root, **_text(draft, "Vom Betrieb."))
    Revision.objects.for_instance(draft).update(user=root)
    state = submit(draft, root)
    with pytest.raises(ReviewRefused):
        services.approve(task_state=state, user=root)
    assert services.approve(task_state=state, user=other)


def test_who_goes_online_again_unchanged_needs_a_second_person(draft: Any, anna: Any, bernd: Any) -> None:
    services.approve(task_state=submit(draft, anna), user=bernd)
    live(draft).unpublish(user=bernd)
    state = submit(draft, bernd)
    assert queries.standing_of(state).authors == {bernd.pk}
    with pytest.raises(ReviewRefused):
        services.approve(task_state=state, user=bernd)


def test_an_import_is_confirmed_by_somebody_other_than_who_submits_it(bernd: Any) -> None:
    term = draft_term(None)
    state = submit(term, bernd)
    assert not services.approve(task_state=state, user=bernd)
    assert not live(term).live
    assert services.approve(task_state=state, user=person("Clara", REVIEWER))


def test_changes_after_a_publication_count_anew(draft: Any, anna: Any, bernd: Any) -> None:
    services.approve(task_state=submit(draft, anna), user=bernd)
    save(draft, bernd, change_significance="minor", **_text(draft, "Neu von Bernd."))
    state = submit(draft, bernd)
    assert queries.standing_of(state).authors == {bernd.pk}
    with pytest.raises(ReviewRefused):
        services.approve(task_state=state, user=bernd)


def test_a_deactivated_reviewer_is_refused(draft: Any, anna: Any, bernd: Any) -> None:
    state = submit(draft, anna)
    type(bernd).objects.filter(pk=bernd.pk).update(is_active=False)
    with pytest.raises(ReviewRefused, match="Ihr Konto"):
        services.approve(task_state=state, user=bernd)


def test_an_approval_of_somebody_deactivated_since_does_not_count(draft: Any, anna: Any, bernd: Any) -> None:
    save(draft, bernd, **_text(draft, "Bernd schreibt mit."))
    state = submit(draft, anna)
    services.approve(task_state=state, user=bernd)
    type(bernd).objects.filter(pk=bernd.pk).update(is_active=False)
    assert not services.approve(task_state=state, user=anna)
    assert services.approve(task_state=state, user=person("Clara", REVIEWER))


def test_somebody_without_the_role_or_access_is_refused(draft: Any, anna: Any) -> None:
    state = submit(draft, anna)
    for role in ("Redaktion", "Beratung", "Koordination", "Leitung", "Administration"):
        with pytest.raises(ReviewRefused):
            services.approve(task_state=state, user=person(f"p-{role[:4]}".lower(), role))
    assert not live(draft).live


def test_approval_of_a_page_deleted_meanwhile(draft: Any, anna: Any, bernd: Any) -> None:
    state = submit(draft, anna)
    live(draft).delete()
    with pytest.raises(ReviewRefused, match="gelöscht"):
        services.approve(task_state=state, user=bernd)


def test_two_reviewers_at_once_the_second_is_told(draft: Any, anna: Any, bernd: Any) -> None:
    state, same = submit(draft, anna), live(draft).current_workflow_task_state
    services.approve(task_state=state, user=bernd)
    with pytest.raises(ReviewRefused, match="inzwischen entschieden"):
        services.approve(task_state=same, user=person("Clara", REVIEWER))


def test_an_outdated_revision_is_refused(draft: Any, anna: Any, bernd: Any) -> None:
    state = submit(draft, anna)
    save(draft, anna, **_text(draft, "Eingeschlichen."))
    with pytest.raises(ReviewRefused, match="neuere Fassung"):
        services.approve(task_state=state, user=bernd)


def test_a_reviewed_or_live_revision_is_never_written_over(draft: Any, anna: Any, bernd: Any) -> None:
    """Wagtail's autosave writes over the latest revision of the same person."""
    state = submit(draft, anna)
    for _ in range(2):
        fresh = live(draft).get_latest_revision_as_object()
        before = fresh.latest_revision
        for name, value in _text(draft, "Überschrieben.").items():
            setattr(fresh, name, value)
        made = fresh.save_revision(user=anna, clean=False, overwrite_revision=before)
        assert made.pk != before.pk
        Revision.objects.filter(pk=made.pk)._raw_delete("default")
        type(draft).objects.filter(pk=draft.pk).update(latest_revision=before)
        if not live(draft).live:
            services.approve(task_state=state, user=bernd)


def test_revisions_not_published_yet_are_kept(draft: Any, anna: Any, bernd: Any) -> None:
    """Deleting them (as `purge_revisions` does) would make authors vanish from what is to be confirmed."""
    first = draft.latest_revision
    save(draft, bernd, **_text(draft, "Bernd schreibt mit."))
    with pytest.raises(ProtectedError), transaction.atomic():
        first.delete()
    services.approve(task_state=submit(draft, anna), user=person("Clara", REVIEWER))
    first.delete()
    later = save(draft, anna, **_text(draft, "Später."))
    with pytest.raises(ProtectedError), transaction.atomic():
        Revision.objects.filter(pk=later.pk).delete()
    live(draft).delete()
    assert not Revision.objects.for_instance(draft).exists()


def test_a_page_under_review_is_locked_for_everybody(draft: Any, anna: Any, bernd: Any) -> None:
    submit(draft, anna)
    lock = live(draft).get_lock()
    root = make_user("root@kkv.example", is_superuser=True)
    assert all(lock.for_user(user) for user in (anna, bernd, root))
    assert "zurückziehen" in str(lock.get_message(anna))
    type(draft).objects.filter(pk=draft.pk).update(locked=True, locked_by=anna)
    assert live(draft).get_lock().for_user(anna)


def test_returning_needs_a_reason_and_unlocks(draft: Any, anna: Any, bernd: Any) -> None:
    state = submit(draft, anna)
    with pytest.raises(ReviewRefused, match="was zu ändern ist"):
        services.reject(task_state=state, user=bernd, comment="  ")
    services.reject(task_state=state, user=bernd, comment="Bitte die Quelle prüfen.")
    assert live(draft).get_lock() is None
    assert "Bitte die Quelle" in _mails_to(anna, "Zurückgegeben")[0]
    save(draft, anna, **_text(draft, "Verbessert."))
    assert services.approve(task_state=submit(draft, anna), user=bernd)


def test_withdrawing_is_for_submitter_authors_and_reviewers(draft: Any, anna: Any, bernd: Any) -> None:
    stranger = person("Dora")
    for user in (anna, bernd):
        state = submit(draft, anna)
        with pytest.raises(ReviewRefused):
            services.withdraw(workflow_state=state.workflow_state, user=stranger)
        services.withdraw(workflow_state=state.workflow_state, user=user)
        assert live(draft).get_lock() is None
        with pytest.raises(ReviewRefused, match="inzwischen entschieden"):
            services.approve(task_state=state, user=bernd)


def test_incomplete_versions_are_refused_with_the_field(anna: Any, bernd: Any) -> None:
    page = draft_article(anna)
    save(page, anna, responsible_unit="", contact_email="", content_as_of=None, no_legal_basis=False)
    state = submit(page, anna)
    with pytest.raises(ReviewInvalid) as caught:
        services.approve(task_state=state, user=bernd)
    fields = {problem.field for problem in caught.value.problems}
    assert {"responsible_unit", "contact_email", "content_as_of", "legal_basis"} <= fields
    assert "Zuständige Stelle: Nennen Sie die Stelle" in str(caught.value)
    assert not live(page).live
    assert not Release.objects.exists()
    assert not Approval.objects.exists()


def test_a_later_change_needs_its_significance_and_a_major_one_its_note(anna: Any, bernd: Any) -> None:
    term = draft_term(anna)
    services.approve(task_state=submit(term, anna), user=bernd)
    save(term, anna, meaning="Neu.")
    state = submit(term, anna)
    with pytest.raises(ReviewInvalid, match="klein oder wesentlich"):
        services.approve(task_state=state, user=bernd)
    services.withdraw(workflow_state=state.workflow_state, user=anna)
    save(term, anna, change_significance="major")
    state = submit(term, anna)
    with pytest.raises(ReviewInvalid, match="was sich für die Leserinnen"):
        services.approve(task_state=state, user=bernd)
    services.withdraw(workflow_state=state.workflow_state, user=anna)
    save(term, anna, change_summary="Die Bedeutung ist genauer.")
    services.approve(task_state=submit(term, anna), user=bernd)
    newest = publications.of(term).first()
    assert newest is not None
    assert (newest.version, newest.significance, newest.note) == (2, "major", "Die Bedeutung ist genauer.")
    term = live(term)
    assert (term.change_significance, term.change_summary) == ("", "")


def test_exactly_the_reviewed_revision_goes_live_at_its_minute(draft: Any, anna: Any, bernd: Any) -> None:
    at = timezone.now() + timedelta(hours=2)
    save(draft, anna, go_live_at=at)
    state = submit(draft, anna)
    revision = state.revision
    assert services.approve(task_state=state, user=bernd)
    assert not live(draft).live
    assert not publications.of(draft).exists()
    assert live(draft).get_lock().for_user(bernd)
    approved = Release.objects.get().released_at
    with time_machine.travel(at + timedelta(seconds=30), tick=True):
        assert "1 veröffentlicht" in jobs.publish_scheduled()
    page = live(draft)
    assert page.live
    assert page.live_revision_id == revision.pk
    assert publications.of(page).get().released_by == bernd
    if isinstance(page, ArticlePage):
        assert page.reviewed_at == approved


def test_a_schedule_in_the_past_goes_live_at_once(draft: Any, anna: Any, bernd: Any) -> None:
    save(draft, anna, go_live_at=timezone.now() - timedelta(days=1))
    assert services.approve(task_state=submit(draft, anna), user=bernd)
    assert live(draft).live


def test_a_scheduled_change_of_a_live_page_waits(draft: Any, anna: Any, bernd: Any) -> None:
    services.approve(task_state=submit(draft, anna), user=bernd)
    at = timezone.now() + timedelta(hours=1)
    save(draft, anna, go_live_at=at, change_significance="minor", **_text(draft, "Ab morgen."))
    services.approve(task_state=submit(draft, anna), user=bernd)
    field = next(iter(_text(draft, "")))
    assert getattr(live(draft), field) != "Ab morgen."
    with time_machine.travel(at + timedelta(minutes=1), tick=True):
        jobs.publish_scheduled()
    assert getattr(live(draft), field) == "Ab morgen."
    assert [row.version for row in publications.of(draft)] == [2, 1]


def test_a_schedule_nobody_released_is_not_published(draft: Any, anna: Any) -> None:
    revision = draft.latest_revision
    Revision.objects.filter(pk=revision.pk).update(approved_go_live_at=timezone.now() - timedelta(minutes=1))
    with pytest.raises(RuntimeError):
        jobs.publish_scheduled()
    assert not live(draft).live


def test_nobody_publishes_by_the_publish_method(draft: Any, bernd: Any) -> None:
    for skip in (True, False):
        with pytest.raises(Exception, match="Freigabe durch eine zweite Person"):
            draft.latest_revision.publish(user=bernd, skip_permission_checks=skip)
    assert not live(draft).live
    with guard.releasing(draft.latest_revision):
        assert guard._releasing.get() == draft.latest_revision.pk


def test_what_the_operator_publishes_without_a_person_is_logged(anna: Any) -> None:
    term = draft_term(anna)
    term.latest_revision.publish()
    assert GlossaryTerm.objects.get().live
    assert AuditEntry.objects.filter(action="override.publish").count() == 1
    assert publications.of(term).get().released_by is None


def test_reviewers_hear_of_a_submission_but_not_its_author(draft: Any, anna: Any, bernd: Any) -> None:
    clara = person("Clara", REVIEWER)
    Revision.objects.for_instance(draft).update(user=bernd)
    state = submit(draft, anna)
    assert _mails_to(clara, "Zur Freigabe")
    assert not _mails_to(bernd, "Zur Freigabe")
    services.approve(task_state=state, user=clara)
    assert "ist veröffentlicht" in _mails_to(bernd, "Freigegeben")[0]
    assert _mails_to(anna, "Freigegeben")


def _mails_to(user: Any, subject: str) -> list[str]:
    """Return the texts of mails to a person whose subject begins so."""
    return [str(m.body) for m in mail.outbox if user.email in m.to and m.subject.startswith(subject)]
