"""Import: drafts and starter content, idempotent, never over an editor's work."""

from __future__ import annotations

from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django_tasks_db.models import DBTaskResult
from wagtail.models import ReferenceIndex, Revision

from faq.models import QuestionPage
from knowledge.content_io import store
from knowledge.content_io.body import derived_id
from knowledge.content_io.importer import Report, import_directory
from knowledge.models import Act, ArticlePage, GlossaryTerm, ImportRecord, TopicPage
from portal.core.content_io import finished
from portal.core.documents import level_of_document
from portal.core.models import Operator, PortalDocument
from portal.core.visibility import Visibility
from tests.factories.files import ARTICLE, ARTICLE_FILE, QUESTION, QUESTION_FILE, folder, write_files

pytestmark = pytest.mark.django_db


def run(root: Path, **options: Any) -> Report:
    report = import_directory(root, **options)
    assert not report.problems, [str(problem) for problem in report.problems]
    return report


def edit(page: Any, **fields: Any) -> None:
    """Change a page as an editor does: draft, then publication."""
    page = page.get_latest_revision_as_object()
    for name, value in fields.items():
        setattr(page, name, value)
    page.save_revision().publish()


def test_imports_become_drafts(tmp_path: Path) -> None:
    run(folder(tmp_path))

    article = ArticlePage.objects.get()
    assert (article.title, article.live, article.is_starter_content) == ("Ämter öffnen", False, False)
    assert article.get_latest_revision_as_object().legal_basis == "§ 9 Abs. 1 OZG"
    assert not GlossaryTerm.objects.filter(live=True).exists()
    assert not TopicPage.objects.live().exists()
    assert article.reviewed_at is None


def test_starter_content_is_live_marked_and_never_reviewed(tmp_path: Path) -> None:
    run(folder(tmp_path), starter=True)

    article = ArticlePage.objects.get()
    assert (article.live, article.is_starter_content, article.version_number) == (True, True, 1)
    assert article.live_revision_id == article.latest_revision_id is not None
    assert article.has_unpublished_changes is False
    assert (article.reviewed_at, article.reviewed_by) == (None, None)
    assert "Größe und Maß" in article.rendered["html"]
    assert article.first_published_at is not None
    assert article.legal_references.get().ref == "§ 9 Abs. 1"
    assert Act.objects.get().provisions.get().key == "9/1"


def test_a_second_run_changes_nothing(tmp_path: Path) -> None:
    run(folder(tmp_path), starter=True)
    before = Revision.objects.count()

    report = run(tmp_path, starter=True)

    assert (report.written, len(report.unchanged), Revision.objects.count()) == (0, 6, before)


def test_a_dry_run_writes_nothing(tmp_path: Path) -> None:
    report = run(folder(tmp_path), dry_run=True)

    assert len(report.created) == 6
    assert not ArticlePage.objects.exists()
    assert not ImportRecord.objects.exists()


def test_only_reads_a_page_and_what_stands_below(tmp_path: Path) -> None:
    run(folder(tmp_path))
    write_files(tmp_path, {ARTICLE_FILE: ARTICLE.replace("ein Text", "neu"), "glossar/efa.md": "kaputt"})

    report = run(tmp_path, only="themen/buergerbuero")

    assert report.changed == [ARTICLE_FILE]
    assert len(report.unchanged) == 2


def test_a_changed_file_makes_one_new_version(tmp_path: Path) -> None:
    run(folder(tmp_path), starter=True)
    write_files(tmp_path, {ARTICLE_FILE: ARTICLE.replace("ein Text", "ein neuer Text")})

    report = run(tmp_path, starter=True)

    article = ArticlePage.objects.get()
    assert report.changed == [ARTICLE_FILE]
    assert "neuer Text" in article.rendered["html"]
    assert (article.version_number, article.revisions.count()) == (2, 2)


