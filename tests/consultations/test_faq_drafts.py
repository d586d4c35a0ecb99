"""Minutes become knowledge: without names, read by a second person, released by the editors, told to who asked."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.test import Client

from consultations import anonymity
from consultations.models import Case, CaseKeeping, FaqDraft, Minutes, Participant
from consultations.privacy import anonymising
from consultations.refusals import NotPossible
from consultations.services import cases, faq_drafts, minutes
from faq.models import QuestionPage
from portal.accounts.models import User
from portal.core import work
from portal.core.models import AuditEntry, WorkEvent, WorkItem
from portal.core.review import services as review
from portal.core.visibility import Visibility
from search import finding
from search import index as search_index
from search.follower import Follower
from search.rebuild import rebuild
from tests import factories, mails
from tests.factories import calendar as make
from tests.factories import desk, requests
from tests.factories.requests import Walk
from tests.factories.review import REVIEWER, person, save, submit
from tests.people import make_user, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("mails_by_outbox")]
QUESTION = "Wie rechnet man Quittungsbögen im Kassenverfahren ab?"
ANSWER = "Quittungsbögen rechnet die Kasse einmal im Quartal ab. Dafür genügt das Formblatt."


@pytest.fixture(autouse=True)
def _monday_morning() -> Iterator[None]:
    with time_machine.travel(make.NOW, tick=True):
        yield


def advised(**fields: Any) -> tuple[Case, Minutes, Any]:
    """Return a case that is advised, its minutes with names in them, and who led it."""
    lead = desk.adviser_with_role()
    case = desk.working_case(lead, topic=factories.topic("Kasse"), **fields)
    case = cases.advance(case=case, action="advise", by=lead.user)
    written = minutes.write(
        case=case, by=lead.user, question=f"Wie rechnet {case.municipality.name} Quittungsbögen ab?",
        answer=f"{ANSWER} Frau Jörgensen aus Mühltal meldet sich unter 06151 123456 oder a@muehltal.example.",
        text="Vertraulich: Personalfragen",
    )  # fmt: skip
    return case, written, lead


def proposed() -> tuple[FaqDraft, Any]:
    case, written, lead = advised()
    draft = faq_drafts.propose(minutes=written, question=QUESTION, answer=ANSWER, topic=case.topic, by=lead.user)
    return draft, lead


def other(name: str = "zweite") -> User:
    return desk.person("Beratung", f"{name}@kkv.example", first_name="Änne", last_name="Zweit")


def test_names_as_mail_programs_of_offices_write_them_are_taken_out() -> None:
    case, _, _ = advised()
    for name in ("Müller, Petra", "Wolf, Jan (Stadt Nidda)", "von der Heide, Eva [Amt 61]", "Karl Klein, Bauamt"):
        case.messages.create(side="municipality", channel="mail", text="Frage", author_name=name)
    minutes.write(
        case=case,
        by=desk.person("Beratung", "frueher@kkv.example", last_name="Zauner"),
        question="",
        answer="",
        text="Notiz",
    )
    said = (
        "Frau Müller fragt, ob Jan Wolf zuständig ist. Laut Petra Müller widerspricht Wolf. Von Heide, Klein und "
        "Zauner kam: nichts."
    )
    assert anonymity.strip(case, said) == [
        "Frau [Name] fragt, ob [Name] zuständig ist. Laut [Name] widerspricht [Name]. Von [Name], [Name] und "
        "[Name] kam: nichts."
    ]


def test_names_municipality_and_files_of_the_case_are_taken_out() -> None:
    requester = make_user("amt@stadt.example", first_name="Käthe", last_name="Jörgensen")
    case, written, _ = advised(requester=requester)
    Participant.objects.create(case=case, name="Ömer Groß")
    clean = anonymity.strip(
        case, f"{written.answer} Ömer Groß hat Mühltals Muster.pdf zu {case.reference} geschickt."
    )[0]
    for word in ("Jörgensen", "Mühltal", "06151", "@", "Ömer", "Groß", case.reference):
        assert word not in clean, (word, clean)
    assert clean.startswith(ANSWER)
    assert anonymity.strip(case, "Das ist ein groß angelegtes Verfahren.") == [
        "Das ist ein groß angelegtes Verfahren."
    ]
    assert anonymity.strip(case, "GROSS in MÜHLTAL") == ["[Name] in die Kommune"]
    assert "Vertraulich" not in str(faq_drafts.begin(written)), "only question and answer are copied"


def test_what_still_names_somebody_is_pointed_out() -> None:
    case, _, _ = advised(requester=make_user("amt@stadt.example", first_name="Käthe", last_name="Jörgensen"))
    make.municipality("Bad Wildungen")
    text = "Jörgensen aus Bad Wildungen, Frau Schmidt, Tel. 06151 123456, https://stadt.example/x"
    found = {hint.text: hint.why for hint in anonymity.hints(case, text)}
    assert found["Jörgensen"] == "Name einer Person dieses Vorgangs"
    assert found["Bad Wildungen"] == "Name einer Kommune oder eines Landkreises"
    assert any("Schmidt" in part for part in found)
    assert any("06151" in part for part in found)
    assert any("stadt.example" in part for part in found)
    assert anonymity.hints(case, ANSWER) == []


def test_who_wrote_it_cannot_confirm_it() -> None:
    draft, lead = proposed()
    seen = faq_drafts.fingerprint(draft)
    with pytest.raises(NotPossible, match="jemand anderen"):
        faq_drafts.confirm(draft=draft, by=lead.user, text_seen=seen)
    with pytest.raises(IntegrityError), transaction.atomic():
        FaqDraft.objects.filter(pk=draft.pk).update(
            checked_by=lead.user, checked_at=make.NOW, state=FaqDraft.State.PASSED_ON
        )
    assert not QuestionPage.objects.filter(title=QUESTION).exists()


def test_a_text_changed_meanwhile_is_read_again() -> None:
    draft, _ = proposed()
    seen, reader = faq_drafts.fingerprint(draft), other()
    assert draft.minutes
    faq_drafts.propose(
        minutes=draft.minutes, question=QUESTION, answer="Ganz anders.", topic=draft.topic, by=other("dritte")
    )
    with pytest.raises(NotPossible, match="noch einmal"):
        faq_drafts.confirm(draft=draft, by=reader, text_seen=seen)


def test_hints_have_to_be_looked_at() -> None:
    draft, lead = proposed()
    assert draft.minutes
    draft = faq_drafts.propose(
        minutes=draft.minutes,
        question=QUESTION,
        answer=f"{ANSWER} Wie in Mühltal.",
        topic=draft.topic,
        by=lead.user,
    )
    reader, seen = other(), faq_drafts.fingerprint(draft)
    with pytest.raises(NotPossible, match="Hinweise"):
        faq_drafts.confirm(draft=draft, by=reader, text_seen=seen)
    assert faq_drafts.confirm(draft=draft, by=reader, text_seen=seen, hints_seen=True).page


def test_an_open_case_makes_no_question() -> None:
    lead = desk.adviser_with_role()
    case = desk.working_case(lead)
    written = minutes.write(case=case, by=lead.user, question="Wie?", answer="So.", text="")
    with pytest.raises(NotPossible, match="beraten"):
        faq_drafts.propose(minutes=written, question="Wie?", answer="So.", topic=None, by=lead.user)


def test_the_screens_lead_from_minutes_to_the_editors_and_back() -> None:
    case, written, lead = advised()
    writer, reader = signed_in(lead.user), signed_in(other())
    assert "FAQ-Entwurf erzeugen" in writer.get(f"/cms/beratung/vorgang/{case.pk}/").content.decode()
    form = writer.get(f"/cms/beratung/protokoll/{written.pk}/faq/").context["form"]
    assert "Mühltal" not in str(form.initial)
    assert case.topic
    sent = writer.post(
        f"/cms/beratung/protokoll/{written.pk}/faq/",
        {"question": QUESTION, "answer": f"{ANSWER} Wie in Mühltal.", "topic": case.topic.pk},
    )
    draft = FaqDraft.objects.get()
    assert sent["Location"].endswith(f"/faq/{draft.pk}/")
    page = f"/cms/beratung/faq/{draft.pk}/"
    assert "Eine zweite Person bestätigt" in writer.get(page).content.decode()
    shown = reader.get(page)
    assert "Name einer Kommune" in shown.content.decode()
    seen = shown.context["form"].initial["seen"]
    without = reader.post(page, {"nobody": "on", "seen": seen})
    assert without.status_code == 422
    assert "Bitte sehen Sie die Hinweise an" in without.content.decode()
    assert reader.post(page, {"nobody": "on", "hints": "on", "seen": seen}).status_code == 302
    draft.refresh_from_db()
    assert draft.page
    assert not draft.page.live
    assert draft.page.short_answer.startswith(ANSWER)
    assert case.page_links.get().page_id == draft.page.pk
    assert WorkItem.objects.get(kind="faq-draft").page_id == draft.page.pk
    assert not WorkItem.objects.filter(kind="faq-check", state=WorkItem.State.OPEN).exists()
    root = signed_in(make_user("root@kkv.example", is_superuser=True))
    assert f"/cms/beratung/vorgang/{case.pk}/" in root.get(f"/cms/pages/{draft.page.pk}/edit/").content.decode()
    assert QUESTION not in str(list(AuditEntry.objects.filter(action__startswith="case.faq").values("detail")))


def test_given_up_it_goes_nowhere_and_can_begin_anew() -> None:
    draft, lead = proposed()
    client = signed_in(other())
    assert client.post(f"/cms/beratung/faq/{draft.pk}/", {"action": "drop"}).status_code == 302
    draft.refresh_from_db()
    assert draft.state == FaqDraft.State.DROPPED
    with pytest.raises(NotPossible):
        faq_drafts.confirm(draft=draft, by=other("dritte"), text_seen=faq_drafts.fingerprint(draft))
    assert draft.minutes
    again = faq_drafts.propose(
        minutes=draft.minutes, question=QUESTION, answer=ANSWER, topic=draft.topic, by=lead.user
    )
    assert again.state == FaqDraft.State.WAITING


def test_given_back_it_goes_to_who_wrote_it_with_the_reason() -> None:
    draft, lead = proposed()
    page, case_page = f"/cms/beratung/faq/{draft.pk}/", f"/cms/beratung/vorgang/{draft.case_id}/"
    writer, reader = signed_in(lead.user), signed_in(other())
    assert "Zurückgeben" in reader.get(page).content.decode()
    assert "Zurückgeben" not in writer.get(page).content.decode()
    without = reader.post(page, {"action": "return", "reason": " "})
    assert without.status_code == 422
    assert "was am Text zu ändern ist" in without.content.decode()
    assert "Bitte bestätigen Sie das" not in without.content.decode()
    for _ in range(2):
        sent = reader.post(page, {"action": "return", "reason": "Die Straße verrät die Kommune."})
        assert sent["Location"] == case_page
    (item,) = WorkItem.objects.filter(kind="faq-returned")
    assert (item.owner, item.note) == (lead.user, "Der Grund steht am Entwurf.")
    assert not WorkEvent.objects.filter(text__contains="Straße").exists(), "read by people who see no cases"
    assert faq_drafts.entry_of(item.dedupe_key) == draft
    assert not WorkItem.objects.filter(kind="faq-check", state=WorkItem.State.OPEN).exists()
    shown = writer.get(page).content.decode()
    for words in ("Zurückgegeben", "Die Straße verrät die Kommune.", "Text ändern", "Verwerfen"):
        assert words in shown
    assert "FAQ-Entwurf überarbeiten" in writer.get(case_page).content.decode()
    late = signed_in(other("dritte")).post(page, {"action": "return", "reason": "Noch ein Grund"})
    assert late.status_code == 422
    assert "Noch ein Grund" in late.content.decode()


def test_what_was_given_back_is_written_anew_and_read_again() -> None:
    draft, lead = proposed()
    draft = faq_drafts.give_back(draft=draft, by=other(), reason="Die Straße verrät die Kommune.")
    assert draft.minutes
    assert draft.topic
    again = {"question": QUESTION, "answer": f"{ANSWER} Ohne Straße.", "topic": draft.topic.pk}
    address = f"/cms/beratung/protokoll/{draft.minutes.pk}/faq/"
    assert signed_in(lead.user).post(address, again).status_code == 302
    draft.refresh_from_db()
    assert (draft.state, draft.returned_for) == (FaqDraft.State.WAITING, "")
    assert WorkItem.objects.get(kind="faq-returned").state == WorkItem.State.DONE
    assert WorkItem.objects.filter(kind="faq-check", state=WorkItem.State.OPEN).count() == 1


def test_why_it_was_given_back_goes_with_the_case() -> None:
    draft, lead = proposed()
    faq_drafts.give_back(draft=draft, by=other(), reason="Die Straße verrät die Kommune.")
    item = WorkItem.objects.get(kind="faq-returned")
    mine: dict[str, Any] = {"title": "Lindenstraße raus", "note": "Die Lindenstraße nennt Mühltal."}
    work.change_item(item=item, actor=lead.user, changes=mine)
    case = cases.close(case=Case.objects.get(), by=lead.user)
    late = work.open_item(kind="case-overdue", dedupe_key=f"case:{case.pk}", title=f"Offen: {case.reference}")
    work.add_note(item=late, actor=lead.user, text="Die Straße in Mühltal ist gemeint.")
    CaseKeeping.objects.create(case=case, offered_at=make.NOW, decision="not_wanted", decided_at=make.NOW)
    anonymising.anonymise(case=case)
    assert not WorkItem.objects.filter(state=WorkItem.State.OPEN).exists()
    kept = [*WorkItem.objects.values_list("title", "note"), *WorkEvent.objects.values_list("text", flat=True)]
    for word in ("traße", "Mühltal", case.reference):
        assert word not in str(kept)


def test_who_wrote_it_cannot_give_it_back_and_a_returned_one_is_not_confirmed() -> None:
    draft, lead = proposed()
    with pytest.raises(NotPossible, match="Text ändern"):
        faq_drafts.give_back(draft=draft, by=lead.user, reason="Zu lang")
    reader = other()
    faq_drafts.give_back(draft=draft, by=reader, reason="Zu lang")
    with pytest.raises(NotPossible):
        faq_drafts.confirm(draft=draft, by=reader, text_seen=faq_drafts.fingerprint(draft))
    dropped = faq_drafts.drop(draft=draft, by=lead.user)
    assert (dropped.state, dropped.returned_for) == (FaqDraft.State.DROPPED, "")
    assert not WorkItem.objects.filter(kind__startswith="faq-", state=WorkItem.State.OPEN).exists()


def test_given_up_it_is_offered_again() -> None:
    draft, lead = proposed()
    page, reader = f"/cms/beratung/faq/{draft.pk}/", signed_in(other())
    answers = [reader.post(page, {"action": "drop"}) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [302, 302]
    assert draft.minutes
    new = f"/cms/beratung/protokoll/{draft.minutes.pk}/faq/"
    writer = signed_in(lead.user)
    case_page = writer.get(f"/cms/beratung/vorgang/{draft.case_id}/").content.decode()
    assert "FAQ-Entwurf wieder aufnehmen" in case_page
    assert new in case_page
    assert new in reader.get(page).content.decode()
    assert writer.get(new).context["form"].initial["question"] == QUESTION


def test_a_second_click_on_confirm_is_told_the_same() -> None:
    draft, _ = proposed()
    page, reader = f"/cms/beratung/faq/{draft.pk}/", signed_in(other())
    seen = reader.get(page).context["form"].initial["seen"]
    answers = [reader.post(page, {"nobody": "on", "hints": "on", "seen": seen}) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [302, 302]
    assert QuestionPage.objects.filter(title=QUESTION).count() == 1


def test_the_requester_is_told_once_even_when_the_signal_was_missed() -> None:
    draft, _ = proposed()
    Case.objects.filter(pk=draft.case_id).update(requester=make_user("amt@stadt.example"))
    done = faq_drafts.confirm(draft=draft, by=other(), text_seen=faq_drafts.fingerprint(draft))
    assert faq_drafts.tell_all() == ""
    assert done.page
    QuestionPage.objects.filter(pk=done.page.pk).update(live=True)
    assert faq_drafts.tell_all() == "Kommunen benachrichtigt: 1"
    assert faq_drafts.tell_all() == ""
    told = [mail for mail in mails.deliver() if "im Portal" in mail["Subject"]]
    assert len(told) == 1


@pytest.fixture
def follow() -> Iterator[Any]:
    """An index of its own, and what brings it up to date."""
    rebuild()
    follower = Follower()

    def work() -> None:
        while follower.step():
            pass

    work()
    yield work
    follower.close()
    search_index._readers.index = None


def test_the_loop_closes(follow: Any) -> None:
    """Search without hit → request → minutes → question → released, live → found by the same query, and told."""
    asked = "Quittungsbögen abrechnen"
    assert not [hit for hit in finding.find(asked, level=Visibility.PUBLIC).results if "Quittung" in hit.title]

    town = requests.world()
    member = requests.member(town)
    client = Client()
    client.force_login(member)
    walk = Walk(client)
    walk.up_to_the_choice()
    walk.choose_format()
    assert walk.take(walk.slots()[0]).status_code == 302
    assert walk.post("pruefen").status_code == 302
    case = Case.objects.get(municipality=town)

    lead = desk.adviser_with_role("Beratend", weekdays=range(7))
    case = cases.assign(case=case, lead=lead, by=None)
    for action in ("start", "advise"):
        case = cases.advance(case=case, action=action, by=lead.user)
    written = minutes.write(case=case, by=lead.user, question=QUESTION, answer=ANSWER, text="")
    draft = faq_drafts.propose(
        minutes=written, question=QUESTION, answer=ANSWER, topic=factories.topic("Kasse"), by=lead.user
    )
    draft = faq_drafts.confirm(draft=draft, by=other(), text_seen=faq_drafts.fingerprint(draft), hints_seen=True)

    editor, reviewer = person("Anna"), person("Bernd", REVIEWER)
    page = draft.page
    assert page
    duty = {"responsible_person": editor, "responsible_unit": "KKV", "contact_email": "kkv@kkv.example"}
    save(page, editor, no_legal_basis=True, **duty)
    follow()
    assert not [hit for hit in finding.find(asked, level=Visibility.PUBLIC).results if hit.title == QUESTION], (
        "a draft is not found"
    )
    mails.deliver()
    state = submit(QuestionPage.objects.get(pk=page.pk), editor)
    assert review.approve(task_state=state, user=reviewer)
    follow()
    assert QuestionPage.objects.get(pk=page.pk).live
    assert finding.find(asked, level=Visibility.PUBLIC).results[0].title == QUESTION
    (told,) = [mail for mail in mails.deliver() if "im Portal" in mail["Subject"]]
    assert told["To"] == member.email
    assert QuestionPage.objects.get(pk=page.pk).slug in mails.text_of(told)
    assert ANSWER not in mails.text_of(told)
    draft.refresh_from_db()
    assert draft.told_at is not None
    assert not WorkItem.objects.filter(kind="faq-draft", state=WorkItem.State.OPEN).exists()
