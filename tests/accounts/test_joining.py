"""Who gets in and who decides: requests, administrators, the last of them, leaving."""

from __future__ import annotations

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from portal.accounts import memberships
from portal.accounts.models import MailDomain, Membership, Municipality, User
from portal.core.models import AuditEntry, WorkItem
from portal.core.visibility import MUNICIPALITY_GROUP
from portal.core.work import SAME_WITHIN
from tests.factories.bodies import association, belongs, person_of, town
from tests.mails import deliver, sent, text_of
from tests.people import PortalClient, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("mails_by_outbox")]
ASK = "/konto/kommune/anfragen/"


def session(user: User) -> Client:
    client = PortalClient()
    client.force_login(user)
    return client


def people_url(body: Municipality) -> str:
    return reverse("municipality_people", args=[body.slug])


def decide(by: User, membership: Membership, action: str) -> str:
    url = reverse("membership_decide", args=[membership.municipality.slug, membership.pk])
    answer = session(by).post(url, {"action": action}, follow=True)
    membership.refresh_from_db()
    return answer.content.decode()


@pytest.fixture
def admin() -> User:
    return person_of(town(), "verwaltung@buedingen.example", role="admin")


@pytest.fixture
def asking(admin: User) -> Membership:
    return memberships.ask_to_join(user=make_user("neu@gmx.example"), municipality=town(), wants_admin=False)


def test_the_form_offers_every_body_by_district_and_keeps_what_was_chosen() -> None:
    association()
    client = session(make_user())
    page = client.get(ASK).content.decode()
    assert '<optgroup label="Wetteraukreis">' in page
    assert '<optgroup label="Zweckverbände, Verbände, IT-Dienstleister">' in page
    wrong = client.post(ASK, {"municipality": "", "wants_admin": "on"})
    assert wrong.status_code == 422
    assert "Wählen Sie Ihre Kommune oder Einrichtung aus." in wrong.content.decode()
    assert "checked" in wrong.content.decode()
    assert client.post(ASK, {"municipality": "999999"}).status_code == 422


def test_asking_twice_is_told_that_it_is_asked_for(admin: User) -> None:
    client = session(make_user("neu@gmx.example"))
    asked = {"municipality": town().pk}
    answers = [client.post(ASK, asked, follow=True) for _ in range(2)]
    for answer in answers:
        assert answer.redirect_chain == [("/konto/", 302)]
        assert "Ihre Anfrage für Büdingen ist eingegangen" in answer.content.decode()
    assert Membership.objects.filter(state="requested").count() == 1
    assert len(deliver()) == 1
    page = client.get(ASK).content.decode()
    assert f'<option value="{town().pk}"' not in page
    assert "Büdingen: beantragt am" in page
    more = client.post(ASK, {**asked, "wants_admin": "on"}, follow=True).content.decode()
    assert "Die Verwaltung des Zugangs ist damit noch nicht beantragt" in more
    assert Membership.objects.get(state="requested").role == "member"


def test_asking_where_one_belongs_already_says_so(admin: User) -> None:
    client = session(person_of(town(), "mitglied@gmx.example"))
    assert "Büdingen: Sie gehören dazu" in client.get(ASK).content.decode()
    answer = client.post(ASK, {"municipality": town().pk}, follow=True)
    assert "Sie gehören schon zu Büdingen." in answer.content.decode()
    assert not deliver()


def test_without_administrator_the_centre_gets_the_request() -> None:
    user = make_user()
    page = session(user).post(ASK, {"municipality": town().pk, "wants_admin": "on"}, follow=True).content.decode()
    assert "ist eingegangen" in page
    assert "Darüber entscheidet die Kompetenzstelle" in page
    membership = Membership.objects.get()
    assert (membership.role, membership.state) == ("admin", "requested")
    item = WorkItem.objects.get(kind="membership")
    assert (item.team, item.title) == ("Koordination", "Zugang prüfen: Büdingen")
    assert not deliver()


def test_the_administrator_is_written_to_and_admits(admin: User, asking: Membership) -> None:
    deliver()
    assert [mail["To"] for mail in sent()] == [admin.email]
    assert people_url(town()) in text_of(sent()[0])
    assert asking.user.email not in text_of(sent()[0])
    page = session(admin).get(people_url(town())).content.decode()
    assert asking.user.email in page
    assert "gehört jetzt zu Büdingen" in decide(admin, asking, "admit")
    assert asking.state == "confirmed"
    assert asking.user.groups.filter(name=MUNICIPALITY_GROUP).exists()
    deliver()
    assert sent()[-1]["To"] == asking.user.email
    entry = AuditEntry.objects.get(action="accounts.membership_confirmed", object_id=str(asking.user_id))
    assert entry.actor == admin.pk
    assert "schon erledigt" not in decide(admin, asking, "admit")  # twice changes nothing


