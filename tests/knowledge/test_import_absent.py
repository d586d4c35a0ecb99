"""Files that name what was deleted or renamed in the portal: the rest comes in, the reference is told."""

from __future__ import annotations

from copy import copy
from dataclasses import replace
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from wagtail.models import Page, Revision

from faq.models import QuestionPage
from knowledge.content_io.importer import Report, import_directory
from knowledge.models import Act, ArticlePage, Deadline, DecisionHelpPage, ImportRecord, TopicPage
from portal.core.content_io import KINDS
from tests.factories.files import ARTICLE, ARTICLE_FILE, QUESTION_FILE, folder, write_files

pytestmark = pytest.mark.django_db
QUESTION_PATH = QUESTION_FILE.removesuffix(".md")
NEW = "themen/buergerbuero/neu.md"
OTHER = "themen/buergerbuero/andere.md"
NO_LONGER = "gibt es im Portal nicht oder nicht mehr unter dieser Adresse"


def run(root: Path, **options: Any) -> Report:
    report = import_directory(root, **{"starter": True, **options})
    assert not report.problems, [str(problem) for problem in report.problems]
    return report


def told(report: Report) -> list[str]:
    return [f"{problem.file}:{problem.line}" for problem in (*report.left_out, *report.refused)]


def nothing_more_to_do(root: Path) -> None:
    """Running again changes nothing, and counts nothing as edited by somebody."""
    revisions = Revision.objects.count()
    again = run(root)
    assert (again.written, again.edited) == (0, [])
    assert Revision.objects.count() == revisions


