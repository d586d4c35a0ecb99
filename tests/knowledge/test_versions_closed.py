"""What was closed by a topic when it was published stays closed, wherever the page stands later."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, transaction
from django.test import Client
from wagtail.models import PageViewRestriction

from knowledge.models import ArticlePage, Deadline, TopicPage
from portal.core.models import Delivery, Publication, Significance
from portal.core.review.recording import backfill
from portal.core.subscriptions import digest
from portal.core.visibility import Visibility
from tests import factories
from tests.factories.subscribing import subscriber
from tests.people import PortalClient, make_user

pytestmark = pytest.mark.django_db
PAGE = "/themen/offenes/antraege-pruefen/"
TEXT, NOTE = "Interne Telefonliste", "Die Liste ist neu"
migration = import_module("portal.core.migrations.0007_publication_level")
deadline_levels = import_module("knowledge.migrations.0025_deadline_levels")


def publish(page: Any, note: str, text: str) -> None:
    """Publish a major version as a release does."""
    draft = ArticlePage.objects.get(pk=page.pk).get_latest_revision_as_object()
    draft.change_significance, draft.change_summary, draft.short_answer = Significance.MAJOR, note, text
    draft.save_revision(clean=False).publish()


def close(topic: Any, level: Visibility = Visibility.CENTRE) -> None:
    found = TopicPage.objects.get(pk=topic.pk)
    found.visibility = level
    found.save()


@pytest.fixture
def moved() -> ArticlePage:
    """An article with two versions from a closed topic, moved to an open one, and published there twice."""
    closed, opened = factories.topic("Internes"), factories.topic("Offenes")
    close(closed)
    page = factories.article("Anträge prüfen", parent=closed, live=False)
    for number in (1, 2):
        publish(page, f"{NOTE}, Teil {number}.", f"{TEXT} {number}.")
    ArticlePage.objects.get(pk=page.pk).move(TopicPage.objects.get(pk=opened.pk), pos="last-child")
    for number in (3, 4):
        publish(page, f"Für alle {number}.", f"Offen {number}.")
    return ArticlePage.objects.get(pk=page.pk)


def reader(role: str) -> Client:
    client = PortalClient()
    client.force_login(make_user(f"{role.lower()}@kkv.example", role=role))
    return client


def levels() -> list[str]:
    return list(of_articles().values_list("level", flat=True))


def of_articles() -> Any:
    return Publication.objects.filter(content_type__model="articlepage").order_by("version")


def test_a_text_of_a_closed_topic_is_shown_to_nobody_else_when_its_page_moves(moved: ArticlePage) -> None:
    assert levels() == ["centre", "centre", "public", "public"]
    for client in (Client(), reader("Kommune")):
        for address in ("versionen/", "versionen.md", "versionen/3-4/", "versionen/3-4.md"):
            answer = client.get(PAGE + address)
            assert answer.status_code == 200
            assert TEXT not in answer.content.decode()
            assert NOTE not in answer.content.decode()
        for pair in ("1-2", "1-3", "2-3", "2-4"):
            assert client.get(f"{PAGE}versionen/{pair}/").status_code == 404
            assert client.get(f"{PAGE}versionen/{pair}.md").status_code == 404
    listed = Client().get(f"{PAGE}versionen/").content.decode()
    assert listed.count("nur für die Kompetenzstelle sichtbar") == 2
    assert "3-4/" in listed
    assert "2-3/" not in listed
    assert "Bitte wählen Sie" in Client().get(f"{PAGE}versionen/?von=1&bis=3").content.decode()


def test_whoever_could_read_it_then_and_can_now_still_does(moved: ArticlePage) -> None:
    staff = reader("Redaktion")
    assert NOTE in staff.get(f"{PAGE}versionen/").content.decode()
    assert TEXT in staff.get(f"{PAGE}versionen/1-3/").content.decode()
    assert TEXT in staff.get(f"{PAGE}versionen/1-3.md").content.decode()


def test_a_level_in_between_is_kept(moved: ArticlePage) -> None:
    of_articles().filter(version=1).update(level=Visibility.MUNICIPALITY)
    member = reader("Kommune")
    assert TEXT in member.get(f"{PAGE}versionen/1-3/").content.decode()
    assert member.get(f"{PAGE}versionen/2-3/").status_code == 404
    close(moved.get_parent())
    assert member.get(f"{PAGE}versionen/1-3/").status_code in {302, 403}


FEEDS = ("/aenderungen/", "/aenderungen.md", "/aenderungen.atom", f"{PAGE}aenderungen.atom",
         "/themen/offenes/aenderungen.atom")  # fmt: skip


@pytest.mark.parametrize("address", FEEDS)
def test_no_list_or_feed_tells_its_note(moved: ArticlePage, address: str) -> None:
    told = Client().get(address).content.decode()
    assert "Für alle 3" in told
    assert NOTE not in told


def test_no_mail_tells_its_note_also_when_it_was_stored_before() -> None:
    topic = factories.topic("Internes")
    close(topic)
    page = factories.article("Anträge prüfen", parent=topic, live=False)
    publish(page, NOTE, TEXT)
    close(topic, Visibility.PUBLIC)
    publish(page, "Für alle.", "Offen.")
    everybody = subscriber()
    rows = list(of_articles())
    delivery = Delivery(subscriber=everybody, since=rows[0].published_at, until=rows[1].published_at, pk=1)
    delivery.changes = [row.pk for row in rows]
    mail = digest_mail(delivery)
    assert "Für alle." in mail
    assert NOTE not in mail
    moment = rows[1].published_at
    current = digest.Round(moment, rows, {}, {})
    assert current.readable(Visibility.PUBLIC) == {rows[1].pk}
    assert current.readable(Visibility.CENTRE) == {row.pk for row in rows}


def digest_mail(delivery: Delivery) -> str:
    from portal.core.subscriptions import mails

    mail = mails.digest(delivery, delivery.until)
    assert mail is not None
    return str(mail.body)


def test_what_no_level_covers_is_shown_to_nobody(moved: ArticlePage) -> None:
    of_articles().filter(version=1).update(level=Visibility.NOBODY)
    staff = reader("Redaktion")
    assert "nur für einzelne Gruppen sichtbar" in staff.get(f"{PAGE}versionen/").content.decode()
    assert staff.get(f"{PAGE}versionen/1-3/").status_code == 404


def test_a_restriction_set_by_hand_counts_as_well(moved: ArticlePage) -> None:
    PageViewRestriction.objects.create(page=moved.get_parent(), restriction_type="login")
    publish(moved, "Nur angemeldet.", "Nur angemeldet.")
    PageViewRestriction.objects.all().delete()
    publish(moved, "Wieder offen.", "Wieder offen.")
    assert levels()[-2:] == ["municipality", "public"]
    assert "Nur angemeldet." not in Client().get(f"{PAGE}versionen/").content.decode()


def test_a_row_that_says_nothing_opens_nothing(moved: ArticlePage) -> None:
    assert Publication().level == Visibility.NOBODY
    with pytest.raises(IntegrityError), transaction.atomic():
        Publication.objects.update(level="")


def test_earlier_rows_get_the_present_level_or_their_own_where_that_is_stricter(moved: ArticlePage) -> None:
    act = factories.act()
    act.save_revision().publish()
    closed = factories.article("Zu", parent=moved.get_parent(), visibility=Visibility.MUNICIPALITY, live=False)
    publish(closed, "Geschlossen.", "Geschlossen.")
    opened = ArticlePage.objects.get(pk=closed.pk).get_latest_revision_as_object()
    opened.visibility, opened.change_summary = Visibility.PUBLIC, "Offen."
    opened.save_revision(clean=False).publish()
    gone = factories.article("Weg", parent=moved.get_parent(), live=False)
    publish(gone, "Weg.", "Weg.")
    rows = Publication.objects.filter(object_id=str(gone.pk))
    kept = rows.get().pk
    ArticlePage.objects.get(pk=gone.pk).delete()
    Publication.objects.update(level=Visibility.NOBODY)
    migration.tell_levels(apps, connection.schema_editor())

    def of(subject: Any) -> list[str]:
        found = Publication.objects.filter(object_id=str(subject.pk), content_type__model=subject._meta.model_name)
        return list(found.order_by("version").values_list("level", flat=True))

    assert of(moved) == ["public"] * 4
    assert of(closed) == ["municipality", "public"]
    assert of(act) == ["public"]
    assert list(Publication.objects.filter(pk=kept).values_list("level", flat=True)) in ([], ["nobody"])
    close(moved.get_parent())
    migration.tell_levels(apps, connection.schema_editor())
    assert of(moved) == ["centre"] * 4
    assert of(act) == ["public"]


def test_earlier_rows_of_deadlines_count_as_their_topics_do() -> None:
    closed, opened, gone = (factories.topic(title) for title in ("Internes", "Offenes", "Weg"))
    close(closed)
    moved, there, free = (factories.deadline(title) for title in ("Zog um", "Ist noch da", "Ohne Feld"))
    for entry, topics in ((moved, [closed, gone, opened]), (there, [closed]), (free, [None])):
        for number, topic in enumerate(topics):
            draft = Deadline.objects.get(pk=entry.pk)
            draft.topic, draft.text = topic, f"{TEXT} {number}."
            draft.change_significance, draft.change_summary = Significance.MAJOR, f"{NOTE} {number}."
            draft.save_revision(clean=False).publish()
    TopicPage.objects.get(pk=gone.pk).delete()
    Publication.objects.update(level=Visibility.PUBLIC)
    deadline_levels.tell_levels(apps, connection.schema_editor())

    def of(entry: Deadline) -> list[str]:
        rows = Publication.objects.filter(object_id=str(entry.pk), content_type__model="deadline")
        return list(rows.order_by("version").values_list("level", flat=True))

    assert of(moved)[-3:] == ["centre", "centre", "public"]
    assert (of(there)[-1], of(free)[-1]) == ("centre", "public")
    listed = Client().get("/fristen/zog-um/versionen/").content.decode()
    assert (f"{NOTE} 0" in listed, f"{NOTE} 1" in listed, f"{NOTE} 2" in listed) == (False, False, True)
    last = Publication.objects.filter(object_id=str(moved.pk), content_type__model="deadline").count()
    for form in ("/", ".md"):
        assert Client().get(f"/fristen/zog-um/versionen/{last - 1}-{last}{form}").status_code == 404
    close(closed, Visibility.PUBLIC)
    Publication.objects.filter(object_id=str(there.pk)).update(level=Visibility.CENTRE)
    deadline_levels.tell_levels(apps, connection.schema_editor())
    assert of(there)[-1] == "centre"  # what is closed stays so


def test_what_is_live_without_a_row_gets_its_level_too(moved: ArticlePage) -> None:
    act = factories.act(live=True)
    deadline = factories.deadline("Innen", topic=factories.topic("Zu", visibility=Visibility.CENTRE))
    close(moved.get_parent(), Visibility.MUNICIPALITY)
    Publication.objects.all().delete()
    assert backfill()
    levels = Publication.objects.filter(object_id=str(deadline.pk), content_type__model="deadline")
    assert levels.get().level == "centre"
    assert of_articles().get(object_id=str(moved.pk)).level == "municipality"
    assert Publication.objects.get(object_id=str(act.pk), content_type__model="act").level == "public"
