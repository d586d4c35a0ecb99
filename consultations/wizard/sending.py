"""From a draft to a case: everything in one transaction, and sending the same draft again changes nothing."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.core import signing
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format

from consultations import case_words
from consultations.models import Appointment, Case, Concern, Participant, RequestDraft
from consultations.models.request import Urgency
from consultations.refusals import NotPossible, SlotTaken
from consultations.requester import mails
from consultations.secret_links import without_keys
from consultations.services import appointments, cases, invitations, seats
from consultations.services.appointments import request_by_wishes
from consultations.states import AppointmentState
from consultations.wizard import attachments, drafts
from consultations.wizard.answers import Answers, Way
from portal.accounts.models import User
from portal.core.open_form import EMAIL_LENGTH

SALT = "consultations.wizard.confirm"
CONFIRM_LIFE = timedelta(days=7)
JUST_ASKED = (
    "An diese Adresse haben wir in der letzten Minute schon eine E-Mail gesendet. Bitte sehen Sie in Ihr Postfach "
    "oder versuchen Sie es gleich noch einmal."
)


class Incomplete(Exception):  # noqa: N818 - no fault of the program
    """Something is missing; `step` is where it is asked for."""

    def __init__(self, step: str) -> None:
        super().__init__(step)
        self.step = step


class LinkInvalid(Exception):  # noqa: N818 - no fault of the program
    """A link to confirm an address is too old, was replaced by a newer one, or is damaged."""


class LinkExpired(LinkInvalid):
    """A link that was right and the latest one is too old, and its draft is still there and not sent."""

    def __init__(self, draft: RequestDraft) -> None:
        super().__init__()
        self.draft = draft


def submit(*, draft: RequestDraft, person: User | None, now: datetime | None = None) -> Case:
    """Open the case of a locked draft, with its appointment, and send the mails.

    `person` is who is signed in; without one the caller has had the address confirmed.

    Raises:
        Incomplete: An answer is missing.
        SlotTaken: Somebody else has the time or the seat by now; nothing has been sent.
        NotPossible: The state of things does not allow it any more.
    """
    if draft.case is not None:
        return draft.case
    answers = Answers(draft)
    step = answers.first_open() or _who_is_open(answers, person)
    if step is not None:
        raise Incomplete(step)
    with transaction.atomic():
        case = cases.receive(
            municipality=answers.municipality, subject=answers.text("subject"), by=person, requester=person,
            topic=answers.topic, form=answers.form,
        )  # fmt: skip
        _write_concern(case, answers, person)
        _take(case, draft, answers, by=person, now=now or timezone.now())
        attachments.hand_on(draft, case, by=person)
        draft.case, draft.answers, draft.appointment = case, {}, None
        draft.save()
        mails.confirm_receipt(case)
    return case


def _who_is_open(answers: Answers, person: User | None) -> str | None:
    """Return the last step where it has not said yet who asks, or where to call."""
    known = person is not None or (bool(answers.text("name")) and _is_address(answers.text("email")))
    number = answers.text("phone") or (person.phone if person is not None else "")
    return None if known and (number or not answers.wants_call) else "pruefen"


def _is_address(text: str) -> bool:
    if len(text) > EMAIL_LENGTH:
        return False
    try:
        validate_email(text)
    except ValidationError:
        return False
    return True


def _write_concern(case: Case, answers: Answers, person: User | None) -> None:
    guest = person is None
    concern = Concern(
        case=case, goal=without_keys(answers.text("goal")), service=answers.text("service"),
        procedure=answers.text("procedure"),
        deadline=answers.deadline, urgency=answers.text("urgency") or Urgency.RELAXED, place=answers.place,
        page=answers.text("page"), answers=answers.question_rows, private=answers.private,
        contact_name=answers.text("name") if guest else "",
        phone=answers.text("phone") if answers.wants_call else "",
        contact_email=answers.text("email").lower() if guest else "",
    )  # fmt: skip
    concern.full_clean(validate_unique=False)
    concern.save()
    case_words.add(case, concern.goal, concern.service, concern.procedure)
    for name, email in answers.participants:
        person_named = Participant(case=case, name=name, email=email)
        invitations.place(person_named)
        person_named.save()


def _take(case: Case, draft: RequestDraft, answers: Answers, *, by: Any, now: datetime) -> None:
    held = draft.appointment
    if answers.way in (Way.SLOT, Way.SESSION) and held is not None:
        _take_held(case, held, answers, by=by, now=now)
    elif answers.way == Way.WAITING and answers.session is not None:
        try:
            seats.join(session=answers.session, case=case, by=by, now=now)
        except NotPossible:  # a seat has become free meanwhile
            seats.ask(session=answers.session, case=case, by=by, now=now)
    elif answers.way == Way.WISHES and answers.form is not None:
        request_by_wishes(case=case, form=answers.form, wishes=answers.wishes, by=by, place=answers.place)


def _take_held(case: Case, held: Appointment, answers: Answers, *, by: Any, now: datetime) -> None:
    """Turn what is held into the appointment, at the place chosen last."""
    if held.session is None and answers.place:
        Appointment.objects.filter(pk=held.pk).update(place=answers.place)
    turn = appointments.book_held if held.format.is_direct else appointments.request
    turn(appointment=held, case=case, by=by, now=now)


# -- the address of somebody without account is confirmed first ---------------------------------------------------


def link_of(draft: RequestDraft) -> str:
    """Return the whole address that confirms a draft; the latest one counts."""
    token = signing.dumps([draft.key, draft.generation], salt=SALT)
    return settings.BASE_URL + reverse("consultation_confirm", args=[token])


def leads_on(draft: RequestDraft) -> bool:
    """True while the link of a sent draft may lead to its case.

    Its links are replaced when a case is handed over, or when who asked is erased: this one has ended as well.
    """
    return Concern.objects.filter(case=draft.case_id, link_generation=0).exists()


def draft_of(token: str, *, lock: bool = False) -> RequestDraft:
    """Return the draft of a link.

    Raises:
        LinkExpired: too old, and the draft waits to be sent: the address can be asked once more.
        LinkInvalid: too old, replaced, or made up.
    """
    key, generation, expired = _read(token)
    rows = RequestDraft.objects.select_for_update(of=("self",)) if lock else RequestDraft.objects.all()
    draft = rows.filter(key=key, generation=generation).first()
    if draft is None:
        raise LinkInvalid
    if not expired:
        return draft
    if draft.case_id is None and draft.changed_at > timezone.now() - drafts.life():
        raise LinkExpired(draft)
    raise LinkInvalid


def _read(token: str) -> tuple[str, int, bool]:
    """Return key and generation a link was signed for, and whether it is too old."""
    try:
        value: Any = signing.loads(token, salt=SALT)
        key, generation = str(value[0]), int(value[1])
    except (signing.BadSignature, ValueError, TypeError, IndexError) as error:
        raise LinkInvalid from error
    try:
        signing.loads(token, salt=SALT, max_age=CONFIRM_LIFE)
    except signing.SignatureExpired:
        return key, generation, True
    return key, generation, False


def ask_again(*, draft: RequestDraft) -> None:
    """Send a locked draft's address a new link, whether its slot is kept still or not; the old one ends.

    Only the mailbox of the address gets anything: an old link that went astray opens and tells nothing.
    """
    email = str(draft.answers.get("email", ""))
    if not email or mails.has_just_asked(email):
        return
    held = draft.appointment
    kept = _keep_slot(draft) if held is not None and held.is_held(timezone.now()) else ""
    draft.generation += 1
    draft.save(update_fields=["generation", "changed_at"])
    mails.ask_to_confirm(email=email, url=link_of(draft), kept=kept, days=CONFIRM_LIFE.days)


def ask_to_confirm(*, draft: RequestDraft, name: str, email: str, phone: str = "") -> None:
    """Send the link to the address and keep the slot until it is used, two hours at most.

    A form sent twice makes one mail; the slot it has by now is kept as long as that mail says.

    Raises:
        NotPossible: The slot is not held any more, or the address has just got a mail of another request.
    """
    same = draft.generation > 0 and draft.answers.get("email") == email
    recent = mails.has_just_asked(email)
    if recent and not same:
        raise NotPossible(JUST_ASKED)
    kept = _keep_slot(draft)  # first: no address stands in the draft that the latest link did not go to
    draft.answers = {**draft.answers, "name": name, "email": email, "phone": phone, "typed": {}}
    if recent:
        draft.save(update_fields=["answers", "changed_at"])
        return
    draft.generation += 1
    draft.save(update_fields=["answers", "generation", "changed_at"])
    mails.ask_to_confirm(email=email, url=link_of(draft), kept=kept, days=CONFIRM_LIFE.days)


def _keep_slot(draft: RequestDraft) -> str:
    """Hold the slot as long as it can be; returns until when, in words."""
    held = draft.appointment
    if held is None or held.state != AppointmentState.HELD:
        if Answers(draft).way in (Way.SLOT, Way.SESSION):
            raise SlotTaken("Die Vormerkung ist abgelaufen. Bitte wählen Sie noch einmal einen Termin.")
        return ""
    held = appointments.extend(appointment=held)
    until = timezone.localtime(held.held_until)
    return f"{date_format(until, 'l, j. F Y, H:i')} Uhr"