def test_a_changed_file_becomes_a_draft_of_a_live_page(tmp_path: Path) -> None:
    run(folder(tmp_path), starter=True)
    write_files(tmp_path, {ARTICLE_FILE: ARTICLE.replace("ein Text", "ein neuer Text")})

    run(tmp_path)

    article = ArticlePage.objects.get()
    assert "neuer Text" not in article.rendered["html"]
    assert "neuer Text" in str(article.get_latest_revision_as_object().body)
    assert (article.live, article.has_unpublished_changes) == (True, True)
    assert not run(tmp_path).written


def test_a_draft_gives_and_takes_no_file_of_the_live_page(tmp_path: Path) -> None:
    body = "\n:::datei\ndatei: dateien/{}.csv\ntitel: Liste der Ämter\nlizenz: CC0\n:::\n"
    files = {ARTICLE_FILE: ARTICLE + body.format("alt"), "dateien/alt.csv": "Amt;Größe\n"}
    run(write_files(folder(tmp_path), files), starter=True)
    write_files(tmp_path, {ARTICLE_FILE: ARTICLE + body.format("neu"), "dateien/neu.csv": "Amt;Höhe\n"})
    assert run(tmp_path).written
    old, new = PortalDocument.objects.order_by("pk")
    assert level_of_document(old) is Visibility.PUBLIC
    assert level_of_document(new) is Visibility.CENTRE


def test_a_page_edited_since_is_reported_and_left(tmp_path: Path) -> None:
    run(folder(tmp_path), starter=True)
    edit(ArticlePage.objects.get(), short_answer="Von der Redaktion geändert.")
    write_files(tmp_path, {ARTICLE_FILE: ARTICLE.replace("ein Text", "ein neuer Text")})

    report = run(tmp_path, starter=True)

    assert (report.edited, report.written) == ([ARTICLE_FILE], 0)
    assert ArticlePage.objects.get().short_answer == "Von der Redaktion geändert."


def test_overwrite_takes_the_file(tmp_path: Path) -> None:
    run(folder(tmp_path), starter=True)
    edit(ArticlePage.objects.get(), short_answer="Von der Redaktion geändert.")

    report = run(tmp_path, starter=True, overwrite=True)

    assert report.changed == [ARTICLE_FILE]
    assert ArticlePage.objects.get().short_answer == "So öffnen Sie Ämter für alle."


def test_a_draft_of_an_editor_counts_as_edited(tmp_path: Path) -> None:
    run(folder(tmp_path), starter=True)
    page = ArticlePage.objects.get()
    page.short_answer = "Entwurf."
    page.save_revision()

    assert run(tmp_path, starter=True).edited == [ARTICLE_FILE]


def test_an_edited_term_is_left(tmp_path: Path) -> None:
    run(folder(tmp_path), starter=True)
    term = GlossaryTerm.objects.get()
    term.meaning = "Anders erklärt."
    term.save_revision().publish()

    assert run(tmp_path, starter=True).edited == ["glossar/efa.md"]


def test_a_page_that_was_made_by_hand_is_left(tmp_path: Path) -> None:
    run(folder(tmp_path), starter=True)
    edit(ArticlePage.objects.get(), title="Von Hand gemacht")
    ImportRecord.objects.all().delete()

    assert run(tmp_path, starter=True).edited == [ARTICLE_FILE]


def test_a_deleted_page_does_not_come_back_unasked(tmp_path: Path) -> None:
    run(folder(tmp_path), starter=True)
    ArticlePage.objects.get().delete()

    assert run(tmp_path, starter=True).removed == [ARTICLE_FILE]
    assert not ArticlePage.objects.exists()
    assert run(tmp_path, starter=True, overwrite=True).created == [ARTICLE_FILE]


def test_a_moved_page_is_not_made_twice(tmp_path: Path) -> None:
    run(folder(tmp_path), starter=True)
    page = ArticlePage.objects.get()
    page.slug = "aemter-aufschliessen"
    page.save_revision().publish()

    assert run(tmp_path, starter=True).removed == [ARTICLE_FILE]
    assert ArticlePage.objects.count() == 1


