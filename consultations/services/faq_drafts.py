"""Minutes become knowledge: written without names, read by a second person, passed on, told to who asked.

The draft of the page has the author of the text as its author, so that somebody else releases it (docs/review.md).
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from consultations import anonymity, topics
from consultations.models import Case, CasePage, FaqDraft, Minutes
from consultations.refusals import NotPossible
from consultations.services import notices
from consultations.states import CaseState
from faq.models import QuestionPage
from portal.core import audit, work
from portal.core.addresses import free_slug
from portal.core.sentences import split_sentences
from portal.core.text import printable

ADVISED_STATES = (CaseState.ADVISED, CaseState.ANSWERED, CaseState.MEASURES_OPEN, CaseState.CLOSED)
"""States in which a case has an answer that others can use."""
CHECK_KIND, RETURN_KIND, EDIT_KIND = "faq-check", "faq-returned", "faq-draft"
CHECK_WITHIN, EDIT_WITHIN = timedelta(days=7), timedelta(days=14)
MOST_SENTENCES = 5  # what the help of the field asks for
State = FaqDraft.State
REASON_NOTE = "Der Grund steht am Entwurf."
"""What work items say of it: they are read by people who see no cases, and stay when the case goes."""
AGAIN = {State.RETURNED: "FAQ-Entwurf überarbeiten", State.DROPPED: "FAQ-Entwurf wieder aufnehmen"}


def is_possible(case: Case) -> bool:
    """True for a case whose minutes can become a question."""
    return case.state in ADVISED_STATES


def begin(minutes: Minutes) -> dict[str, str]:
    """Return question and answer of minutes without the names of their case, as a form begins with them."""
    question, answer = anonymity.strip(minutes.case, minutes.question, minutes.answer)
    return {"question": " ".join(question.split())[:255], "answer": answer}


@transaction.atomic
def propose(*, minutes: Minutes, question: str, answer: str, topic: Any, by: Any) -> FaqDraft:
    """Keep a text for a second person to read; a new text of the same minutes takes the place of the one before.

    So does one of a question the editors have deleted before it went live.

    Raises:
        NotPossible: The case has no answer yet, or the question is with the editors already.
        ValidationError: Something is missing or too long.
    """
    case = Case.objects.select_for_update(no_key=True, of=("self",)).get(pk=minutes.case_id)
    if not is_possible(case):
        raise NotPossible("Eine FAQ entsteht aus einem Vorgang, der beraten, beantwortet oder abgeschlossen ist.")
    row = FaqDraft.objects.filter(minutes=minutes).first() or FaqDraft(case=case, minutes=minutes)
    if row.state == State.PASSED_ON and not row.is_lost:
        raise NotPossible("Diese Frage liegt schon bei der Redaktion. Bitte ändern Sie sie dort.")
    row.question, row.answer = " ".join(printable(question).split()), printable(answer).strip()
    row.topic, row.state, row.written_by, row.written_at = topic, State.WAITING, by, timezone.now()
    row.returned_for, row.checked_by, row.checked_at = "", None, None
    if topic is None:
        raise ValidationError({"topic": "Bitte wählen Sie ein Thema."})
    row.full_clean(validate_unique=False)
    row.save()
    audit.record("case.faq_propose", actor=by, subject=row, case=case.pk)
    work.close_item(kind=RETURN_KIND, dedupe_key=f"faq:{row.pk}")
    work.open_item(
        kind=CHECK_KIND, dedupe_key=f"faq:{row.pk}", title=f"FAQ-Entwurf gegenlesen: {case.reference}",
        note="Eine zweite Person bestätigt, dass im Text nichts jemanden erkennen lässt.",
        due_on=timezone.localdate() + CHECK_WITHIN,
    )  # fmt: skip
    return row


def _locked(draft: FaqDraft, *states: State) -> FaqDraft:
    row = FaqDraft.objects.select_for_update(of=("self",)).select_related("case", "topic").get(pk=draft.pk)
    if row.state not in (State.WAITING, *states):
        raise NotPossible("Dieser Entwurf ist schon entschieden.")
    return row


@transaction.atomic
def confirm(*, draft: FaqDraft, by: Any, text_seen: str, hints_seen: bool = False) -> FaqDraft:
    """Say as a second person that nothing identifies anybody, and give the question to the editors.

    `text_seen`: fingerprint of the text that was read (`fingerprint`). `hints_seen`: what the check pointed out
    was looked at.

    Raises:
        NotPossible: Who wrote the text confirms it, it has changed meanwhile, its topic is gone, or it is decided.
    """
    row = _locked(draft)
    if row.written_by_id == by.pk:
        raise NotPossible("Sie haben diesen Text geschrieben. Bitte lassen Sie jemand anderen gegenlesen.")
    if fingerprint(row) != text_seen:
        raise NotPossible("Der Text ist inzwischen geändert worden. Bitte lesen Sie ihn noch einmal.")
    if row.topic is None:
        raise NotPossible("Das Thema gibt es nicht mehr. Bitte wählen Sie ein anderes.")
    if anonymity.hints(row.case, row.question, row.answer) and not hints_seen:
        raise NotPossible("Bitte bestätigen Sie, dass Sie die Hinweise angesehen haben.")
    row.state, row.checked_by, row.checked_at = State.PASSED_ON, by, timezone.now()
    row.page = _page(row)
    row.full_clean(validate_unique=False)
    row.save()
    CasePage.objects.get_or_create(case=row.case, page_id=row.page.pk, defaults={"added_by": by})
    work.close_item(kind=CHECK_KIND, dedupe_key=f"faq:{row.pk}")
    work.open_item(
        kind=EDIT_KIND, dedupe_key=f"faq:{row.pk}", title=f"Frage aus der Beratung: {row.question}", page=row.page,
        note="Bitte ergänzen (Rechtsgrundlage, Zuständigkeit) und zur Freigabe einreichen.",
        source="Beratung", due_on=timezone.localdate() + EDIT_WITHIN,
    )  # fmt: skip
    audit.record("case.faq_confirm", actor=by, subject=row, case=row.case_id, page=row.page.pk)
    return row


@transaction.atomic
def give_back(*, draft: FaqDraft, by: Any, reason: str) -> FaqDraft:
    """Give a text back to who wrote it, as a second person; a work item leads to what has to change.

    Raises:
        NotPossible: Who wrote the text gives it back, or it is decided already.
        ValidationError: The reason is missing or too long.
    """
    row = _locked(draft)
    if row.written_by_id == by.pk:
        raise NotPossible("Sie haben diesen Text geschrieben. Ändern Sie ihn mit „Text ändern“.")
    row.state, row.returned_for = State.RETURNED, printable(reason).strip()
    if not row.returned_for:
        raise ValidationError("Bitte schreiben Sie, was am Text zu ändern ist.")
    row.full_clean(validate_unique=False, exclude=["topic", "written_by"])
    row.save()
    work.close_item(kind=CHECK_KIND, dedupe_key=f"faq:{row.pk}")
    work.open_item(
        kind=RETURN_KIND, dedupe_key=f"faq:{row.pk}", title=f"FAQ-Entwurf überarbeiten: {row.case.reference}",
        note=REASON_NOTE, owner=row.written_by, source="Gegenlesen", actor=by,
        due_on=timezone.localdate() + CHECK_WITHIN,
    )  # fmt: skip
    audit.record("case.faq_return", actor=by, subject=row, case=row.case_id)
    return row


@transaction.atomic
def drop(*, draft: FaqDraft, by: Any) -> FaqDraft:
    """Give up a text that cannot be told without naming somebody, or that nobody needs.

    Raises:
        NotPossible: It is decided already.
    """
    row = _locked(draft, State.RETURNED)
    row.state, row.returned_for = State.DROPPED, ""
    row.save(update_fields=["state", "returned_for"])
    for kind in (CHECK_KIND, RETURN_KIND):
        work.close_item(kind=kind, dedupe_key=f"faq:{row.pk}")
    audit.record("case.faq_drop", actor=by, subject=row, case=row.case_id)
    return row


def fingerprint(draft: FaqDraft) -> str:
    """Return what stands for the text of a draft in a form: another text has another one."""
    return f"{draft.written_at.timestamp():.6f}"


def short_of(answer: str, longest: int) -> str:
    """Return the first whole sentences of an answer that fit, at least the beginning of the first."""
    sentences = split_sentences(" ".join(answer.split()))
    short = ""
    for sentence in sentences[:MOST_SENTENCES]:
        if len(short) + len(sentence) + 1 > longest:
            break
        short = f"{short} {sentence}".strip()
    return short or f"{' '.join(answer.split())[: longest - 1]}…"


def _page(row: FaqDraft) -> QuestionPage:
    topic: Any = row.topic
    longest: int = QuestionPage._meta.get_field("short_answer").max_length or 0
    short = short_of(row.answer, longest)
    page = QuestionPage(
        title=row.question, slug=free_slug(topic, row.question, "frage"), live=False, owner=row.written_by,
        short_answer=short, content_as_of=timezone.localdate(),
    )  # fmt: skip
    if " ".join(row.answer.split()) != short:
        page.body = [("markdown", row.answer.replace("\r\n", "\n"))]
    topic.add_child(instance=page)
    page.save_revision(user=row.written_by, log_action=True, clean=False)
    return page


def tell(row: FaqDraft) -> bool:
    """Write to who asked that the answer is a page of the portal now, once; False while they cannot open it.

    One transaction: the mail is stored with the mark that it has been.
    """
    with transaction.atomic():
        locked = FaqDraft.objects.select_for_update(of=("self",)).select_related("case__requester", "page")
        draft = locked.get(pk=row.pk)
        if draft.told_at is not None or draft.page is None or not draft.page.live:
            return False
        work.close_item(kind=EDIT_KIND, dedupe_key=f"faq:{draft.pk}")
        if not topics.may_be_told(draft.page, draft.case.requester):
            return False  # the hourly job tells them once it is open to them
        draft.told_at = timezone.now()
        draft.save(update_fields=["told_at"])
        notices.tell_of_page(draft.case, draft.page.full_url or "")
        audit.record("case.faq_live", subject=draft, case=draft.case_id, page=draft.page.pk)
        return True


def on_published(sender: Any, instance: Any, **kwargs: Any) -> None:
    """Receiver of `page_published` for questions."""
    row = FaqDraft.objects.filter(page=instance.pk, told_at=None).first()
    if row is not None:
        tell(row)


def tell_all() -> str:
    """Tell those whose question went live without the signal having reached us: the hourly job."""
    rows = FaqDraft.objects.filter(told_at=None, page__live=True)
    told = sum(tell(row) for row in rows)
    return f"Kommunen benachrichtigt: {told}" if told else ""


def again(draft: FaqDraft) -> str:
    """Return in German how a draft is taken up again; empty where it is not."""
    return AGAIN.get(State.DROPPED if draft.is_lost else State(draft.state), "")


def of_minutes(case: Case) -> list[dict[str, Any]]:
    """Return the minutes of a case with the draft that came of each, and how it is taken up again; one query."""
    rows = case.minutes.select_related("appointment", "faq_draft__page")
    found = [(row, getattr(row, "faq_draft", None)) for row in rows]
    return [{"row": row, "draft": draft, "again": again(draft) if draft else ""} for row, draft in found]


def entry_of(key: str) -> FaqDraft | None:
    """Return what a work item of ours is about, by its key."""
    number = key.partition(":")[2]
    return FaqDraft.objects.filter(pk=number).first() if number.isdecimal() else None


def url_of(draft: FaqDraft) -> str:
    return reverse("consultations_faq", args=[draft.pk])
