"""The versions of a page with real commits: kept when revisions are purged, and in the page cache."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.core.management import call_command
from django.test import Client
from django.utils import timezone
from wagtail.models import Revision

from portal.core import publications
from portal.core.models import Publication, Significance
from tests import factories, querycounts

LIST = "/themen/aemter/antraege-pruefen/versionen/"


def published(*answers: str) -> Any:
    """An article with a version for each short answer."""
    page = factories.article("Anträge prüfen", parent=factories.topic("Ämter"), live=False)
    for answer in answers:
        page.short_answer = answer
        page.save_revision(clean=False).publish()
    return page


def test_the_page_cache_serves_them_until_the_next_version(real_db: None) -> None:
    page = published("Ja.", "Nein.")
    assert querycounts.warm(LIST) == 0
    assert querycounts.warm(f"{LIST}1-2/") == 0
    publications.record(
        subject=page, version=9, significance=Significance.MAJOR, note="Ohne Speichern der Seite.",
        at=page.latest_revision_created_at,
    )  # fmt: skip
    assert "Ohne Speichern der Seite." in Client().get(LIST).content.decode()


def test_published_revisions_are_kept_and_lost_ones_are_said(real_db: None) -> None:
    page = published("Ja.", "Nein.", "Vielleicht.")
    page.save_revision(clean=False)
    Revision.objects.update(created_at=timezone.now() - timedelta(days=400))
    call_command("purge_revisions", days=30, verbosity=0)
    assert Publication.objects.filter(object_id=str(page.pk)).exclude(revision=None).count() == 3
    assert Client().get(f"{LIST}1-2/").status_code == 200
    Publication.objects.filter(object_id=str(page.pk), version__lt=3).update(revision=None)
    html = Client().get(f"{LIST}?von=1&bis=2").content.decode()
    assert html.count("nicht mehr gespeichert") == 2
    assert "1-2/" not in html
    assert '<form class="kp-versions' not in html
    assert Client().get(f"{LIST}2-3/").status_code == 404