def test_the_administrator_refuses(admin: User, asking: Membership) -> None:
    assert "abgelehnt" in decide(admin, asking, "refuse")
    assert (asking.state, asking.end_reason) == ("ended", "refused")
    deliver()
    assert "abgelehnt" in text_of(sent()[-1])
    assert "schon erledigt" in decide(admin, asking, "admit")


def test_two_administrators_decide_once(admin: User, asking: Membership) -> None:
    second = person_of(town(), "zweite@buedingen.example", role="admin")
    decide(admin, asking, "admit")
    for action in ("refuse", "admit_admin"):
        page = decide(second, asking, action)
        assert "schon erledigt" in page
        assert "gehört schon zu Büdingen" in page
        assert "abgelehnt" not in page
        assert (asking.state, asking.role) == ("confirmed", "member")
    decide(admin, asking, "make_admin")
    assert "verwaltet schon den Zugang" in decide(second, asking, "admit")
    assert asking.role == "admin"


def test_an_old_page_refuses_what_it_showed_alone(admin: User, asking: Membership) -> None:
    second = person_of(town(), "zweite@buedingen.example", role="admin")
    assert 'value="refuse"' in session(admin).get(people_url(town())).content.decode()
    decide(admin, asking, "admit")
    memberships.ask_for_administration(membership=asking)
    assert "gehört schon zu Büdingen" in decide(second, asking, "refuse")
    assert asking.admin_requested_at is not None
    page = session(second).get(people_url(town())).content.decode()
    assert 'value="refuse_admin"' in page
    assert 'value="refuse"' not in page
    assert "abgelehnt" in decide(second, asking, "refuse_admin")
    now = Membership.objects.get(pk=asking.pk)
    assert (now.state, now.role, now.admin_requested_at) == ("confirmed", "member", None)


def test_an_old_page_that_takes_a_request_back_ends_no_membership(admin: User, asking: Membership) -> None:
    end = reverse("membership_end", args=[asking.pk])
    assert 'name="state" value="requested"' in session(asking.user).get(end).content.decode()
    decide(admin, asking, "admit")
    page = session(asking.user).post(end, {"state": "requested"}, follow=True).content.decode()
    asking.refresh_from_db()
    assert "Sie gehören inzwischen zu Büdingen" in page
    assert asking.state == "confirmed"
    session(asking.user).post(end, {"state": "confirmed"})
    asking.refresh_from_db()
    assert asking.state == "ended"


def test_a_member_asks_to_manage_and_an_administrator_agrees(admin: User) -> None:
    membership = belongs(make_user("kollegin@buedingen.example"), town())
    client = session(membership.user)
    client.post(reverse("membership_administration", args=[membership.pk]))
    assert "Sie haben am" in client.get("/konto/").content.decode()
    assert "verwaltet jetzt den Zugang" in decide(admin, membership, "admit_admin")
    assert (membership.role, membership.admin_requested_at) == ("admin", None)
    assert AuditEntry.objects.filter(action="accounts.membership_role", actor=admin.pk).exists()


def test_members_and_strangers_decide_nothing(admin: User, asking: Membership) -> None:
    member = person_of(town(), "mitglied@buedingen.example")
    stranger = person_of(town("Fürth"), "verwaltung@fuerth.example", role="admin")
    url = reverse("membership_decide", args=[town().slug, asking.pk])
    for user in (member, stranger, asking.user):
        for action in ("admit", "admit_admin", "refuse", "make_admin"):
            assert session(user).post(url, {"action": action}).status_code == 404
        with pytest.raises((PermissionDenied, ValidationError)):
            memberships.admit(membership=asking, by=user)
    foreign = reverse("membership_decide", args=[town("Fürth").slug, asking.pk])
    session(stranger).post(foreign, {"action": "admit"})
    asking.refresh_from_db()
    assert asking.state == "requested"


def test_members_see_names_and_administrators_see_addresses(admin: User, asking: Membership) -> None:
    member = person_of(town(), "mitglied@buedingen.example")
    User.objects.filter(pk=member.pk).update(phone="06042 884-0")
    page = session(member).get(people_url(town())).content.decode()
    assert admin.email in page  # whom to ask
    assert asking.user.email not in page
    assert "Anfragen" not in page
    own = session(admin).get(people_url(town())).content.decode()
    assert member.email in own
    assert "06042 884-0" in own
    assert session(make_user("fremd@stadt.example")).get(people_url(town())).status_code == 404
    assert Client().get(people_url(town())).status_code == 302