def test_references_are_resolved_whatever_the_order(tmp_path: Path) -> None:
    folder(tmp_path)
    head = ARTICLE.replace(
        "legal_basis:",
        f"topics: [themen/ausweise]\nrelated: [{QUESTION_FILE[:-3]}, index]\n"
        "next_step: {label: Weiter, target: themen/ausweise}\nlegal_basis:",
    )
    body = f":::frage\n{QUESTION_FILE[:-3]}\n:::\n"
    question = QUESTION.replace("legal_basis:", "successor: themen/ausweise/z-frage\nlegal_basis:")
    topic = "---\ntype: topic\ntitle: Ausweise\nsummary: Pässe und Ausweise.\n---\n"
    files = {
        ARTICLE_FILE: head + body,
        QUESTION_FILE: question,
        "themen/ausweise/index.md": topic,
        "themen/ausweise/z-frage.md": QUESTION,
    }

    run(write_files(tmp_path, files), starter=True)

    article = ArticlePage.objects.get()
    assert [row.target.slug for row in article.curated_related.all()] == ["wie-oeffnen-wir", "start"]
    assert article.topics.get().slug == "ausweise"
    assert (article.next_step_label, article.next_step_page.slug) == ("Weiter", "ausweise")
    assert article.body[1].value.slug == "wie-oeffnen-wir"
    assert f'data-question="{article.body[1].value.pk}"' in article.rendered["html"]
    assert QuestionPage.objects.get(slug="wie-oeffnen-wir").successor.slug == "z-frage"
    assert not run(tmp_path, starter=True).written


def test_two_questions_may_name_each_other(tmp_path: Path) -> None:
    folder(tmp_path)
    other = QUESTION_FILE.replace("wie-", "warum-")
    files = {
        QUESTION_FILE: f"{QUESTION}\n:::frage\n{other[:-3]}\n:::\n",
        other: f"{QUESTION}\n:::frage\n{QUESTION_FILE[:-3]}\n:::\n",
    }

    run(write_files(tmp_path, files), starter=True)

    for page in QuestionPage.objects.all():
        other_page = QuestionPage.objects.exclude(pk=page.pk).get()
        assert f'data-question="{other_page.pk}"' in page.rendered["html"]
    assert not run(tmp_path, starter=True).written


def test_an_empty_key_resets_the_field(tmp_path: Path) -> None:
    files = {ARTICLE_FILE: ARTICLE.replace("kind:", "tags: [Maß, Öffnung]\nseo_title: Ämter\nkind:")}
    run(write_files(folder(tmp_path), files), starter=True)
    assert {tag.slug for tag in ArticlePage.objects.get().tags.all()} == {"mass", "oeffnung"}

    run(folder(tmp_path), starter=True)

    article = ArticlePage.objects.get()
    assert (article.seo_title, article.tags.count()) == ("", 0)


def test_block_ids_follow_from_path_and_position_or_are_kept(tmp_path: Path) -> None:
    body = "\n:::hinweis {#mein-block}\nText\n:::\n\n:::schritte\n### Eins\nText\n### Zwei {#zwei}\nText\n:::\n"
    run(write_files(folder(tmp_path), {ARTICLE_FILE: ARTICLE + body}), starter=True)

    raw = ArticlePage.objects.get().body.raw_data
    path = ARTICLE_FILE[:-3]
    assert [block["id"] for block in raw] == [derived_id(path, 1), "mein-block", derived_id(path, 3)]
    steps = raw[2]["value"]["items"]
    assert [item["id"] for item in steps] == [derived_id(derived_id(path, 3), 1), "zwei"]


def test_files_are_stored_once(tmp_path: Path) -> None:
    body = "\n:::datei\ndatei: dateien/liste.csv\ntitel: Liste der Ämter\nlizenz: CC0\n:::\n"
    files = {ARTICLE_FILE: ARTICLE + body, QUESTION_FILE: QUESTION + body, "dateien/liste.csv": "Amt;Größe\n"}
    run(write_files(folder(tmp_path), files), starter=True)

    document = PortalDocument.objects.get()
    assert (document.title, document.licence, document.file_size) == ("liste", "CC0", 12)
    assert ArticlePage.objects.get().body[1].value["title"] == "Liste der Ämter"
    assert not run(tmp_path, starter=True).written


