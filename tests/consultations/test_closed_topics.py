"""The title of a topic that is closed or offline stands nowhere outside the centre; the centre's forms mark it."""

from __future__ import annotations

import re

import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from consultations import case_export
from consultations.models import Case, Concern, FaqDraft, MinutesTemplate
from consultations.requester import tokens
from consultations.services import cases, faq_drafts, groups, minutes
from knowledge.models import TopicPage
from portal.accounts.models import Membership, Municipality, User
from portal.core.visibility import EXTERNAL_ADVISER_GROUP, MUNICIPALITY_GROUP, Visibility
from tests import mails
from tests.factories import calendar as make
from tests.factories import desk, reading, requests
from tests.factories.requests import CONCERN, Walk
from tests.people import signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("advice_on_monday", "mails_by_outbox")]
QUESTION, ANSWER = "Wie rechnet man Quittungsbögen ab?", "Einmal im Quartal, mit dem Formblatt."
TITLE = "Neuordnung der Fachverfahren"
OPEN_DATES = ("termine/", "termine.md", "termine.ics", "termine.atom")


@pytest.fixture
def topic() -> TopicPage:
    return reading.topic(TITLE)


def member() -> User:
    found = requests.member(make.municipality())
    found.groups.add(Group.objects.get_or_create(name=MUNICIPALITY_GROUP)[0])
    return found


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def told(client: Client, address: str) -> bool:
    answer = client.get(address)
    assert answer.status_code == 200, address
    return TITLE in answer.content.decode()


def close(topic: TopicPage, level: Visibility | None) -> None:
    """Close a topic to a level; None takes it offline."""
    if level is None:
        topic.unpublish()
    else:
        reading.restrict(topic, level)


CLOSED = [
    (Visibility.PUBLIC, True, True), (Visibility.MUNICIPALITY, False, True), (Visibility.CENTRE, False, False),
    (None, False, False),
]  # fmt: skip
"""Level, and whether everybody and whether members of a municipality read the title."""


@pytest.mark.parametrize(("level", "everybody", "members"), CLOSED)
def test_open_dates_name_it_to_who_may_read_it(
    topic: TopicPage, level: Visibility | None, everybody: bool, members: bool
) -> None:
    form = make.group_form(places=["video"])
    placement = make.placement(form, make.on(2, 13), make.adviser("Süß"), place="video")
    groups.plan(placement=placement, title="Sprechstunde für alle", by=None, topic=topic)
    close(topic, level)
    assert told(Client(), "/beratung/termine/") is everybody
    assert told(client_of(member()), "/beratung/termine/") is members
    for page in OPEN_DATES[1:]:
        assert not told(Client(), f"/beratung/{page}"), "only the page names topics"


@pytest.mark.parametrize(("level", "everybody", "members"), CLOSED)
def test_a_case_names_it_to_who_may_read_it(
    topic: TopicPage, level: Visibility | None, everybody: bool, members: bool
) -> None:
    person = member()
    case = make.case(topic=topic, requester=person)
    Concern.objects.create(case=case, goal="Bis zum Sommer")
    guest = make.case("Zweites Anliegen", topic=topic)
    concern = Concern.objects.create(case=guest, contact_name="Nora Öz", contact_email="nora@muehltal.example")
    close(topic, level)
    assert told(client_of(person), f"/beratung/vorgang/{case.reference}/") is members
    link = f"/beratung/vorgang/{tokens.make(concern)}/"
    assert told(Client(), link) is everybody
    assert told(client_of(person), link) is members, "it is the reader that counts, not the link"
    for page in (f"{link}bestaetigung/", f"/beratung/vorgang/{case.reference}/bestaetigung/"):
        assert not told(client_of(person), page)


def test_a_further_session_costs_no_query() -> None:
    form, client, numbers = make.group_form(places=["video"]), Client(), []
    for hour in (9, 11, 13):
        other = reading.topic(f"Thema um {hour} Uhr")
        reading.restrict(other, Visibility.CENTRE)
        placement = make.placement(form, make.on(2, hour), make.adviser(f"Person {hour}"), place="video")
        groups.plan(placement=placement, title=f"Sprechstunde {hour}", by=None, topic=other)
        client.get("/beratung/termine/")
        with CaptureQueriesContext(connection) as found:
            client.get("/beratung/termine/")
        numbers.append(len(found))
    assert len(set(numbers)) == 1, numbers


def test_a_draft_does_not_name_what_was_closed_since(topic: TopicPage) -> None:
    walk = Walk(Client(), requests.world())
    walk.begin(topic=str(topic.pk))
    walk.post("anliegen", **CONCERN)
    walk.post("hilfen", action="on")
    walk.choose_format()
    walk.take(walk.slots()[0])
    assert TITLE in walk.get("pruefen/")
    reading.restrict(topic)
    page = walk.get("pruefen/")
    assert TITLE not in page
    assert "Noch unklar" in page


