"""Export: import(export(x)) gives the same bytes and no new revision."""

from __future__ import annotations

from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.management import CommandError, call_command
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from PIL import Image
from wagtail.models import Page, Revision

from faq.models import QuestionPage
from knowledge.content_io.blocks import Block
from knowledge.content_io.body import StreamBody
from knowledge.content_io.exporter import export_directory
from knowledge.content_io.importer import import_directory
from knowledge.content_io.store import Targets
from knowledge.content_io.tree import PageTree, StoredContent, file_of, path_of_file
from knowledge.models import Act, ArticlePage, Fact, GlossaryTerm, ImportRecord
from portal.core.models import Operator, PortalDocument, PortalImage
from tests import factories
from tests.factories.files import ARTICLE, ARTICLE_FILE, folder, read_files, write_files
from tests.knowledge.test_content_format import bodies

pytestmark = pytest.mark.django_db


def exported(root: Path, **options: Any) -> dict[str, bytes]:
    export_directory(root, **options)
    return read_files(root)


def forget_everything() -> None:
    """Leave the database as the migrations made it."""
    for page in Page.objects.filter(depth__gt=2).order_by("-depth"):
        Page.objects.get(pk=page.pk).delete()
    home = factories.home()
    type(home).objects.filter(pk=home.pk).update(latest_revision=None, live_revision=None, search_description="")
    for model in (Act, Fact, GlossaryTerm, ImportRecord, Operator, PortalDocument, PortalImage, Revision):
        model.objects.all().delete()


def with_everything() -> ArticlePage:
    """A page with every kind of block, made as the editor makes it: random ids, references by key."""
    stream = BytesIO()
    Image.new("RGB", (4, 3)).save(stream, "PNG")
    image = PortalImage(title="Rathaus außen.png", description="Das Rathaus", licence="CC0", credit="Jörg Maß")
    image.file = ContentFile(stream.getvalue(), name="rathaus.png")
    image._set_image_file_metadata()
    image.save()
    document = factories.content.document()
    question = factories.question("Wie groß ist groß?")
    topic = factories.topic("Öffnungszeiten")
    body: list[Any] = [
        ("markdown", "Erster Absatz  \nmit Umbruch\r\n\r\n| a | b |\r\n|---|---|\r\n| 1 \\| 2 | 3 |"),
        ("markdown", "Zweiter Block\n\n```\n:::hinweis\n```"),
        ("text", f'<p data-block-key="a1">Siehe <a linktype="page" id="{topic.pk}">Thema</a> &amp; mehr</p>'),
        (
            "text",
            f'<p><a id="{document.pk}" linktype="document">Datei</a> <a linktype="page" id="99999">weg</a></p>',
        ),
        ("callout", {"kind": "frist", "title": "Bis {morgen}", "text": "Text\n:::\nmehr"}),
        ("steps", {"title": "", "items": [{"title": "Eins", "text": "### kein Titel\n\n1. a\n    - b"}]}),
        ("accordion", {"title": "Mehr", "items": [{"title": "Maß", "text": ""}, {"title": "Größe", "text": "x"}]}),
        ("checklist", {"title": "Vorher", "items": [{"text": "Prüfen", "role": "IT", "reason": ""}]}),
        ("quote", {"text": "Gesagt.\n\n-- nicht die Quelle", "source": "Amt <für Maße>", "url": ""}),
        ("question", question),
        ("image", {"image": image, "alt": "", "caption": "Außen: vorn"}),
        ("image", {"image": image, "alt": "Anders beschrieben", "caption": ""}),
        ("file", {"document": document, "title": ""}),
    ]
    page = factories.article("Größe & Maß: „alles“", parent=topic, related=[question], tags=["Maß"], body=body)
    page.next_step_label = "Weiter"
    page.next_step_page = question
    page.no_legal_basis = False
    page.legal_basis = "§ 9 Abs. 1 OZG\r\nArt. 6 OZG"
    page.save_revision().publish()
    return ArticlePage.objects.get(pk=page.pk)