def test_the_operator_is_set_once_and_then_left(tmp_path: Path) -> None:
    text = "---\ntype: operator\nname: Fachstelle Süd\nshort_name: FS\nregion: Überall\n---\n"
    write_files(tmp_path, {"einstellungen/betreiber.md": text})
    assert Operator().name == "Kompetenzstelle"

    run(tmp_path)
    operator = Operator.objects.get()
    assert (operator.name, operator.region) == ("Fachstelle Süd", "Überall")
    operator.phone = "0611 123"
    operator.save()

    assert run(tmp_path).edited == ["einstellungen/betreiber.md"]


def test_the_import_says_when_it_is_done_and_keeps_wagtails_indexes(tmp_path: Path) -> None:
    heard: list[int] = []
    finished.connect(lambda changed, **kwargs: heard.append(changed), weak=False, dispatch_uid="test")
    body = f"\n:::frage\n{QUESTION_FILE[:-3]}\n:::\n"
    try:
        run(write_files(folder(tmp_path), {ARTICLE_FILE: ARTICLE + body}), starter=True)
        run(tmp_path, starter=True)
    finally:
        finished.disconnect(dispatch_uid="test")

    assert heard == [6]
    question = QuestionPage.objects.get()
    assert ReferenceIndex.get_references_to(question).count() == 1
    assert ArticlePage.objects.search("Ämter").count() == 1


def test_a_page_is_rendered_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from knowledge import rendering

    rendered: list[str] = []
    original = rendering.render_page

    def counted(page: Any) -> rendering.RenderedBody:
        rendered.append(page.title)
        return original(page)

    monkeypatch.setattr(rendering, "render_page", counted)

    run(folder(tmp_path), starter=True)

    assert sorted(rendered) == ["Wie öffnen wir Ämter?", "Ämter öffnen"]


def test_no_chunk_holds_the_write_lock_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    depth = len(connection.savepoint_ids)
    chunks: list[int] = []
    original = transaction.atomic

    def counted(*args: Any, **kwargs: Any) -> Any:
        chunks.append(1)
        return original(*args, **kwargs)

    monkeypatch.setattr(store, "CHUNK_SECONDS", 0.0)
    monkeypatch.setattr(transaction, "atomic", counted)
    done: list[int] = []
    store.in_chunks(range(5), done.append)

    assert (done, len(chunks)) == ([0, 1, 2, 3, 4], 5)
    assert len(connection.savepoint_ids) == depth


def test_the_command_reports_and_summarises(tmp_path: Path) -> None:
    out = StringIO()
    call_command("import_content", folder(tmp_path), starter=True, stdout=out)
    edit(ArticlePage.objects.get(), title="Neu")
    call_command("import_content", tmp_path, starter=True, stdout=out)

    text = out.getvalue()
    assert "6 neu, 0 geändert, 0 unverändert" in text
    assert f"{ARTICLE_FILE}: im Portal bearbeitet" in text
    with pytest.raises(CommandError, match="gibt es nicht"):
        call_command("import_content", tmp_path / "nichts")


def test_pages_that_were_there_before_an_act_learn_of_it_by_one_task(tmp_path: Path) -> None:
    def tasks() -> int:
        return DBTaskResult.objects.filter(task_path="knowledge.tasks.render_pages_naming").count()

    run(folder(tmp_path / "a"), starter=True)
    assert tasks() == 0

    text = (tmp_path / "a/recht/ozg.md").read_text(encoding="utf-8")
    acts = {f"recht/{name}.md": text.replace("OZG", name.upper()).replace("Online", name) for name in ("eg", "pg")}
    run(write_files(tmp_path / "b", acts), starter=True)
    assert tasks() == 1
