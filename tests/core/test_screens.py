from datetime import date, datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone
from wagtail.contrib.redirects.models import Redirect
from wagtail.models import ModelLogEntry

from portal.core import outbox, schedule, services, work, workers
from portal.core.models import OutboxMessage, PageTag, Tag, WorkItem
from portal.core.models.tags import find_tag
from portal.core.screens.schedule import interval_text
from portal.home.models import HomePage
from tests.people import PortalClient, make_user

pytestmark = pytest.mark.django_db


def _client(role: str) -> Client:
    client = PortalClient()
    client.force_login(make_user(f"{role.lower()}@kkv.example", role=role, factor=True))
    return client


@pytest.fixture
def admin() -> Client:
    return _client("Administration")


SCREENS = [
    "/cms/betrieb/postausgang/", "/cms/betrieb/postausgang/ergebnisse/", "/cms/betrieb/zeitplan/",
    "/cms/aufgaben/", "/cms/aufgaben/new/", "/cms/schlagwoerter/", "/cms/schlagwoerter/new/",
]  # fmt: skip


@pytest.mark.parametrize("path", SCREENS)
def test_screens_are_shown(admin: Client, path: str) -> None:
    outbox.enqueue(kind="probe", key="k", payload={})
    work.open_item(kind="review", title="Prüfen", due_on=timezone.localdate())
    Tag.objects.create(name="Bürgerkonto")
    workers.beat("main")
    schedule.run_due(timezone.now(), lane=schedule.Lane.QUICK)
    assert admin.get(path).status_code == 200


@pytest.mark.parametrize("path", SCREENS[:3])
def test_operation_is_for_administrators_only(path: str) -> None:
    response = _client("Redaktion").get(path)
    assert response.status_code == 302
    assert response["Location"] == "/cms/"


def test_reports_menu_leads_there(admin: Client) -> None:
    page = admin.get("/cms/").content.decode()
    for path in ("/cms/betrieb/postausgang/", "/cms/betrieb/zeitplan/", "/cms/aufgaben/", "/cms/schlagwoerter/"):
        assert path in page
    assert "/cms/betrieb/" not in _client("Redaktion").get("/cms/").content.decode()


def test_outbox_filters_and_retries(admin: Client) -> None:
    waiting = outbox.enqueue(kind="probe", key="a", payload={"text": "Geheimes"})
    failed = outbox.enqueue(kind="mail", key="b", payload={})
    later = timezone.make_aware(datetime(2090, 5, 1, 8, 30))  # noqa: DTZ001 - made aware right here
    OutboxMessage.objects.filter(pk=waiting.pk).update(attempts=7, error="ConnectionError", next_attempt_at=later)
    assert "01.05.2090 08:30" in admin.get("/cms/betrieb/postausgang/").content.decode()
    OutboxMessage.objects.filter(pk=failed.pk).update(
        state="failed", finished_at=timezone.now(), attempts=14, error="PermanentError: refused 550"
    )
    page = admin.get("/cms/betrieb/postausgang/").content.decode()
    assert "refused 550" in page
    assert "Geheimes" not in page
    assert "refused 550" not in admin.get("/cms/betrieb/postausgang/?situation=stuck").content.decode()
    assert "ConnectionError" not in admin.get("/cms/betrieb/postausgang/?state=failed").content.decode()
    for value in ("pausing", "leased"):
        assert admin.get(f"/cms/betrieb/postausgang/?situation={value}").status_code == 200

    address = f"/cms/betrieb/postausgang/{failed.pk}/erneut/"
    assert admin.get(address).status_code == 405
    response = admin.post(address, follow=True)
    assert "wird gleich wiederholt" in response.content.decode()
    failed.refresh_from_db()
    assert (failed.state, failed.attempts) == ("waiting", 0)
    assert ModelLogEntry.objects.filter(action="core.outbox.retry").exists()


def test_retry_needs_the_right() -> None:
    message = outbox.enqueue(kind="probe", key="a", payload={})
    _client("Redaktion").post(f"/cms/betrieb/postausgang/{message.pk}/erneut/")
    assert not ModelLogEntry.objects.filter(action="core.outbox.retry").exists()


def test_schedule_warns(admin: Client) -> None:
    page = admin.get("/cms/betrieb/zeitplan/").content.decode()
    assert "Geplante Veröffentlichungen" in page
    assert "überfällig" in page
    assert "Es läuft kein Hintergrundprozess" in page


@pytest.mark.parametrize(
    ("interval", "text"),
    [
        (timedelta(days=1), "täglich"), (timedelta(days=7), "alle 7 Tage"), (timedelta(hours=1), "jede Stunde"),
        (timedelta(minutes=1), "jede Minute"), (timedelta(minutes=90), "alle 90 Minuten"),
        (timedelta(seconds=5), "alle 5 Sekunden"),
    ],
)  # fmt: skip
def test_intervals_in_words(interval: timedelta, text: str) -> None:
    assert interval_text(interval) == text


