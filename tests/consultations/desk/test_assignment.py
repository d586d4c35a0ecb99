"""Who gets a case: competence, region, absence, load; the reason is said, an override has one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from django.db import IntegrityError, transaction

from consultations.models import Absence, Adviser, Assignment, InternalNote
from consultations.refusals import NotPossible
from consultations.services import appointments, assignment, cases, changes
from portal.accounts.models import District
from portal.core.models import AuditEntry
from tests.factories import calendar as make
from tests.factories import desk
from tests.mails import deliver, text_of
from tests.people import signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("mails_by_outbox")]
TODAY = make.MONDAY


@pytest.fixture(autouse=True)
def _monday_morning() -> Iterator[None]:
    with time_machine.travel(make.NOW, tick=False):
        yield


def away(adviser: Adviser, days: int = 3, deputy: Adviser | None = None) -> None:
    Absence.objects.create(adviser=adviser, first_day=TODAY, last_day=TODAY + timedelta(days=days), deputy=deputy)


def test_the_least_busy_for_their_weight_is_suggested_and_the_reason_said() -> None:
    busy, half = desk.adviser_with_role("Größe"), desk.adviser_with_role("Weiß", weight=50)
    desk.working_case(busy)
    desk.working_case(busy)
    case = desk.working_case(half)
    appointments.book(placement=make.placement(make.form(), make.on(1), half), case=case, by=None)
    found = assignment.suggest(make.case())
    assert found.adviser == busy
    assert found.candidates == 2
    assert any("2 offene Vorgänge, 0 gebuchte Minuten, Anteil 100 %" in reason for reason in found.reasons)


def test_format_region_and_being_external_count() -> None:
    here, there = desk.adviser_with_role("Größe"), desk.adviser_with_role("Weiß")
    desk.adviser_with_role("Extern", external=True)
    there.regions.set([desk.district("Odenwaldkreis")])
    there.save()
    town = make.municipality("Nidda")
    town.district = District.objects.create(key="06999", name="Waldkreis")
    town.save()
    found = assignment.suggest(make.case(municipality=town))
    assert (found.adviser, found.candidates) == (here, 1)
    here.active = False
    here.save()
    nobody = assignment.suggest(make.case(municipality=town))
    assert nobody.adviser is None
    assert "Niemand" in nobody.reasons[0]


def test_nobody_absent_is_suggested_or_given_a_case() -> None:
    first, second = desk.adviser_with_role("Größe"), desk.adviser_with_role("Weiß")
    away(first, deputy=second)
    case = make.case()
    assert assignment.suggest(case).adviser == second
    with pytest.raises(NotPossible, match=r"bis zum 04.03.2027 abwesend.*Vertretung: Jörg Weiß"):
        assignment.assign(case=case, adviser=first, by=None, reason="Kennt die Kommune")
    away(second)
    nobody = assignment.suggest(case)
    assert (nobody.adviser, nobody.reasons) == (None, ("Alle Zuständigen sind heute abwesend.",))


def test_an_override_needs_a_reason_and_is_kept() -> None:
    first, second = desk.adviser_with_role("Größe"), desk.adviser_with_role("Weiß")
    case = make.case()
    assert assignment.suggest(case).adviser == first
    with pytest.raises(NotPossible, match="warum"):
        assignment.assign(case=case, adviser=second, by=None)
    boss = desk.person("Koordination", "chefin@kkv.example")
    assignment.assign(case=case, adviser=second, by=boss, reason="Kennt die Kommune")
    row = Assignment.objects.get()
    assert (row.adviser, row.suggested, row.by, row.reason) == (second, first, boss, "Kennt die Kommune")
    entry = AuditEntry.objects.get(action="case.assignment")
    assert entry.detail == {"adviser": second.pk, "suggested": first.pk, "overridden": True, "further": []}
    assert [mail["To"] for mail in deliver()] == [second.user and second.user.email]


def test_the_log_names_lead_and_further_advisers_by_number_when_first_given_and_later() -> None:
    first, second, third = (desk.adviser_with_role(name) for name in ("Größe", "Weiß", "Müller"))
    case = make.case()
    assignment.assign(case=case, adviser=first, by=None, reason="Ort", further=[third, second])
    assignment.assign(case=case, adviser=second, by=None, reason="Ort", further=[second, third])
    for action, lead, further in (("assign", first, [second, third]), ("reassign", second, [third])):
        entry = AuditEntry.objects.get(action=f"case.{action}")
        assert (entry.detail["adviser"], entry.detail["further"]) == (lead.pk, [person.pk for person in further])
    decided = AuditEntry.objects.filter(action="case.assignment").order_by("pk")
    assert [entry.detail["further"] for entry in decided] == [[second.pk, third.pk], [third.pk]]


def test_the_database_keeps_no_override_without_a_reason() -> None:
    first, second = desk.adviser_with_role("Größe"), desk.adviser_with_role("Weiß")
    with pytest.raises(IntegrityError, match="consultations_override_has_reason"), transaction.atomic():
        Assignment.objects.create(case=make.case(), adviser=second, suggested=first)


def test_the_load_evens_out_by_weight() -> None:
    people = {desk.adviser_with_role(name, weight=weight).pk: weight
              for name, weight in (("Größe", 100), ("Weiß", 50), ("Müller", 100))}  # fmt: skip
    given: Counter[int] = Counter()
    for _ in range(50):
        case = make.case()
        found = assignment.suggest(case)
        assert found.adviser is not None
        assignment.assign(case=case, adviser=found.adviser, by=None, suggestion=found)
        given[found.adviser.pk] += 1
    shares = {pk: given[pk] / weight for pk, weight in people.items()}
    assert max(shares.values()) - min(shares.values()) <= 1 / 50, given


def test_a_coordinator_assigns_on_the_screen() -> None:
    first, second = desk.adviser_with_role("Größe"), desk.adviser_with_role("Weiß")
    absent = desk.adviser_with_role("Fort")
    away(absent)
    case = make.case()
    client = signed_in(desk.person("Koordination", "chefin@kkv.example"))
    address = f"/cms/beratung/vorgang/{case.pk}/zuordnen/"
    text = client.get(address).content.decode()
    assert "Vorschlag: <strong>Jörg Größe</strong>" in text
    assert client.post(address, {"adviser": absent.pk}).status_code == 422
    refused = client.post(address, {"adviser": second.pk, "further": [first.pk]})
    assert refused.status_code == 422
    assert "warum Sie vom Vorschlag abweichen" in refused.content.decode()
    assert client.post(address, {"adviser": second.pk, "further": [first.pk], "reason": "Ort"}).status_code == 302
    case.refresh_from_db()
    assert (case.state, case.lead, list(case.further.all())) == ("assigned", second, [first])
    assert "vorgeschlagen war Jörg Größe" in client.get(f"/cms/beratung/vorgang/{case.pk}/").content.decode()
    assert not InternalNote.objects.exists()


def test_who_leads_the_appointment_of_a_case_is_suggested_and_nobody_says_why_not() -> None:
    idle, booked = desk.adviser_with_role("Größe"), desk.adviser_with_role("Weiß")
    form, case = make.form(), make.case()
    appointments.book(placement=make.placement(form, make.on(1), booked), case=case, by=None)
    found = assignment.suggest(case)
    assert found.adviser == booked, "who has the fewest cases would be somebody else"
    assert found.reasons[0].startswith("leitet den gebuchten Termin dieses Vorgangs am 02.03.2027")
    assert assignment.suggest(make.case()).adviser == idle
    assignment.assign(case=case, adviser=booked, by=None)
    assert Assignment.objects.get().suggested == booked, "no override, no reason asked for"


def test_a_requested_appointment_counts_and_one_that_is_over_does_not() -> None:
    idle, asked = desk.adviser_with_role("Größe"), desk.adviser_with_role("Weiß")
    form, case = make.form(), make.case()
    row = appointments.request_slot(placement=make.placement(form, make.on(1), asked), case=case, by=None)
    found = assignment.suggest(case)
    assert (found.adviser, "angefragten Termin" in found.reasons[0]) == (asked, True)
    appointments.withdraw(appointment=row, by=None)
    assert assignment.suggest(case).adviser == idle


def test_who_leads_the_appointment_and_is_away_is_named_and_not_suggested() -> None:
    there, booked = desk.adviser_with_role("Größe"), desk.adviser_with_role("Weiß")
    case = make.case()
    appointments.book(placement=make.placement(make.form(), make.on(7), booked), case=case, by=None)
    away(booked)
    found = assignment.suggest(case)
    assert found.adviser == there
    assert found.reasons[0] == (
        "Jörg Weiß leitet den gebuchten Termin dieses Vorgangs am 08.03.2027, ist heute aber abwesend"
    )


def test_the_own_queue_has_what_one_is_booked_for() -> None:
    lead, other = desk.adviser_with_role("Größe"), desk.adviser_with_role("Weiß")
    case, form = make.case(), make.form()
    row = appointments.book(placement=make.placement(form, make.on(1), lead), case=case, by=None)
    make.case("Ohne Termin")
    mine = signed_in(make.user_of(lead))
    assert list(mine.get("/cms/beratung/?ansicht=meine").context["object_list"]) == [case]
    assert list(signed_in(make.user_of(other)).get("/cms/beratung/?ansicht=meine").context["object_list"]) == []
    changes.cancel(appointment=row, by=None)
    assert list(mine.get("/cms/beratung/?ansicht=meine").context["object_list"]) == []


def test_nobody_absent_or_gone_is_added_as_further_adviser() -> None:
    lead, there = desk.adviser_with_role("Größe"), desk.adviser_with_role("Weiß")
    absent, gone = desk.adviser_with_role("Fort"), desk.adviser_with_role("Weg", active=False)
    case = cases.assign(case=make.case(), lead=lead, by=None, further=[there])
    away(there)
    away(absent)
    for person, why in ((absent, "abwesend"), (gone, "berät nicht mehr")):
        with pytest.raises(NotPossible, match=why):
            cases.assign(case=case, lead=lead, by=None, further=[there, person])
    assert list(case.further.all()) == [there]
    cases.assign(case=case, lead=lead, by=None, further=[there])
    assert list(case.further.all()) == [there], "who is on the case already stays, also while away"


def test_adding_a_further_adviser_is_no_override_and_only_the_new_one_hears_of_it() -> None:
    lead, idle, third = (desk.adviser_with_role(name) for name in ("Größe", "Weiß", "Müller"))
    boss = desk.person("Koordination", "chefin@kkv.example")
    case = desk.working_case(lead)
    told = len(deliver())
    assert assignment.suggest(case).adviser == idle, "the lead is busier by this very case"
    away(lead)
    client, address = signed_in(boss), f"/cms/beratung/vorgang/{case.pk}/zuordnen/"
    for _ in range(2):  # the second time changes nothing
        assert client.post(address, {"adviser": lead.pk, "further": [idle.pk]}).status_code == 302
    case.refresh_from_db()
    assert (case.lead, list(case.further.all())) == (lead, [idle])
    (mail,) = deliver()[told:]
    assert mail["To"] == make.user_of(idle).email
    assert "Sie beraten bei einem Vorgang mit" in text_of(mail)
    assert case.events.filter(action="case.further").count() == 1
    assert Assignment.objects.count() == 1, "the one that gave the case to its lead"
    assignment.assign(case=case, adviser=lead, by=make.user_of(third), further=[idle, third], reason="Zu dritt")
    assert len(deliver()) == told + 1, "nobody writes to themselves"
    last = Assignment.objects.latest("pk")
    assert (last.adviser, last.suggested, last.reason) == (lead, None, "Zu dritt")
    with pytest.raises(NotPossible, match="abwesend"):
        assignment.assign(case=make.case("Neu"), adviser=lead, by=boss, reason="Ort")


def test_the_form_offers_nobody_absent_beside_the_lead() -> None:
    lead, on_it = desk.adviser_with_role("Größe"), desk.adviser_with_role("Weiß")
    absent = desk.adviser_with_role("Fort")
    case = cases.assign(case=make.case(), lead=lead, by=None, further=[on_it])
    away(absent)
    away(on_it)
    client = signed_in(desk.person("Koordination", "chefin@kkv.example"))
    address = f"/cms/beratung/vorgang/{case.pk}/zuordnen/"
    fields = client.get(address).context["form"].fields
    assert set(fields["adviser"].queryset) == {lead}
    assert set(fields["further"].queryset) == {lead, on_it}
    refused = client.post(address, {"adviser": lead.pk, "further": [on_it.pk, absent.pk]})
    assert refused.status_code == 422
    assert "heute abwesend oder berät nicht mehr" in refused.content.decode()
    assert client.post(address, {"adviser": lead.pk, "further": [on_it.pk]}).status_code == 302