def test_the_last_administrator_stays_until_somebody_else_manages(admin: User) -> None:
    own = Membership.objects.get(user=admin)
    colleague = belongs(make_user("kollegin@buedingen.example"), town())
    end = reverse("membership_end", args=[own.pk])
    client = session(admin)
    assert "als einzige Person" in client.get(end).content.decode()
    assert "als einzige Person" in client.post(end, follow=True).content.decode()
    assert "als einzige Person" in decide(admin, own, "make_member")
    assert own.state == "confirmed"
    assert own.role == "admin"
    decide(admin, colleague, "make_admin")
    client.post(end)
    own.refresh_from_db()
    assert (own.state, own.end_reason) == ("ended", "left")


def test_who_is_alone_may_leave(admin: User) -> None:
    own = Membership.objects.get(user=admin)
    session(admin).post(reverse("membership_end", args=[own.pk]))
    own.refresh_from_db()
    assert own.state == "ended"


def test_an_administrator_whose_account_is_closed_does_not_count(admin: User) -> None:
    other = belongs(make_user("zweite@buedingen.example"), town(), role="admin")
    belongs(make_user("dritte@buedingen.example"), town())
    User.objects.filter(pk=other.user_id).update(is_active=False)
    with pytest.raises(ValidationError, match="einzige Person"):
        memberships.leave(membership=Membership.objects.get(user=admin))


def test_an_administrator_removes_a_colleague_after_a_question(admin: User) -> None:
    colleague = belongs(make_user("kollegin@buedingen.example"), town())
    end = reverse("membership_end", args=[colleague.pk])
    assert session(colleague.user).get(end).status_code == 200  # the own one
    client = session(admin)
    assert "Danach sieht" in client.get(end).content.decode()
    colleague.refresh_from_db()
    assert colleague.state == "confirmed"
    client.post(end)
    colleague.refresh_from_db()
    assert (colleague.state, colleague.end_reason) == ("ended", "removed")
    deliver()
    assert "wurde beendet" in text_of(sent()[-1])
    assert not colleague.user.groups.filter(name=MUNICIPALITY_GROUP).exists()
    assert client.get(end).status_code == 404
    again = client.post(end, follow=True).content.decode()
    assert "gehört nicht mehr zu Büdingen" in again, "a second click is told that it is done"
    assert session(make_user("fremd@stadt.example")).post(end).status_code == 404
    Membership.objects.filter(pk=colleague.pk).update(ended_at=timezone.now() - SAME_WITHIN)
    assert client.post(end).status_code == 404
    assert len(deliver()) == 1, "one mail, of the first time"


def test_a_request_can_be_withdrawn(asking: Membership) -> None:
    session(asking.user).post(reverse("membership_end", args=[asking.pk]))
    asking.refresh_from_db()
    assert (asking.state, asking.end_reason) == ("ended", "left")


def test_nobody_floods_the_centre_with_requests() -> None:
    user = make_user()
    towns = list(Municipality.objects.filter(kind="stadt").order_by("pk")[:6])
    for body in towns[:5]:
        memberships.ask_to_join(user=user, municipality=body, wants_admin=False)
    answer = session(user).post(ASK, {"municipality": towns[5].pk})
    assert answer.status_code == 422
    assert "5 Ihrer Anfragen offen" in answer.content.decode()


def test_asking_is_limited_by_the_hour() -> None:
    user = make_user()
    client = session(user)
    for _ in range(10):
        client.post(ASK, {"municipality": town().pk})
        Membership.objects.all().delete()
    assert client.post(ASK, {"municipality": town().pk}).status_code == 429


def test_asking_with_an_address_of_the_town_needs_nobody_but_makes_no_administrator() -> None:
    user = make_user("neu@buedingen.example")
    client = session(user)
    MailDomain.objects.create(municipality=town(), domain="buedingen.example")
    page = client.post(ASK, {"municipality": town().pk, "wants_admin": "on"}, follow=True).content.decode()
    membership = Membership.objects.get()
    assert "weist Sie aus" in page
    assert (membership.state, membership.role) == ("confirmed", "member")
    assert membership.admin_requested_at is not None
    assert WorkItem.objects.filter(kind="membership", state="open").count() == 1


def test_a_person_belongs_to_several(admin: User) -> None:
    belongs(admin, association())
    page = session(admin).get("/konto/").content.decode()
    assert "Büdingen" in page
    assert "Verband der Mühlenorte" in page
