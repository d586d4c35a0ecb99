"""The work item page and the list, as people of the centre use them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from portal.core import work
from portal.core.dashboard import figures_for
from portal.core.models import WorkEvent, WorkItem, WorkReport
from portal.core.screens.work import MyWorkPanel
from tests.factories import people, reading
from tests.people import PortalClient, make_user

pytestmark = pytest.mark.django_db
MANY = 5000


@pytest.fixture(autouse=True)
def _mails(settings: Any) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"


def _client(role: str = "Redaktion") -> tuple[Client, Any]:
    user = make_user(f"{role.lower()}@kkv.example".replace("ü", "ue"), role=role, factor=True)
    client = PortalClient()
    client.force_login(user)
    return client, user


def _item(**fields: Any) -> WorkItem:
    item = work.open_item(kind="barrier", title="Barriere: Ämter", **fields)
    work.add_report(item=item, text="Die Tabelle wird nicht vorgelesen.", reply_to="ute@stadt.example")
    return item


def _seed() -> None:
    page, owner = reading.article(reading.topic("Ämter")), people.staff()
    today = timezone.localdate()
    teams = ("Redaktion", "Beratung")
    WorkItem.objects.bulk_create(
        WorkItem(
            kind="review", title=f"Prüfung {number}", team=teams[number % 2], page=page,
            owner=owner if number % 3 else None, due_on=today + timedelta(days=number % 60 - 20),
        )
        for number in range(MANY)
    )  # fmt: skip
    WorkItem.objects.bulk_create(
        WorkItem(kind="review", title=f"Fertig {number}", state="done", closed_at=timezone.now())
        for number in range(200)
    )


@pytest.mark.parametrize(
    "path",
    ["/cms/aufgaben/", "/cms/aufgaben/?owner=mine&state=open&q=Prüfung", "/cms/berichte/aufgaben/"],
)
def test_screens_stay_within_their_queries(
    path: str, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    client, _ = _client()
    _seed()
    client.get(path)  # fills what is cached for everybody
    with django_assert_max_num_queries(15):
        assert client.get(path).status_code == 200


def test_what_we_add_to_the_start_page_costs_six_queries(
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    _, user = _client()
    user.has_perm("core.view_workitem")
    _seed()
    with django_assert_max_num_queries(6):
        figures_for(user)
        MyWorkPanel(user).render_html()


def test_the_item_page_costs_the_same_whatever_its_history(
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    client, user = _client()
    item = _item()
    for number in range(40):
        work.add_report(item=item, text=f"Text {number}", reply_to=f"a{number}@stadt.example")
        work.add_note(item=item, actor=user, text="Notiz")
    client.get(f"/cms/aufgaben/edit/{item.pk}/")
    with django_assert_max_num_queries(15):
        assert client.get(f"/cms/aufgaben/edit/{item.pk}/").status_code == 200


def _titles(client: Client, query: str) -> set[str]:
    page = client.get(f"/cms/aufgaben/results/?{query}").content.decode()
    return {title for title in ("Meine", "Fremde", "Verwaiste", "Fertige") if title in page}


def test_the_list_is_filtered_by_owner_team_and_due_day() -> None:
    client, user = _client()
    other = people.staff("nele@kkv.example", "Beratung")
    today = timezone.localdate()
    work.open_item(kind="review", title="Meine", owner=user, due_on=today - timedelta(days=1))
    work.open_item(kind="review", title="Fremde", owner=other, team="Beratung", due_on=today + timedelta(days=3))
    work.open_item(kind="review", title="Verwaiste", team="Leitung")
    done = work.open_item(kind="review", title="Fertige", owner=user, due_on=today - timedelta(days=2))
    work.set_state(item=done, state=WorkItem.State.DONE)
    assert _titles(client, "owner=mine") == {"Meine", "Fertige"}
    assert _titles(client, "owner=mine&state=open") == {"Meine"}
    assert _titles(client, "owner=none") == {"Verwaiste"}
    assert _titles(client, "team=Leitung") == {"Verwaiste"}
    assert _titles(client, "due=overdue") == {"Meine"}
    assert _titles(client, "due=week") == {"Fremde"}
    assert _titles(client, "due=none") == {"Verwaiste"}
    assert _titles(client, "q=erwais") == {"Verwaiste"}
    html = " ".join(client.get("/cms/aufgaben/").content.decode().split())
    for count in ("<strong>3</strong> offen", "<strong>1</strong> für mich", "<strong>1</strong> überfällig"):
        assert count in html


def test_the_six_weeks_are_in_sight() -> None:
    client, _ = _client()
    today = timezone.localdate()
    item = _item(due_on=today + timedelta(days=42))
    WorkItem.objects.filter(pk=item.pk).update(
        created_at=timezone.now() - timedelta(days=30), due_on=today + timedelta(days=12)
    )
    for path in ("/cms/aufgaben/", f"/cms/aufgaben/edit/{item.pk}/"):
        assert "noch 12 Tage von 42" in client.get(path).content.decode()
    WorkItem.objects.filter(pk=item.pk).update(due_on=today - timedelta(days=2))
    for path in ("/cms/aufgaben/", f"/cms/aufgaben/edit/{item.pk}/"):
        assert "seit 2 Tagen überfällig" in client.get(path).content.decode()


def test_a_barrier_is_answered_from_its_page() -> None:
    client, user = _client("Koordination")
    item = _item()
    page = client.get(f"/cms/aufgaben/edit/{item.pk}/").content.decode()
    assert "Die Tabelle wird nicht vorgelesen." in page
    assert "Die Antwort geht an 1 Adresse" in page
    response = client.post(f"/cms/aufgaben/antworten/{item.pk}/", {"text": "Behoben.", "close": "on"}, follow=True)
    assert "Die Antwort geht an eine Adresse." in response.content.decode()
    assert "Antwort gesendet an 1 Adresse" in response.content.decode()
    assert [message.to for message in mail.outbox] == [["ute@stadt.example"]]
    item.refresh_from_db()
    assert (item.state, item.answered_by) == (WorkItem.State.DONE, user)


def test_an_answer_sent_twice_goes_once_and_loses_no_text() -> None:
    client, _ = _client()
    item = _item()
    address = f"/cms/aufgaben/antworten/{item.pk}/"
    client.post(address, {"text": "Behoben."})
    again = client.post(address, {"text": "Ein längerer Nachtrag."})
    assert again.status_code == 422
    assert "haben schon eine Antwort" in again.content.decode()
    assert "Ein längerer Nachtrag." in again.content.decode()
    assert len(mail.outbox) == 1
    assert client.post(address, {"text": "Nachtrag", "again": "on"}).status_code == 302
    assert len(mail.outbox) == 2


@pytest.mark.parametrize(("text", "words"), [("", "Bitte schreiben Sie die Antwort"), ("ä" * 10_001, "10001")])
def test_a_bad_answer_comes_back(text: str, words: str) -> None:
    client, _ = _client()
    item = _item()
    response = client.post(f"/cms/aufgaben/antworten/{item.pk}/", {"text": text})
    assert response.status_code == 422
    assert words in response.content.decode()
    assert text in response.content.decode()
    assert not mail.outbox


def test_who_may_only_look_neither_answers_nor_sees_addresses() -> None:
    client, _ = _client("Leitung")
    item = _item()
    page = client.get(f"/cms/aufgaben/inspect/{item.pk}/").content.decode()
    assert "Die Tabelle wird nicht vorgelesen." in page
    assert "ute@stadt.example" not in page
    for path in ("antworten", "notiz"):
        client.post(f"/cms/aufgaben/{path}/{item.pk}/", {"text": "x"})
    assert not mail.outbox
    assert not WorkEvent.objects.filter(kind="note").exists()


def test_changes_by_form_are_in_the_history_and_leave_the_rest_alone() -> None:
    client, user = _client()
    item = _item(due_on=timezone.localdate())
    page = f"/cms/aufgaben/edit/{item.pk}/"
    form = {
        "title": item.title,
        "note": "",
        "team": item.team,
        "due_on": f"{item.due_on:%d.%m.%Y}",
        "state": "open",
    }
    response = client.post(page, {**form, "owner": user.pk}, follow=True)
    assert response.status_code == 200
    assert list(item.events.values_list("kind", flat=True)) == ["created", "reported", "assigned"]
    client.post(f"/cms/aufgaben/notiz/{item.pk}/", {"text": "Mit der Technik gesprochen."})
    html = client.get(page).content.decode()
    assert "Zuständig: Jörg Müßig" in html
    assert "Mit der Technik gesprochen." in html


@pytest.mark.parametrize("role", ["Redaktion", "Leitung", "Administration"])
def test_nobody_picks_out_a_colleague(role: str) -> None:
    user, other = people.staff(group=role), people.staff("nele@kkv.example")
    type(other).objects.filter(pk=other.pk).update(last_name="Überall")
    work.open_item(kind="review", title="Fremde", owner=other)
    work.open_item(kind="review", title="Meine", owner=user)
    client = PortalClient()
    client.force_login(user)
    page = client.get("/cms/aufgaben/").content.decode()
    assert "Mir zugewiesen" in page
    assert "Ohne Zuständige" in page
    assert f'value="{other.pk}"' not in page
    assert page.count("Überall") == 1  # in the row of the item, and in no filter
    assert _titles(client, f"owner={other.pk}") == {"Fremde", "Meine"}
    assert "ordering=owner" not in page


def test_an_owner_from_outside_is_refused() -> None:
    client, _ = _client()
    item, outside = _item(), people.member()
    form = {"title": item.title, "note": "", "team": item.team, "due_on": "", "state": "open", "owner": outside.pk}
    html = client.post(f"/cms/aufgaben/edit/{item.pk}/", form).content.decode()
    assert "gehört nicht (mehr) zur Kompetenzstelle" in html
    item.refresh_from_db()
    assert item.owner is None


def test_an_item_is_not_reopened_beside_the_open_one_of_its_cause() -> None:
    client, _ = _client()
    old = work.open_item(kind="review", title="Alt", dedupe_key="k")
    work.set_state(item=old, state=WorkItem.State.DONE)
    new = work.open_item(kind="review", title="Neu", dedupe_key="k")
    form = {"title": "Alt", "note": "Wichtig", "team": old.team, "due_on": "", "owner": "", "state": "open"}
    html = client.post(f"/cms/aufgaben/edit/{old.pk}/", form).content.decode()
    assert f"Aufgabe {new.pk} offen" in html
    assert "Wichtig" in html


def test_my_work_stands_on_the_start_page() -> None:
    client, user = _client()
    work.open_item(kind="review", title="Größenklassen prüfen", owner=user, due_on=timezone.localdate())
    work.open_item(kind="review", title="Von anderen", owner=people.staff("nele@kkv.example"))
    html = client.get("/cms/").content.decode()
    assert "Größenklassen prüfen" in html
    assert "heute fällig" in html
    assert "Von anderen" not in html


def test_an_unanswerable_item_says_so() -> None:
    client, _ = _client()
    item = _item()
    WorkReport.objects.update(reply_to="")
    response = client.post(f"/cms/aufgaben/antworten/{item.pk}/", {"text": "Behoben."})
    assert response.status_code == 422
    assert "keine Adresse" in response.content.decode()
    assert "Behoben." in response.content.decode()


def _form_of(client: Client, item: WorkItem) -> dict[str, str]:
    """What the page of an item would send if nothing was changed."""
    form = client.get(f"/cms/aufgaben/edit/{item.pk}/").context["form"]
    values = {name: form[name].value() for name in form.fields}
    return {name: "" if value is None else str(value) for name, value in values.items()}


def test_a_form_opened_earlier_puts_nothing_back() -> None:
    client, user = _client()
    colleague = people.staff("nele@kkv.example")
    item = work.open_item(kind="manual", title="Ämter", note="Alt\nzweite Zeile", owner=user, dedupe_key="k")
    form = _form_of(client, item)
    assert 'name="shown"' in client.get(f"/cms/aufgaben/edit/{item.pk}/").content.decode()
    work.change_item(item=item, actor=colleague, changes={"note": "Neu", "owner": colleague})
    work.set_state(item=item, state=WorkItem.State.DONE, actor=colleague)
    work.open_item(kind="manual", title="Nächste", dedupe_key="k")
    sent = form | {"title": "Ämter prüfen", "note": "Alt\r\nzweite Zeile"}
    assert client.post(f"/cms/aufgaben/edit/{item.pk}/", sent).status_code == 302
    item.refresh_from_db()
    assert (item.title, item.note, item.owner, item.state) == ("Ämter prüfen", "Neu", colleague, "done")


def test_what_two_have_changed_is_shown_and_nothing_is_lost() -> None:
    client, user = _client()
    colleague = people.staff("nele@kkv.example")
    item = work.open_item(kind="manual", title="Ämter", note="Alt", owner=user)
    form = _form_of(client, item)
    work.change_item(item=item, actor=colleague, changes={"note": "Von Nele", "owner": colleague})
    answer = client.post(f"/cms/aufgaben/edit/{item.pk}/", form | {"note": "Von mir"})
    html = answer.content.decode()
    assert "Jetzt steht dort: „Von Nele“" in html
    assert ">\nVon mir</textarea>" in html
    item.refresh_from_db()
    assert (item.note, item.owner) == ("Von Nele", colleague)
    again = answer.context["form"]
    sent = {name: str(again[name].value() or "") for name in again.fields}
    assert client.post(f"/cms/aufgaben/edit/{item.pk}/", sent).status_code == 302
    item.refresh_from_db()
    assert (item.note, item.owner) == ("Von mir", colleague)


@pytest.mark.parametrize("shown", ["", "{", "[]", '{"note": 7}'])
def test_a_form_without_what_it_showed_compares_with_the_present(shown: str) -> None:
    client, user = _client()
    item = work.open_item(kind="manual", title="Ämter", owner=user)
    client.post(f"/cms/aufgaben/edit/{item.pk}/", _form_of(client, item) | {"title": "Neu", "shown": shown})
    item.refresh_from_db()
    assert (item.title, item.owner) == ("Neu", user)


def test_the_same_answer_sent_twice_goes_out_once() -> None:
    client, _ = _client()
    item = _item()
    data = {"text": "Guten Tag,\nes ist behoben.", "again": "on"}
    client.post(f"/cms/aufgaben/antworten/{item.pk}/", {"text": "Erste Antwort."})
    for _ in range(2):
        answer = client.post(f"/cms/aufgaben/antworten/{item.pk}/", data, follow=True)
    assert "kein zweites Mal" in answer.content.decode()
    assert [message.body.split("\n")[0] for message in mail.outbox] == ["Erste Antwort.", "Guten Tag,"]
    work.add_report(item=item, text="Neu", reply_to="neu@stadt.example")
    client.post(f"/cms/aufgaben/antworten/{item.pk}/", data)
    assert [message.to[0] for message in mail.outbox[2:]] == ["neu@stadt.example"]
    WorkItem.objects.update(answered_at=timezone.now() - timedelta(minutes=11))
    client.post(f"/cms/aufgaben/antworten/{item.pk}/", data)
    assert len(mail.outbox) == 5, "later the same words may be wanted"