def with_head(text: str, body: str = "") -> str:
    return ARTICLE.replace("legal_basis:", f"{text}\nlegal_basis:") + body


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Imported, then the question is deleted in the portal."""
    run(folder(tmp_path))
    QuestionPage.objects.get().delete()
    return tmp_path


def test_a_new_article_comes_in_without_the_deleted_page_it_names(root: Path) -> None:
    head = (
        f"related: [themen/buergerbuero, {QUESTION_PATH}]\nnext_step: {{label: Weiter, target: {QUESTION_PATH}}}"
    )
    write_files(root, {NEW: with_head(head), OTHER: ARTICLE.replace("Ämter öffnen", "Andere")})

    report = run(root)

    page = ArticlePage.objects.get(slug="neu")
    assert report.created == [OTHER, NEW]
    assert told(report) == [f"{NEW}:6", f"{NEW}:7"]
    assert f"„{QUESTION_PATH}“ {NO_LONGER}. Der Verweis darauf bleibt weg." in report.left_out[0].message
    assert (page.live, page.live_revision_id) == (True, page.latest_revision_id)
    assert [row.target.slug for row in page.curated_related.all()] == ["buergerbuero"]
    assert (page.next_step_label, page.next_step_page_id) == ("", None)
    assert ImportRecord.objects.filter(path=NEW.removesuffix(".md")).exists()
    nothing_more_to_do(root)


def test_a_new_article_comes_in_without_the_block_and_the_link_that_lead_nowhere(root: Path) -> None:
    link = f':::text\n<p>Siehe <a linktype="page" path="{QUESTION_PATH}">dort</a>.</p>\n:::\n'
    body = f"\n:::frage\n{QUESTION_PATH}\n:::\n\nDanach.\n\n{link}"
    write_files(root, {NEW: with_head("seo_title: Neu", body)})

    report = run(root)

    page = ArticlePage.objects.get(slug="neu")
    assert told(report) == [f"{NEW}:12", f"{NEW}:18"]
    assert [block.block_type for block in page.body] == ["markdown", "markdown", "text"]
    assert "Siehe <a>dort</a>" in str(page.body.raw_data[2]["value"])
    nothing_more_to_do(root)


def test_a_changed_article_comes_in_without_the_deleted_page_it_newly_names(root: Path) -> None:
    body = f"\nNeu.\n\n:::frage\n{QUESTION_PATH}\n:::\n"
    write_files(root, {ARTICLE_FILE: with_head(f"related: [{QUESTION_PATH}]", body)})

    report = run(root)

    assert (report.changed, told(report)) == ([ARTICLE_FILE], [f"{ARTICLE_FILE}:6", f"{ARTICLE_FILE}:14"])
    assert not ArticlePage.objects.get().curated_related.exists()
    nothing_more_to_do(root)


def test_a_file_that_differs_by_such_a_reference_only_is_told_and_not_written(root: Path) -> None:
    write_files(root, {ARTICLE_FILE: with_head(f"related: [{QUESTION_PATH}]")})

    report = run(root)

    assert (report.written, report.edited, told(report)) == (0, [], [f"{ARTICLE_FILE}:6"])


def test_an_article_that_lost_a_page_by_its_deletion_is_not_taken_for_edited(tmp_path: Path) -> None:
    text = with_head(f"related: [{QUESTION_PATH}]")
    run(write_files(folder(tmp_path), {ARTICLE_FILE: text}))
    QuestionPage.objects.get().delete()
    write_files(tmp_path, {ARTICLE_FILE: text.replace("ein Text", "ein neuer Text")})

    report = run(tmp_path)

    assert (report.changed, report.edited, told(report)) == ([ARTICLE_FILE], [], [f"{ARTICLE_FILE}:6"])
    nothing_more_to_do(tmp_path)


def test_an_edit_after_the_deletion_is_still_kept(tmp_path: Path) -> None:
    text = with_head(f"related: [{QUESTION_PATH}]")
    run(write_files(folder(tmp_path), {ARTICLE_FILE: text}))
    QuestionPage.objects.get().delete()
    page = ArticlePage.objects.get()
    page.title = "Von Hand geändert"
    page.save_revision().publish()
    write_files(tmp_path, {ARTICLE_FILE: text.replace("ein Text", "ein neuer Text")})

    assert run(tmp_path).edited == [ARTICLE_FILE]


def test_a_new_deadline_comes_in_without_its_topic_and_article(tmp_path: Path) -> None:
    run(folder(tmp_path))
    Page.objects.get(slug="aemter-oeffnen").delete()
    topic = TopicPage.objects.get()
    topic.slug = "service"
    topic.save_revision().publish()
    sheet = (
        '[[deadline]]\nid = "neu"\ntitle = "Neu"\nkind = "pflicht"\ndate = 2036-12-31\nbinds = ["kommune"]\n'
        'status = "kommt"\ntext = "Text."\ntopic = "themen/buergerbuero"\nlegal_basis = ["§ 9 Abs. 1 OZG"]\n'
        f'state = 2026-08-19\narticles = ["{ARTICLE_FILE[:-3]}"]\n'
    )
    write_files(tmp_path, {"deadlines.toml": sheet})

    report = run(tmp_path)

    found = Deadline.objects.get()
    assert told(report) == ["deadlines.toml:9", "deadlines.toml:12"]
    assert (found.live, found.topic, found.articles.count()) == (True, None, 0)
    nothing_more_to_do(tmp_path)


def test_a_page_below_a_renamed_topic_is_not_taken_and_nothing_of_it_is_made(tmp_path: Path) -> None:
    run(folder(tmp_path))
    topic = TopicPage.objects.get()
    topic.slug = "service"
    topic.save_revision().publish()
    elsewhere = "themen/ausweise/ausweis.md"
    write_files(
        tmp_path,
        {
            NEW: ARTICLE,
            "themen/ausweise/index.md": "---\ntype: topic\ntitle: Ausweise\nsummary: Kurz.\n---\n",
            elsewhere: with_head(f"topics: [themen/ausweise, themen/buergerbuero]\nrelated: [{NEW[:-3]}]"),
        },
    )
    out = StringIO()

    call_command("import_content", tmp_path, starter=True, dry_run=True, stdout=out)
    report = run(tmp_path)

    assert f"{NEW}:1: Die Seite darüber: „themen/buergerbuero“ {NO_LONGER}" in out.getvalue()
    assert "4 übergangen" in out.getvalue()  # with the topic itself, its article and its question
    assert [(fault.file, fault.line) for fault in report.refused] == [(NEW, 1)]
    assert not Page.objects.filter(slug="neu").exists()
    page = ArticlePage.objects.get(slug="ausweis")
    assert told(report)[:2] == [f"{elsewhere}:6", f"{elsewhere}:7"]
    assert [topic.slug for topic in page.topics.all()] == ["ausweise"]
    nothing_more_to_do(tmp_path)


def test_an_act_comes_in_without_its_deleted_counterpart(tmp_path: Path) -> None:
    land = "---\ntype: act\nabbreviation: HEGovG\ntitle: Gesetz des Landes\nlevel: land\n---\n"
    run(write_files(folder(tmp_path), {"recht/hegovg.md": land}))
    Act.objects.get(slug="hegovg").delete()
    head = "---\ntype: act\nabbreviation: EGovG\ntitle: Gesetz des Bundes\nlevel: bund\ncounterpart: hegovg\n---\n"
    write_files(tmp_path, {"recht/egovg.md": head})

    report = run(tmp_path)

    assert (report.created, told(report)) == (["recht/egovg.md"], ["recht/egovg.md:6"])
    assert Act.objects.get(slug="egovg").counterpart is None
    nothing_more_to_do(tmp_path)


def test_a_decision_help_comes_in_without_the_article_and_says_so(root: Path) -> None:
    tree = (
        "---\ntype: decision\ntitle: Hilfe\nshort_answer: Kurz.\nlegal_basis: keine\nnodes:\n"
        "  - key: a\n    question: Ja?\n    answers:\n"
        "      - {label: Ja, next: b}\n      - {label: Nein, next: b}\n"
        "  - key: b\n    result: Gut.\n    why: Darum.\n    sources: [{title: Amtsblatt}]\n    todo: [Lesen]\n"
        f"    articles: [{QUESTION_PATH}]\n---\n"
    )
    index = "---\ntype: decision_index\ntitle: Entscheidungshilfen\n---\n"
    write_files(root, {"hilfen/index.md": index, "hilfen/hilfe.md": tree})

    report = run(root)

    assert told(report) == ["hilfen/hilfe.md:17"]
    assert DecisionHelpPage.objects.get().live
    nothing_more_to_do(root)


def test_what_is_made_again_is_named_again(root: Path) -> None:
    write_files(root, {NEW: with_head(f"related: [{QUESTION_PATH}]")})
    run(root)

    run(root, overwrite=True)

    page = ArticlePage.objects.get(slug="neu")
    assert [row.target_id for row in page.curated_related.all()] == [QuestionPage.objects.get().pk]


def test_what_needs_the_reference_is_not_taken_and_takes_along_what_names_it(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No kind of ours needs one; a kind of another app may."""
    keys = tuple(copy(key) for key in KINDS["article"].keys)
    for key in keys:
        key.required = key.required or key.name == "next_step"
    monkeypatch.setitem(KINDS, "article", replace(KINDS["article"], keys=keys))
    step = "next_step: {{label: Weiter, target: {}}}"
    article = with_head(step.format("index"))
    other = with_head(f"{step.format('index')}\nrelated: [{NEW[:-3]}]")
    write_files(root, {ARTICLE_FILE: article, NEW: with_head(step.format(QUESTION_PATH)), OTHER: other})

    report = run(root)

    assert [(fault.file, fault.line) for fault in report.refused] == [(NEW, 6)]
    assert "Der Schlüssel „next_step“ wäre leer. Die Datei wird nicht eingelesen." in report.refused[0].message
    assert not ArticlePage.objects.filter(slug="neu").exists()
    assert [(fault.file, fault.line) for fault in report.left_out] == [(OTHER, 7)]
    assert not ArticlePage.objects.get(slug="andere").curated_related.exists()
    nothing_more_to_do(root)
