"""Import over what was reviewed, or is being worked on, in this installation: reported and left alone."""

from __future__ import annotations

from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from wagtail.models import GroupApprovalTask, Revision, Workflow, WorkflowTask

from knowledge.content_io.importer import Report, import_directory
from knowledge.models import ArticlePage
from knowledge.services import record_review
from knowledge.trust import STARTER_LABEL, trust_line
from tests.factories import staff
from tests.factories.files import ARTICLE, ARTICLE_FILE, folder, write_files

pytestmark = pytest.mark.django_db


def run(root: Path, **options: Any) -> Report:
    report = import_directory(root, **options)
    assert not report.problems, [str(problem) for problem in report.problems]
    return report


def reviewed(tmp_path: Path, **options: Any) -> ArticlePage:
    """Import, have the article reviewed, and change its file."""
    run(folder(tmp_path), **options)
    page = ArticlePage.objects.get()
    if not page.live:
        page.get_latest_revision().publish()
    record_review(page=ArticlePage.objects.get(), reviewer=staff())
    write_files(tmp_path, {ARTICLE_FILE: ARTICLE.replace("ein Text", "ein neuer Text")})
    return ArticlePage.objects.get()


@pytest.mark.parametrize("starter", [True, False])
def test_a_page_reviewed_since_is_reported_and_left(tmp_path: Path, *, starter: bool) -> None:
    before = reviewed(tmp_path, starter=starter)
    revisions = Revision.objects.count()
    out = StringIO()

    report = run(tmp_path, starter=starter)
    call_command("import_content", tmp_path, starter=starter, stdout=out)

    after = ArticlePage.objects.get()
    assert (report.reviewed, report.edited, report.written) == ([ARTICLE_FILE], [], 0)
    assert f"{ARTICLE_FILE}: im Portal fachlich geprüft, nicht überschrieben" in out.getvalue()
    assert "0 geändert" in out.getvalue()
    assert "1 übergangen" in out.getvalue()
    assert (after.reviewed_at, after.reviewed_by, after.rendered) == (
        before.reviewed_at, before.reviewed_by, before.rendered,
    )  # fmt: skip
    assert (Revision.objects.count(), after.latest_revision_id) == (revisions, before.latest_revision_id)


def test_a_review_does_not_make_an_equal_file_reported(tmp_path: Path) -> None:
    reviewed(tmp_path, starter=True)

    report = run(folder(tmp_path), starter=True)

    assert (report.skipped, report.written, len(report.unchanged)) == (0, 0, 6)


def test_overwriting_a_reviewed_page_takes_the_review_back(tmp_path: Path) -> None:
    reviewed(tmp_path, starter=True)

    report = run(tmp_path, starter=True, overwrite=True)

    page = ArticlePage.objects.get()
    assert report.changed == [ARTICLE_FILE]
    assert "neuer Text" in page.rendered["html"]
    assert (page.reviewed_at, page.reviewed_by) == (None, None)
    assert trust_line(page).review_label == STARTER_LABEL


def test_overwriting_a_reviewed_page_by_a_draft_leaves_what_readers_see(tmp_path: Path) -> None:
    before = reviewed(tmp_path)

    assert run(tmp_path, overwrite=True).changed == [ARTICLE_FILE]

    page = ArticlePage.objects.get()
    assert "neuer Text" not in page.rendered["html"]
    assert "neuer Text" in str(page.get_latest_revision_as_object().body)
    assert page.reviewed_at == before.reviewed_at is not None


def test_a_page_that_is_locked_or_in_a_workflow_is_left(tmp_path: Path) -> None:
    run(folder(tmp_path), starter=True)
    write_files(tmp_path, {ARTICLE_FILE: ARTICLE.replace("ein Text", "ein neuer Text")})
    ArticlePage.objects.update(locked=True)
    assert run(tmp_path, starter=True).edited == [ARTICLE_FILE]

    ArticlePage.objects.update(locked=False)
    workflow = Workflow.objects.create(name="Prüfung")
    WorkflowTask.objects.create(workflow=workflow, task=GroupApprovalTask.objects.create(name="Fachprüfung"))
    workflow.start(ArticlePage.objects.get(), staff())
    assert run(tmp_path, starter=True).edited == [ARTICLE_FILE]
    assert "neuer" not in ArticlePage.objects.get().rendered["html"]
