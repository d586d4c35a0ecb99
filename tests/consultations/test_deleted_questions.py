"""A question out of minutes whose page the editors delete: taken up again, unless the municipality knows of it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import time_machine

from consultations.models import FaqDraft
from consultations.refusals import NotPossible
from consultations.services import faq_drafts
from faq.models import QuestionPage
from portal.core.models import WorkItem
from tests.consultations.test_faq_drafts import ANSWER, QUESTION, other, proposed
from tests.factories import calendar as make
from tests.people import signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("mails_by_outbox")]


@pytest.fixture(autouse=True)
def _monday_morning() -> Iterator[None]:
    with time_machine.travel(make.NOW, tick=True):
        yield


def test_a_question_the_editors_delete_is_taken_up_again_from_its_minutes() -> None:
    draft, lead = proposed()
    second, seen = other(), faq_drafts.fingerprint(draft)
    draft = faq_drafts.confirm(draft=draft, by=second, text_seen=seen)
    assert draft.page
    assert draft.minutes
    draft.page.delete()
    page, new = f"/cms/beratung/faq/{draft.pk}/", f"/cms/beratung/protokoll/{draft.minutes.pk}/faq/"
    writer, reader = signed_in(lead.user), signed_in(second)
    case_page = writer.get(f"/cms/beratung/vorgang/{draft.case_id}/").content.decode()
    for words in ("FAQ-Entwurf: Von der Redaktion gelöscht", "FAQ-Entwurf wieder aufnehmen", new):
        assert words in case_page
    assert new in writer.get(page).content.decode()
    late = reader.post(page, {"nobody": "on", "seen": seen})
    assert late.status_code == 422, "it is not with the editors any more"
    assert writer.get(new).context["form"].initial["question"] == QUESTION
    assert draft.topic
    again = {"question": QUESTION, "answer": f"{ANSWER} Kurz gesagt.", "topic": draft.topic.pk}
    assert writer.post(new, again).status_code == 302
    draft.refresh_from_db()
    assert (draft.state, draft.checked_by, draft.checked_at) == (FaqDraft.State.WAITING, None, None)
    done = faq_drafts.confirm(draft=draft, by=second, text_seen=faq_drafts.fingerprint(draft))
    assert done.page
    assert WorkItem.objects.get(kind="faq-draft", state=WorkItem.State.OPEN).page_id == done.page.pk


def test_what_the_municipality_was_told_of_is_not_written_anew_when_its_page_goes() -> None:
    draft, lead = proposed()
    draft = faq_drafts.confirm(draft=draft, by=other(), text_seen=faq_drafts.fingerprint(draft))
    assert draft.page
    QuestionPage.objects.filter(pk=draft.page.pk).update(live=True)
    assert faq_drafts.tell_all()
    draft.page.delete()
    draft.refresh_from_db()
    assert (draft.state_label, faq_drafts.again(draft)) == ("An die Redaktion gegeben", "")
    assert draft.minutes
    with pytest.raises(NotPossible):
        faq_drafts.propose(
            minutes=draft.minutes, question=QUESTION, answer=ANSWER, topic=draft.topic, by=lead.user
        )
