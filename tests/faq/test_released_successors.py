"""What drafts of earlier versions wrote for questions offline is put right, and nothing else."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import pytest
from django.db.migrations.loader import MigrationLoader
from django.test import Client
from django.urls import reverse
from wagtail.contrib.redirects.models import Redirect

from faq.models import QuestionPage
from knowledge.models import TopicPage
from portal.core.models import AuditEntry, Publication
from search.models import SearchChange
from tests import factories
from tests.people import make_user, signed_in

pytestmark = pytest.mark.django_db
migration = import_module("faq.migrations.0007_released_successors")


@pytest.fixture(scope="module")
def then() -> Any:
    """The models as they are at the migration."""
    return MigrationLoader(None).project_state(("faq", "0007_released_successors")).apps


def offline(title: str, successor: QuestionPage | None = None) -> QuestionPage:
    """A question that two persons released with this successor, taken offline since."""
    page = factories.question(title, parent=topic(), successor=successor)
    page.save_revision(clean=False).publish()
    QuestionPage.objects.get(pk=page.pk).unpublish()
    return QuestionPage.objects.get(pk=page.pk)


def topic() -> Any:
    return TopicPage.objects.filter(slug="buergerbuero").first() or factories.topic("Bürgerbüro")


def live(title: str, successor: QuestionPage | None = None) -> QuestionPage:
    page: QuestionPage = factories.question(title, parent=topic(), successor=successor)
    page.save_revision(clean=False).publish()
    return QuestionPage.objects.get(pk=page.pk)


def drafted(question: QuestionPage, successor: QuestionPage | None) -> None:
    """Save a draft as versions before the mend did: the row and the redirect follow what it says."""
    draft = QuestionPage.objects.get(pk=question.pk).get_latest_revision_as_object()
    draft.successor = successor
    draft.save_revision(clean=False)
    QuestionPage.objects.filter(pk=question.pk).update(successor=successor)
    if successor is not None:
        Redirect.objects.filter(old_path=path(question)).delete()
        Redirect.add_redirect(path(question), redirect_to=successor)


def path(question: QuestionPage) -> str:
    return str(Redirect.normalise_path(question.get_url()))


def leads_to(question: QuestionPage) -> list[int | None]:
    return list(Redirect.objects.filter(old_path=path(question)).values_list("redirect_page", flat=True))


def successor(question: QuestionPage) -> int | None:
    return QuestionPage.objects.values_list("successor", flat=True).get(pk=question.pk)


def test_what_only_a_draft_said_goes(then: Any) -> None:
    new, middle = live("Neue?"), offline("Mittlere?")
    old = live("Alte?", successor=middle)
    drafted(middle, new)
    assert [Client().get(page.url).status_code for page in (old, middle)] == [301, 301]
    gone = Redirect.objects.get().pk
    before = set(SearchChange.objects.values_list("pk", flat=True))
    migration.put_right(then, None)
    assert [Client().get(page.url).status_code for page in (old, middle)] == [200, 404]
    assert (successor(middle), leads_to(middle)) == (None, [])
    assert QuestionPage.objects.get(pk=middle.pk).get_latest_revision_as_object().successor == new
    entry = AuditEntry.objects.get(object_type="wagtailredirects.redirect", object_id=str(gone))
    assert (entry.action, entry.actor) == ("wagtail.delete", None)
    changed = SearchChange.objects.exclude(pk__in=before).values_list("object_key", flat=True)
    assert set(changed) == {f"wagtailcore.page:{page.pk}" for page in (old, middle)}
    migration.put_right(then, None)
    assert SearchChange.objects.exclude(pk__in=before).count() == 2, "a second time there is nothing to do"


def test_what_was_released_leads_on_again(then: Any) -> None:
    new, other = live("Neue?"), live("Andere?")
    middle = offline("Mittlere?", successor=new)
    assert leads_to(middle) == [new.pk]
    drafted(middle, other)
    migration.put_right(then, None)
    assert (successor(middle), leads_to(middle)) == (new.pk, [new.pk])


def test_a_successor_taken_out_of_the_draft_again(then: Any) -> None:
    new, middle = live("Neue?"), offline("Mittlere?")
    drafted(middle, new)
    drafted(middle, None)
    assert leads_to(middle) == [new.pk]
    migration.put_right(then, None)
    assert (successor(middle), leads_to(middle)) == (None, [])


def test_what_was_released_stays(then: Any) -> None:
    newest, new = live("Neueste?"), offline("Neue?")
    middle = offline("Mittlere?", successor=new)
    QuestionPage.objects.filter(pk=new.pk).update(live=True)
    renewed = QuestionPage.objects.get(pk=new.pk)
    renewed.successor = newest
    renewed.save_revision(clean=False).publish()
    Redirect.add_redirect(path(middle), redirect_to=newest)
    drafted_only = QuestionPage.objects.get(pk=middle.pk).get_latest_revision_as_object()
    drafted_only.successor = newest
    drafted_only.save_revision(clean=False)
    migration.put_right(then, None)
    assert (successor(middle), leads_to(middle)) == (new.pk, [newest.pk])


def test_redirects_of_editors_and_of_wagtail_stay(then: Any) -> None:
    new, middle, moved = live("Neue?"), offline("Mittlere?"), offline("Verschobene?")
    for page in (middle, moved):
        drafted(page, new)
    Redirect.objects.all().delete()
    browser = signed_in(make_user(role="Administration"))
    made = {"old_path": path(middle), "redirect_page": new.pk, "is_permanent": "on"}
    assert browser.post(reverse("wagtailredirects:add"), made).status_code == 302
    Redirect.add_redirect(path(moved), redirect_to=new, automatically_created=True)
    Redirect.add_redirect("/anderswo", redirect_to=new)
    migration.put_right(then, None)
    assert (leads_to(middle), leads_to(moved)) == ([new.pk], [new.pk])
    assert Redirect.objects.filter(old_path="/anderswo").exists()
    assert (successor(middle), successor(moved)) == (None, None)


def test_a_redirect_to_what_no_draft_named_stays(then: Any) -> None:
    new, other, middle = live("Neue?"), live("Andere?"), offline("Mittlere?")
    drafted(middle, new)
    Redirect.objects.update(redirect_page=other)
    migration.put_right(then, None)
    assert (successor(middle), leads_to(middle)) == (None, [other.pk])


def test_what_cannot_be_told_stays(then: Any) -> None:
    """The last version's text is not kept, its successor was deleted, or it was never published."""
    new, gone = live("Neue?"), live("Gelöschte?")
    unkept, orphan = offline("Nicht gespeichert?"), offline("Verwaist?", successor=gone)
    unpublished = factories.question("Nie veröffentlicht?", parent=topic(), live=False)
    unpublished.save_revision(clean=False)
    gone.delete()
    for page in (unkept, orphan, unpublished):
        drafted(page, new)
    Publication.objects.filter(object_id=str(unkept.pk)).update(revision=None)
    migration.put_right(then, None)
    for page in (unkept, orphan, unpublished):
        assert (successor(page), leads_to(page)) == (new.pk, [new.pk])


def test_a_live_question_is_none_of_its_business(then: Any) -> None:
    new = live("Neue?")
    old = live("Alte?", successor=new)
    migration.put_right(then, None)
    assert successor(old) == new.pk