def test_advisers_from_outside_read_it_only_where_they_may(topic: TopicPage) -> None:
    outside = desk.adviser_with_role("Extern", role="", external=True)
    person = make.user_of(outside)
    person.groups.add(Group.objects.get_or_create(name=EXTERNAL_ADVISER_GROUP)[0])
    body = Municipality.objects.create(name="Städteverbund", slug="test-verbund", kind=Municipality.Kind.VERBAND)
    Membership.objects.create(
        user=person, municipality=body, state="confirmed", confirmed_at=timezone.now(), is_external_adviser=True
    )
    case = make.case(topic=topic)
    cases.assign(case=case, lead=desk.adviser_with_role("Lang"), by=None, further=[outside])
    page = f"/beratung/zugewiesen/{case.pk}/"
    client = signed_in(person)
    assert told(client, page)
    reading.restrict(topic)
    assert not told(client, page)


@pytest.mark.parametrize(("level", "everybody", "members"), CLOSED)
def test_an_export_without_internal_parts_names_it_as_to_a_municipality(
    topic: TopicPage, level: Visibility | None, everybody: bool, members: bool
) -> None:
    case = make.case(topic=topic)
    close(topic, level)
    case = Case.objects.get(pk=case.pk)
    for internal in (False, True):
        papers = case_export.Papers(case, internal)
        texts = case_export.html_of(papers), case_export.metadata(papers, set()).decode()
        assert [TITLE in text for text in texts] == [members or internal] * 2


def test_minutes_begin_without_it(topic: TopicPage) -> None:
    MinutesTemplate.objects.create(name="Alle", text="Thema: {thema}.")
    case = make.case(topic=topic)
    assert minutes.draft(case) == f"Thema: {TITLE}."
    reading.restrict(topic, Visibility.MUNICIPALITY)
    assert minutes.draft(Case.objects.get(pk=case.pk)) == "Thema: ."


def released(person: User | None, level: Visibility) -> FaqDraft:
    """Return minutes that have become a live question below a topic of a level."""
    lead = desk.adviser_with_role()
    case = desk.working_case(lead, topic=reading.topic(TITLE), requester=person)
    if person is None:
        Concern.objects.create(case=case, contact_name="Nora Öz", contact_email="nora@muehltal.example")
    cases.advance(case=case, action="advise", by=lead.user)
    written = minutes.write(case=case, by=lead.user, text="Vertraulich", question=QUESTION, answer=ANSWER)
    draft = faq_drafts.propose(minutes=written, topic=case.topic, by=lead.user, question=QUESTION, answer=ANSWER)
    second = desk.person("Beratung", "zweite@kkv.example", first_name="Änne", last_name="Zweit")
    draft = faq_drafts.confirm(draft=draft, by=second, text_seen=faq_drafts.fingerprint(draft))
    reading.restrict(case.topic, level)
    assert draft.page is not None
    mails.deliver()
    draft.page.save_revision().publish()
    return FaqDraft.objects.get(pk=draft.pk)


def addresses() -> list[str]:
    return [mail["To"] for mail in mails.deliver() if "im Portal" in mail["Subject"]]


@pytest.mark.parametrize(
    ("account", "level", "is_told"),
    [
        (False, Visibility.PUBLIC, True), (False, Visibility.MUNICIPALITY, False),
        (True, Visibility.MUNICIPALITY, True), (True, Visibility.CENTRE, False),
    ],
)  # fmt: skip
def test_the_address_of_an_answer_goes_to_who_can_open_it(account: bool, level: Visibility, is_told: bool) -> None:
    draft = released(member() if account else None, level)
    assert bool(addresses()) is is_told
    if not is_told:
        assert draft.told_at is None
        reading.restrict(draft.case.topic, Visibility.PUBLIC)
        faq_drafts.tell_all()
        assert addresses(), "the hourly job tells them once they can open it"


@pytest.mark.parametrize("name", ["consultations_group_new", "consultations_intake"])
def test_the_forms_of_the_centre_mark_it(topic: TopicPage, name: str) -> None:
    make.group_form()
    client = signed_in(desk.adviser_with_role().user)

    def option() -> str:
        page = client.get(reverse(name)).content.decode()
        _, _, page = page.partition('<select name="topic"')
        return str(re.findall(rf'<option value="{topic.pk}"[^>]*>([^<]*)<', page)[0])

    assert option() == TITLE
    reading.restrict(topic, Visibility.MUNICIPALITY)
    assert option() == f"{TITLE} (nur angemeldete Kommunen)"
    reading.restrict(topic, Visibility.CENTRE)
    assert option() == f"{TITLE} (nur Kompetenzstelle)"
