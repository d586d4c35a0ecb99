"""The starter content as a whole: it can be read, and a second run changes nothing."""

import io
from pathlib import Path

import pytest
from django.core.management import call_command
from django.test import Client
from pypdf import PdfReader
from wagtail.models import Page, Revision

from knowledge import pdf
from knowledge.content_io.importer import import_directory
from knowledge.models import Act, ArticlePage, GlossaryTerm, TopicPage
from portal.core.models import Operator

STARTER = Path(__file__).resolve().parents[2] / "knowledge" / "starter"


@pytest.mark.slow
@pytest.mark.django_db
def test_all_of_the_starter_content_is_imported_and_a_second_run_changes_nothing() -> None:
    call_command("import_content", STARTER, starter=True, verbosity=0)

    assert TopicPage.objects.live().count() >= 12
    assert ArticlePage.objects.live().filter(is_starter_content=True, reviewed_at=None).count() >= 12
    assert GlossaryTerm.objects.filter(live=True).count() > 100
    assert Act.objects.get(slug="egovg").provisions.exists()
    assert Operator.objects.get().region == "Hessen"
    article = ArticlePage.objects.get(slug="efa-dienst-anschliessen")
    assert article.curated_related.count() == 4
    assert article.topics.count() == 2
    assert {tag.name for tag in article.tags.all()} >= {"EfA", "Anschluss"}

    revisions, pages = Revision.objects.count(), Page.objects.count()
    report = import_directory(STARTER, starter=True)
    assert not report.written
    assert not report.edited
    assert (Revision.objects.count(), Page.objects.count()) == (revisions, pages)
    if pdf.is_available():
        check_overviews_are_one_page()


def check_overviews_are_one_page() -> None:
    """Called at the end of the import, which takes a minute: what leaders get to read is one sheet of A4."""
    overviews = ArticlePage.objects.live().filter(kind=ArticlePage.Kind.UEBERBLICK)
    pages = {}
    for page in overviews:
        response = Client().get(pdf.pdf_url(page))
        pages[page.slug] = len(PdfReader(io.BytesIO(response.content)).pages)

    assert len(pages) == 4
    assert set(pages.values()) == {1}, pages