def test_work_items_are_closed_and_reopened(admin: Client) -> None:
    item = work.open_item(kind="review", title="Prüfen: Größenklassen", dedupe_key="a")
    address = f"/cms/aufgaben/edit/{item.pk}/"
    form = {"title": item.title, "note": "erledigt", "owner": "", "due_on": "", "state": "done"}
    assert admin.post(address, form).status_code == 302
    item.refresh_from_db()
    assert item.state == WorkItem.State.DONE
    assert item.closed_at
    admin.post(address, {**form, "state": "open"})
    item.refresh_from_db()
    assert item.closed_at is None


def test_work_items_by_hand_and_in_order(admin: Client) -> None:
    admin.post("/cms/aufgaben/new/", {"title": "Später", "note": "", "due_on": "", "owner": "", "state": "open"})
    assert WorkItem.objects.get().kind == "manual"
    soon = work.open_item(kind="review", title="Bald", due_on=date(2090, 5, 1))
    work.set_state(item=work.open_item(kind="review", title="Fertig"), state=WorkItem.State.DONE)
    page = admin.get("/cms/aufgaben/results/").content.decode()
    assert page.index("Bald") < page.index("Später") < page.index("Fertig")
    assert "01.05.2090" in page
    filtered = admin.get("/cms/aufgaben/?state=done").content.decode()
    assert "Fertig" in filtered
    assert "Bald" not in filtered
    assert admin.get(f"/cms/aufgaben/?kind=manual&owner={soon.owner_id or ''}").status_code == 200


def _tagged(*names: str) -> list[Tag]:
    home = HomePage.objects.get()
    tags = [Tag.objects.create(name=name) for name in names]
    for tag in tags:
        PageTag.objects.create(tag=tag, content_object=home)
    return tags


def test_renaming_a_tag_leads_the_old_address_on(admin: Client) -> None:
    tag = _tagged("Buergerkonto")[0]
    response = admin.post(f"/cms/schlagwoerter/edit/{tag.pk}/", {"name": "Nutzerkonto", "slug": ""})
    assert response.status_code == 302
    tag.refresh_from_db()
    assert (tag.name, tag.slug) == ("Nutzerkonto", "nutzerkonto")
    redirect = Redirect.objects.get()
    assert (redirect.old_path, redirect.link) == ("/schlagwort/buergerkonto", "/schlagwort/nutzerkonto/")


def test_a_second_tag_of_the_same_name_is_refused(admin: Client) -> None:
    first, second = _tagged("Bürgerkonto", "Servicekonto")
    response = admin.post(f"/cms/schlagwoerter/edit/{second.pk}/", {"name": "bürgerkonto", "slug": second.slug})
    assert "gibt es schon" in response.content.decode()
    assert Tag.objects.get(pk=first.pk).name == "Bürgerkonto"


def test_a_word_whose_address_another_tag_has_kept_is_a_tag_again(admin: Client) -> None:
    """Renaming left "presse" with "Öffentlichkeit": the word is free, its address is numbered."""
    kept, other = _tagged("Presse", "Rundfunk")
    admin.post(f"/cms/schlagwoerter/edit/{kept.pk}/", {"name": "Öffentlichkeit", "slug": "presse"})
    response = admin.post("/cms/schlagwoerter/new/", {"name": "Presse", "slug": ""})
    assert response.status_code == 302
    assert Tag.objects.get(name="Presse").slug == "presse-1"
    assert find_tag(Tag.objects, "PRESSE") == find_tag(Tag.objects, "presse") == Tag.objects.get(name="Presse")
    Tag.objects.get(name="Presse").delete()
    response = admin.post(f"/cms/schlagwoerter/edit/{other.pk}/", {"name": "Presse", "slug": ""})
    assert response.status_code == 302
    assert Tag.objects.get(pk=other.pk).slug == "presse-1"
    answer = admin.post("/cms/schlagwoerter/new/", {"name": "Neues", "slug": "presse"})
    assert answer.status_code == 200  # named by hand: refused at its field
    assert not Tag.objects.filter(name="Neues").exists()


def test_merging_tags(admin: Client) -> None:
    target, other = _tagged("Nutzerkonto", "Bürgerkonto")
    address = f"/cms/schlagwoerter/zusammenfuehren/{other.pk}/"
    assert "Bürgerkonto" in admin.get(address).content.decode()
    assert admin.post(address, {"target": other.pk}).status_code == 200, "not into itself"
    response = admin.post(address, {"target": target.pk}, follow=True)
    assert "aufgegangen" in response.content.decode()
    assert list(Tag.objects.values_list("name", flat=True)) == ["Nutzerkonto"]
    assert PageTag.objects.count() == 1
    assert Redirect.objects.get().link == "/schlagwort/nutzerkonto/"


def test_merging_moves_what_only_the_other_had() -> None:
    home = HomePage.objects.get()
    target, other = Tag.objects.create(name="A"), Tag.objects.create(name="B")
    PageTag.objects.create(tag=other, content_object=home)
    services.merge_tags(target=target, others=[other, target])
    assert list(PageTag.objects.values_list("tag__name", flat=True)) == ["A"]


def test_editors_rename_but_do_not_merge() -> None:
    target, other = _tagged("Nutzerkonto", "Bürgerkonto")
    client = _client("Redaktion")
    client.post(f"/cms/schlagwoerter/zusammenfuehren/{other.pk}/", {"target": target.pk})
    assert Tag.objects.count() == 2
