"""A person leaves: the account is closed only when everything has changed hands, in one step."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from wagtail.models import ModelLogEntry, Workflow, WorkflowState

from knowledge.models import ArticlePage, Deadline
from portal.accounts import centre_tasks, memberships
from portal.accounts.belongings import held_by
from portal.accounts.leaving import hand_over_and_deactivate
from portal.accounts.models import Membership, Municipality, User
from portal.core.models import AuditEntry, WorkItem
from portal.core.review import services
from portal.core.review.validation import problems
from tests import factories, mails
from tests.factories.review import draft_article, person, save
from tests.forms import editor_data
from tests.people import PortalClient, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def administrator() -> User:
    return make_user("admin@kkv.example", role="Administration", factor=True)


@pytest.fixture
def admin(administrator: User) -> Client:
    client = PortalClient()
    client.force_login(administrator)
    return client


@pytest.fixture
def olga() -> User:
    """Somebody with pages, work and a running review."""
    person = make_user("olga@kkv.example", role="Redaktion", first_name="Olga", last_name="Größer")
    page = factories.article("Meine Seite", responsible_person=person)
    factories.question("Vertretungsfrage?", deputy=person)
    WorkItem.objects.create(kind="manual", title="Offen", owner=person)
    WorkItem.objects.create(kind="manual", title="Fertig", owner=person, state="done", closed_at=timezone.now())
    page.save_revision(user=person)
    Workflow.objects.get(active=True).start(page, person)
    return person


def successor(email: str = "dora@kkv.example", role: str = "Redaktion") -> User:
    return make_user(email, role=role, first_name="Dora", last_name="Müßig")


def form_url(person: User) -> str:
    return reverse("accounts_hand_over", args=[person.pk])


def edit_data(user: User, **extra: Any) -> dict[str, Any]:
    return {"email": user.email, "first_name": user.first_name, "last_name": user.last_name, **extra}


def test_what_a_person_holds_is_counted(olga: User) -> None:
    assert {kind.name: count for kind, count in held_by(olga)} == {"pages": 2, "work": 1, "reviews": 1}


def test_the_plain_form_refuses_and_leads_to_the_hand_over(admin: Client, olga: User) -> None:
    answer = admin.post(reverse("wagtailusers_users:edit", args=[olga.pk]), edit_data(olga))
    text = answer.content.decode()
    assert "ist noch zuständig" in text
    assert "Seiten (verantwortlich oder Vertretung): 2" in text
    assert f'href="{form_url(olga)}"' in text
    olga.refresh_from_db()
    assert olga.is_active


def test_all_is_handed_over_in_one_step(admin: Client, administrator: User, olga: User) -> None:
    dora = successor()
    page = admin.get(form_url(olga)).content.decode()
    for words in ("Vertretung): 2", "Offene Aufgaben: 1", "Laufende Prüfungen: 1"):
        assert words in page
    session = PortalClient()
    session.force_login(olga)
    answer = admin.post(form_url(olga), {"successor": dora.pk}, follow=True)
    assert "ist deaktiviert" in answer.content.decode()
    olga.refresh_from_db()
    assert not olga.is_active
    assert ArticlePage.objects.get().responsible_person == dora
    assert WorkItem.objects.get(title="Offen").owner == dora
    assert WorkItem.objects.get(title="Fertig").owner == olga
    event = WorkItem.objects.get(title="Offen").events.get()
    assert (event.kind, event.old, event.new) == ("assigned", str(olga.pk), str(dora.pk))
    assert WorkflowState.objects.get().requested_by == dora
    assert "Ihr Konto ist geschlossen" in session.get("/cms/").content.decode()
    entry = AuditEntry.objects.get(action="account.handed_over")
    assert (entry.actor, entry.object_id) == (administrator.pk, str(olga.pk))
    assert entry.detail["moved"] == {"pages": 2, "work": 1, "reviews": 1}
    assert held_by(olga) == []


def test_kinds_can_go_to_different_people(admin: Client, olga: User) -> None:
    dora, emil = successor(), make_user("emil@kkv.example", role="Fachprüfung")
    admin.post(form_url(olga), {"successor": dora.pk, "work": emil.pk})
    assert WorkItem.objects.get(title="Offen").owner == emil
    assert ArticlePage.objects.get().responsible_person == dora


@pytest.mark.parametrize("who", ["", "olga", "gone", "town", "999999"])
def test_a_wrong_successor_changes_nothing(admin: Client, olga: User, who: str) -> None:
    values = {
        "olga": olga.pk,
        "gone": make_user("weg@kkv.example", role="Redaktion", is_active=False).pk,
        "town": make_user("stadt@gemeinde.example").pk,
    }
    answer = admin.post(form_url(olga), {"successor": values.get(who, who)})
    assert answer.status_code == 200
    olga.refresh_from_db()
    assert olga.is_active
    assert ArticlePage.objects.get().responsible_person == olga
    assert "error" in answer.content.decode()


def test_an_error_in_one_kind_undoes_all(administrator: User, olga: User) -> None:
    dora = successor()
    with pytest.raises(ValidationError, match="Aufgaben"):
        hand_over_and_deactivate(person=olga, successors={"pages": dora, "reviews": dora}, by=administrator)
    assert ArticlePage.objects.get().responsible_person == olga
    assert not AuditEntry.objects.filter(action="account.handed_over").exists()


def test_a_successor_who_leaves_meanwhile_is_refused(administrator: User, olga: User) -> None:
    dora = successor()
    User.objects.filter(pk=dora.pk).update(is_active=False)
    everything = dict.fromkeys(["pages", "work", "reviews"], dora)
    with pytest.raises(ValidationError, match="geschlossen"):
        hand_over_and_deactivate(person=olga, successors=everything, by=administrator)


def test_nobody_is_owner_and_deputy_of_one_page(administrator: User) -> None:
    olga, dora = make_user("olga@kkv.example", role="Redaktion"), successor()
    factories.article(responsible_person=olga, deputy=dora)
    hand_over_and_deactivate(person=olga, successors={"pages": dora}, by=administrator)
    page = ArticlePage.objects.get()
    assert (page.responsible_person, page.deputy) == (dora, None)


def test_own_and_operator_accounts_stay_in_other_hands(admin: Client, administrator: User) -> None:
    root = make_user("root@kkv.example", is_superuser=True)
    assert admin.post(form_url(root)).status_code in {302, 403}
    admin.post(form_url(administrator))
    with pytest.raises(ValidationError, match="eigene Konto"):
        hand_over_and_deactivate(person=administrator, successors={}, by=administrator)
    assert User.objects.filter(pk__in=[root.pk, administrator.pk], is_active=True).count() == 2


@pytest.mark.parametrize("role", ["Redaktion", "Fachprüfung", "Beratung", "Koordination", "Leitung"])
def test_other_roles_close_no_account(olga: User, role: str) -> None:
    client = PortalClient()
    client.force_login(make_user("andere@kkv.example", role=role))
    assert client.post(form_url(olga), {"successor": successor().pk}).status_code in {302, 403}
    olga.refresh_from_db()
    assert olga.is_active


def test_deleting_comes_after_the_hand_over(admin: Client, olga: User) -> None:
    delete = reverse("wagtailusers_users:delete", args=[olga.pk])
    answer = admin.post(delete, follow=True)
    assert "Übergeben Sie zuerst alles" in answer.content.decode()
    assert User.objects.filter(pk=olga.pk).exists()
    admin.post(form_url(olga), {"successor": successor().pk})
    admin.post(delete)
    assert not User.objects.filter(pk=olga.pk).exists()


def test_somebody_without_duties_is_closed_as_before(admin: Client) -> None:
    person = make_user("neu@kkv.example", role="Beratung")
    assert "für nichts mehr zuständig" in admin.get(form_url(person)).content.decode()
    admin.post(reverse("wagtailusers_users:edit", args=[person.pk]), edit_data(person))
    person.refresh_from_db()
    assert not person.is_active


def test_the_pages_of_a_closed_account_can_still_be_handed_over(admin: Client, olga: User) -> None:
    User.objects.filter(pk=olga.pk).update(is_active=False)
    admin.post(form_url(olga), {"successor": successor().pk})
    assert held_by(olga) == []


def test_the_last_reviewer_needs_a_successor_who_can_review(administrator: User) -> None:
    petra = make_user("petra@kkv.example", role="Fachprüfung")
    page = factories.article()
    author = make_user("olga@kkv.example", role="Redaktion")
    page.save_revision(user=author)
    Workflow.objects.get(active=True).start(page, author)
    with pytest.raises(ValidationError, match="Rolle Fachprüfung"):
        hand_over_and_deactivate(person=petra, successors={"reviews": author}, by=administrator)
    emil = make_user("emil@kkv.example", role="Fachprüfung")
    assert held_by(petra) == []
    hand_over_and_deactivate(person=petra, successors={"reviews": emil}, by=administrator)


def test_each_review_needs_somebody_who_can_bring_it_further(administrator: User) -> None:
    """That others can act on one review says nothing about the next one."""
    petra = make_user("petra@kkv.example", role="Fachprüfung")
    olga = make_user("olga@kkv.example", role="Redaktion")
    for author in (petra, olga):
        page = factories.article(f"Von {author.email}", live=False, responsible_person=olga)
        page.save_revision(user=author)
        Workflow.objects.get(active=True).start(page, olga)
    # olga may confirm what petra wrote; what olga wrote waits for petra alone
    assert {kind.name: count for kind, count in held_by(petra)} == {"reviews": 2}
    with pytest.raises(ValidationError, match="kann niemand mehr freigeben"):
        hand_over_and_deactivate(person=petra, successors={"reviews": olga}, by=administrator)
    emil = make_user("emil@kkv.example", role="Fachprüfung")
    assert held_by(petra) == []
    hand_over_and_deactivate(person=petra, successors={}, by=administrator)
    assert not services.approve(task_state=_review("petra"), user=olga)  # nobody present wrote: it takes two
    assert services.approve(task_state=_review("petra"), user=emil)
    assert services.approve(task_state=_review("olga"), user=emil)


def _review(author: str) -> Any:
    flows = WorkflowState.objects.select_related("current_task_state")
    return next(flow.current_task_state for flow in flows if author in flow.content_object.title)


def test_who_submitted_an_import_stays_its_author(administrator: User) -> None:
    """Otherwise the one who submitted could come back and release alone."""
    petra, emil = (make_user(f"{name}@kkv.example", role="Fachprüfung") for name in ("petra", "emil"))
    dora = successor()
    page = factories.article(live=False, responsible_person=emil)
    page.save_revision()  # written by nobody here, as an import is
    Workflow.objects.get(active=True).start(page, petra)
    hand_over_and_deactivate(person=petra, successors={"reviews": dora}, by=administrator)
    User.objects.filter(pk=petra.pk).update(is_active=True)
    state = WorkflowState.objects.get().current_task_state
    assert state.workflow_state.requested_by == dora
    assert not services.approve(task_state=state, user=User.objects.get(pk=petra.pk))
    assert services.approve(task_state=state, user=emil)


def test_a_successor_who_did_nothing_is_no_second_person(admin: Client) -> None:
    """Olga wrote and submitted and is gone; Dora is told of it, and has neither written nor read a word."""
    olga, dora = make_user("olga@kkv.example", role="Redaktion", last_name="Größer"), successor()
    bernd = make_user("bernd@kkv.example", role="Fachprüfung", last_name="Beispiel")
    page = factories.article(live=False, responsible_person=dora)
    page.save_revision(user=olga)
    Workflow.objects.get(active=True).start(page, olga)
    admin.post(form_url(olga), {"successor": dora.pk})
    state = WorkflowState.objects.get().current_task_state
    client = PortalClient()
    client.force_login(bernd)
    screen = client.get(reverse("review_decide", args=[state.workflow_state_id, "freigeben"])).content.decode()
    assert "jetzt in den Händen von Dora" in screen
    assert "Geschrieben von Dora" not in screen
    assert not services.approve(task_state=state, user=bernd)
    assert not ArticlePage.objects.get().live
    assert services.approve(task_state=state, user=dora)


# -- municipalities ----------------------------------------------------------------------------------


def access(person: User, role: str = "member") -> Membership:
    town = Municipality.objects.get(name="Fulda")
    return Membership.objects.create(
        user=person, municipality=town, role=role, state="confirmed", confirmed_at=timezone.now()
    )


def test_the_access_of_a_municipality_goes_to_a_colleague_or_ends(admin: Client) -> None:
    person, colleague = make_user("a@fulda.example"), make_user("b@fulda.example")
    mine, other = access(person, "admin"), access(colleague)
    assert "Verwaltung des Zugangs" in admin.get(form_url(person)).content.decode()
    admin.post(form_url(person), {"access": colleague.pk})
    mine.refresh_from_db()
    other.refresh_from_db()
    assert (mine.state, other.role) == ("ended", "admin")
    admin.post(form_url(colleague), {"access": ""})
    other.refresh_from_db()
    assert other.state == "ended"
    assert not User.objects.filter(pk__in=[person.pk, colleague.pk], is_active=True).exists()


def roles_logged(user: User) -> list[str]:
    rows = ModelLogEntry.objects.filter(object_id=str(user.pk), action="accounts.membership_role")
    return [row.data["role"] for row in rows]


@pytest.mark.usefixtures("mails_by_outbox")
def test_a_colleague_who_takes_over_the_access_had_asked_for_it_and_hears_of_it(administrator: User) -> None:
    leaving, colleague = make_user("a@fulda.example"), make_user("b@fulda.example")
    mine, other = access(leaving, "admin"), access(colleague)
    memberships.ask_for_administration(membership=other)
    centre_tasks.ask_the_centre(other)
    hand_over_and_deactivate(person=leaving, successors={"access": colleague}, by=administrator)
    mine.refresh_from_db()
    other.refresh_from_db()
    assert (mine.state, mine.end_reason) == ("ended", "removed")
    assert (other.role, other.admin_requested_at) == ("admin", None)
    assert roles_logged(colleague) == ["admin"]
    told = [mail for mail in mails.deliver() if mail["To"] == colleague.email]
    assert [mail["Subject"] for mail in told if "Ihre Rolle bei Fulda" in str(mail["Subject"])]
    assert not WorkItem.objects.filter(kind__in=["membership", "unmanaged"], closed_at=None).exists()


def test_the_centre_hears_of_an_access_nobody_manages_any_more(administrator: User) -> None:
    leaving, colleague = make_user("a@fulda.example"), make_user("b@fulda.example")
    access(leaving, "admin")
    access(colleague)
    hand_over_and_deactivate(person=leaving, successors={"access": None}, by=administrator)
    (item,) = WorkItem.objects.filter(kind="unmanaged", closed_at=None)
    assert "Fulda" in item.title


def test_nothing_waits_where_nobody_is_left(administrator: User) -> None:
    alone = make_user("a@fulda.example")
    access(alone, "admin")
    hand_over_and_deactivate(person=alone, successors={"access": None}, by=administrator)
    assert not WorkItem.objects.filter(kind="unmanaged").exists()


def test_the_access_goes_to_nobody_outside(administrator: User) -> None:
    person = make_user("a@fulda.example")
    access(person, "admin")
    with pytest.raises(ValidationError, match="gehört dieser Kommune nicht an"):
        hand_over_and_deactivate(person=person, successors={"access": successor()}, by=administrator)


def test_a_draft_of_a_deadline_names_the_successor(administrator: User) -> None:
    emil, dora = person("Emil"), person("Dora")
    deadline = factories.deadline(live=False)
    save(deadline, emil, responsible_person=emil)
    Deadline.objects.filter(pk=deadline.pk).update(responsible_person=emil)
    hand_over_and_deactivate(person=emil, successors={"deadlines": dora}, by=administrator)
    draft = Deadline.objects.get().get_latest_revision_as_object()
    assert draft.responsible_person == dora
    Deadline.objects.update(responsible_person=emil)  # past all rules
    draft = Deadline.objects.get().get_latest_revision_as_object()
    assert [(item.field, item.message) for item in problems(draft)] == [("responsible_person", closed("Emil"))]


def closed(name: str) -> str:
    return f"Das Konto von {name} ist geschlossen. Wählen Sie jemanden, der noch da ist."


@pytest.mark.parametrize("field", ["responsible_person", "deputy"])
def test_a_closed_account_is_not_offered_and_stops_the_submission_but_no_draft(field: str) -> None:
    anna, emil, fritz = person("Anna"), person("Emil"), person("Fritz", is_active=False)
    page = draft_article(anna)
    setattr(page, field, emil)
    page.save()
    page.save_revision(user=anna)
    User.objects.filter(pk=emil.pk).update(is_active=False)  # past the hand-over
    browser = PortalClient()
    browser.force_login(anna)
    address = reverse("wagtailadmin_pages:edit", args=[page.pk])
    data = editor_data(page, anna, **{field: str(emil.pk)})
    shown = browser.get(address).content.decode()
    assert "Emil (Konto geschlossen)" in shown
    choices = shown.partition(f'<select name="{field}"')[2].partition("</select>")[0]
    assert f'<option value="{anna.pk}"' in choices
    assert f'<option value="{fritz.pk}"' not in choices
    assert browser.post(address, {**data, "title": "Neuer Titel"}).status_code == 302
    assert ArticlePage.objects.get().latest_revision.as_object().title == "Neuer Titel"
    answer = browser.post(address, {**data, "action-submit": "1"})
    assert closed("Emil") in answer.content.decode()
    assert not WorkflowState.objects.exists()
    assert field in {item.field for item in problems(ArticlePage.objects.get().get_latest_revision_as_object())}
    refused = browser.post(address, {**data, field: str(fritz.pk)})
    assert "gültige Auswahl" in refused.content.decode()