def test_the_export_of_an_import_is_the_import_and_makes_no_revision(tmp_path: Path) -> None:
    import_directory(folder(tmp_path / "a"), starter=True)

    files = exported(tmp_path / "b")
    before = Revision.objects.count()
    report = import_directory(tmp_path / "b", starter=True)

    assert files["themen/buergerbuero/aemter-oeffnen.md"].decode() == ARTICLE
    assert (report.problems, report.written, report.edited, Revision.objects.count()) == ([], 0, [], before)
    assert exported(tmp_path / "c") == files


def test_a_page_with_everything_survives_the_way_into_an_empty_portal(tmp_path: Path) -> None:
    factories.act("OZG", slug="ozg")
    factories.term("EfA")
    page = with_everything()
    ids = [block["id"] for block in page.body.raw_data]
    first = exported(tmp_path / "a")
    assert not import_directory(tmp_path / "a", starter=True).written
    forget_everything()

    report = import_directory(tmp_path / "a", starter=True)

    assert not report.problems, [str(problem) for problem in report.problems]
    assert exported(tmp_path / "b") == first
    again = ArticlePage.objects.get(slug=page.slug)
    assert [block["id"] for block in again.body.raw_data] == ids
    assert again.body[9].value.title == "Wie groß ist groß?"
    assert PortalImage.objects.get().credit == "Jörg Maß"
    assert again.legal_basis == "§ 9 Abs. 1 OZG\nArt. 6 OZG"
    assert again.next_step_page.slug == "wie-gross-ist-gross"


@pytest.mark.slow
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    body=bodies.map(lambda blocks: [block for block in blocks if block.kind not in {"image", "file", "question"}])
)
def test_any_body_comes_out_of_the_database_as_it_went_in(body: list[Block]) -> None:
    with transaction.atomic():
        codec, page = StreamBody(), ArticlePage(title="Maß", slug="mass", short_answer="Ja.", no_legal_basis=True)
        codec.assign(page, body, "themen/mass", Targets(PageTree(), None))  # type: ignore[arg-type]  # no files
        factories.topic().add_child(instance=page)
        again = ArticlePage.objects.get(pk=page.pk)
        stored = StoredContent(PageTree())

        assert codec.read(page, "themen/mass", stored) == body
        assert codec.text(codec.read(again, "themen/mass", stored)) == codec.text(body)
        draft = again.save_revision().as_object()
        assert codec.text(codec.read(draft, "themen/mass", stored)) == codec.text(body)
        transaction.set_rollback(True)


def test_drafts_leave_only_when_asked_for(tmp_path: Path) -> None:
    import_directory(folder(tmp_path / "a"), starter=True)
    page = ArticlePage.objects.get()
    page.short_answer = "Neuer Entwurf."
    page.save_revision()
    hidden = factories.article("Geheimer Entwurf", parent=page.get_parent(), live=False, related=[page])

    assert "So öffnen Sie" in exported(tmp_path / "live")[ARTICLE_FILE].decode()
    assert f"themen/buergerbuero/{hidden.slug}.md" not in exported(tmp_path / "live2")
    drafts = exported(tmp_path / "drafts", drafts=True)
    assert "Neuer Entwurf." in drafts[ARTICLE_FILE].decode()
    assert f"related: [{ARTICLE_FILE[:-3]}]" in drafts[f"themen/buergerbuero/{hidden.slug}.md"].decode()
    assert not import_directory(tmp_path / "drafts").written


def test_a_published_page_below_a_draft_stays_inside(tmp_path: Path) -> None:
    topic = factories.topic("Noch nicht", live=False)
    page = factories.article("Schon fertig", parent=topic)
    question = factories.question("Wer weiß es?", related=[page])

    files = exported(tmp_path)

    assert not [name for name in files if "schon-fertig" in name]
    path = StoredContent(PageTree()).path_of(question.pk)
    assert "related" not in files[f"{path}.md"].decode()


def _with_hidden_neighbours() -> ArticlePage:
    """A published page that names an unpublished one in every way it can."""
    hidden = factories.question("Was ist mit Größe gemeint?", live=False)
    body = [
        ("markdown", "Erstens."),
        ("question", hidden),
        ("text", f'<p>Siehe <a linktype="page" id="{hidden.pk}">die Frage</a>.</p>'),
        ("markdown", "Zuletzt."),
    ]
    page = factories.article(body=body, related=[factories.question(), hidden])
    page.next_step_label, page.next_step_page = "Weiterlesen", hidden
    page.save()
    page.save_revision().publish()
    return page


