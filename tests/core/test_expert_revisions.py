"""What an expert has read stays what it was: autosave makes a new revision instead of writing over that one."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from wagtail.models import Revision

from knowledge.models import ArticlePage
from portal.core.experts import services
from portal.core.models import ExpertInvitation, ExpertVote
from tests import factories
from tests.factories.experts import invited
from tests.factories.review import draft_article, save

pytestmark = pytest.mark.django_db

MOVED_ON = "Seitdem wurde weiter am Text gearbeitet"


@pytest.fixture
def page(anna: Any) -> ArticlePage:
    return draft_article(anna, body=factories.markdown("Die Frist endet am 31. März."))


def autosave(page: ArticlePage, user: Any, text: str, over: Revision) -> Revision:
    """Save as Wagtail's editor does by itself: over the revision its session has made."""
    draft = ArticlePage.objects.get(pk=page.pk).get_latest_revision_as_object()
    draft.body = factories.markdown(text)
    made: Revision = draft.save_revision(user=user, clean=False, overwrite_revision=over)
    return made


def latest(page: ArticlePage) -> Revision:
    found: Revision = ArticlePage.objects.get(pk=page.pk).get_latest_revision()
    return found


def test_autosave_writes_over_what_nobody_has_read(page: ArticlePage, anna: Any) -> None:
    before = latest(page)
    assert autosave(page, anna, "Die Frist endet am 1. April.", before).pk == before.pk


def test_what_an_expert_was_invited_to_is_not_written_over(page: ArticlePage, anna: Any) -> None:
    before, (_, link) = latest(page), invited(page, anna)
    assert MOVED_ON not in Client().get(link).content.decode()
    made = autosave(page, anna, "Die Frist endet am 1. April.", before)
    assert made.pk != before.pk
    shown = Client().get(link).content.decode()
    assert "31. März" in shown
    assert "1. April" not in shown
    assert MOVED_ON in shown
    assert autosave(page, anna, "Die Frist endet am 2. April.", made).pk == made.pk, "nobody has read that one"


@pytest.mark.parametrize("said", ["comment", "vote"])
def test_what_an_expert_has_spoken_about_is_not_written_over(page: ArticlePage, anna: Any, said: str) -> None:
    """Also where the invitation names another revision: the one under review was shown then."""
    invitation, _ = invited(page, anna)
    shown = save(page, anna, title="Anträge prüfen")
    if said == "comment":
        services.comment(invitation=invitation, revision=shown, place="", text="Stimmt.")
    else:
        services.vote(invitation=invitation, revision=shown, choice=ExpertVote.Choice.AGREE)
    made = autosave(page, anna, "Die Frist endet am 1. April.", shown)
    assert made.pk != shown.pk
    shown.refresh_from_db()
    assert "31. März" in str(shown.content)
    assert ExpertInvitation.objects.count() == 1