def _references(page: ArticlePage) -> tuple[Any, ...]:
    draft = ArticlePage.objects.get(pk=page.pk).get_latest_revision_as_object()
    related = [row.target_id for row in draft.curated_related.all()]
    return [block["id"] for block in draft.body.raw_data], related, draft.next_step_page_id


def test_references_to_unpublished_pages_are_neither_a_change_nor_lost(tmp_path: Path) -> None:
    page = _with_hidden_neighbours()
    files, before, revisions = exported(tmp_path / "a"), _references(page), Revision.objects.count()

    report = import_directory(tmp_path / "a")

    assert not report.problems
    assert not report.written
    assert (Revision.objects.count(), _references(page)) == (revisions, before)
    assert exported(tmp_path / "b") == files


def test_an_imported_change_keeps_references_the_file_could_not_name(tmp_path: Path) -> None:
    page = _with_hidden_neighbours()
    name = f"{StoredContent(PageTree()).path_of(page.pk)}.md"
    text = exported(tmp_path / "a")[name].decode()
    assert "Größe gemeint" not in text
    before = _references(page)
    (tmp_path / "a" / name).write_text(f"{text.replace('Zuletzt.', 'Zu guter Letzt.')}\n:::hinweis\nNeu.\n:::\n")

    report = import_directory(tmp_path / "a", overwrite=True)
    assert (report.problems, report.changed) == ([], [name])

    blocks, related, step = _references(page)
    assert blocks[: len(before[0])] == before[0]
    assert len(blocks) == len(before[0]) + 1
    assert (related, step) == before[1:]
    draft = ArticlePage.objects.get(pk=page.pk).get_latest_revision_as_object()
    assert f'id="{before[2]}"' in str(draft.body.raw_data[2]["value"])


def test_references_to_questions_that_replace_others_survive(tmp_path: Path) -> None:
    new = factories.question("Was gilt jetzt?")
    old = factories.question("Was galt früher?", successor=new)
    exported(tmp_path / "a")
    forget_everything()

    assert not import_directory(tmp_path / "a", starter=True).problems

    assert QuestionPage.objects.get(slug=old.slug).successor.slug == new.slug


def test_a_lost_file_is_named_and_the_rest_is_written(tmp_path: Path) -> None:
    template = factories.template()
    document = PortalDocument.objects.get(pk=template.file_id)
    document.file.storage.delete(document.file.name)
    errors, out = StringIO(), StringIO()

    call_command("export_content", tmp_path / "neu", stderr=errors, stdout=out)

    assert "fehlt im Speicher" in errors.getvalue()
    assert (tmp_path / "neu/vorlagen/pruefliste-fuer-antraege.md").exists()


def test_an_export_never_mixes_with_what_is_there(tmp_path: Path) -> None:
    write_files(tmp_path, {"alt.md": "alt"})

    with pytest.raises(CommandError, match="nicht leer"):
        call_command("export_content", tmp_path)


@pytest.mark.parametrize(
    ("path", "container", "file"),
    [
        ("index", True, "index.md"),
        ("themen", True, "themen/index.md"),
        ("hilfe", False, "hilfe.md"),
        ("a/index", False, "a/index/index.md"),
    ],
)
def test_files_are_named_by_slug_path(path: str, container: bool, file: str) -> None:
    assert file_of(path, container=container) == file
    assert path_of_file(file) == path


def test_files_written_by_hand_can_be_brought_into_form(tmp_path: Path) -> None:
    by_hand = ARTICLE.replace("title: Ämter öffnen", 'title: "Ämter öffnen"').replace("\n", "\r\n")
    write_files(folder(tmp_path), {ARTICLE_FILE: by_hand})

    call_command("format_content", tmp_path, stdout=StringIO())

    assert (tmp_path / ARTICLE_FILE).read_bytes() == ARTICLE.encode()
    write_files(tmp_path, {ARTICLE_FILE: "kaputt", "glossar/efa.md": by_hand})
    with pytest.raises(CommandError, match="nichts geändert"):
        call_command("format_content", tmp_path, stderr=StringIO())
    assert (tmp_path / ARTICLE_FILE).read_text() == "kaputt"
