"""Drafts that are not finished leave the portal and come back as they were, and never go live by that."""

from __future__ import annotations

from datetime import date
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.urls import reverse
from wagtail.models import Page, Revision
from wagtail.test.utils.form_data import inline_formset, nested_form_data

from faq.models import QuestionPage
from knowledge.content_check.run import check_folder
from knowledge.content_io.exporter import Exported, export_directory
from knowledge.content_io.importer import Report, import_directory
from knowledge.models import (
    Act,
    ArticlePage,
    Deadline,
    DecisionHelpPage,
    Fact,
    FieldReport,
    GlossaryTerm,
    GoneDeadline,
    ImportRecord,
    PageSource,
    Provision,
    TemplateIndexPage,
    TemplatePage,
    TopicPage,
)
from portal.accounts.models import Municipality
from tests import factories
from tests.factories.decisions import result, step
from tests.factories.files import folder, read_files, write_files
from tests.forms import tree
from tests.people import make_user, signed_in

pytestmark = pytest.mark.django_db

BODY: list[Any] = [
    ("markdown", ""),
    ("callout", {"kind": "frist", "title": "", "text": ""}),
    ("steps", {"title": "", "items": []}),
    ("steps", {"title": "So", "items": [{"title": "", "text": "Ohne Überschrift"}, {"title": "", "text": ""}]}),
    ("accordion", {"title": "", "items": [{"title": "", "text": ""}]}),
    ("checklist", {"title": "", "items": []}),
    ("checklist", {"title": "Größe", "items": [{"text": "", "role": "IT", "reason": ""}]}),
    ("table", {"caption": "", "first_column_is_header": False, "table": {"columns": [], "rows": []}}),
    ("quote", {"text": "", "source": "Amtsblatt", "url": ""}),
    ("text", ""),
]


def exported(root: Path) -> tuple[Exported, dict[str, bytes]]:
    done = export_directory(root, drafts=True)
    return done, read_files(root)


def imported(root: Path, **options: Any) -> Report:
    report = import_directory(root, **options)
    assert not report.problems, [str(problem) for problem in report.problems]
    return report


def begun_tree() -> list[Any]:
    """A tree as somebody leaves it who goes on tomorrow."""
    return [
        step("a", ("Ja", "b"), ("", ""), question=""),
        result("b", legal_basis="", statement=""),
        result("", statement="", legal_basis=""),
        step("", question=""),
        step("", question="Noch ohne Kürzel?"),
    ]


def everything_begun() -> None:
    """One draft of each kind with as little as the forms take."""
    topic = factories.topic("Ämter")
    TopicPage.objects.filter(pk=topic.pk).update(live=False, summary="")
    article: Any = factories.article("Artikel", parent=topic, live=False, short_answer="", body=BODY)
    article.sources = [PageSource(title="", url="https://example.org/")]
    article.kind = ArticlePage.Kind.PRAXISBERICHT
    town = Municipality.objects.create(name="Musterstadt", slug="musterstadt", kind="kreisfreie-stadt", ags=None)
    article.field_reports = [FieldReport(municipality=town, product="", effort_days=3)]
    article.save_revision(clean=False)
    factories.question("Frage?", parent=topic, live=False, short_answer="").save_revision(clean=False)
    index = factories.home().add_child(instance=TemplateIndexPage(title="Vorlagen", slug="vorlagen"))
    index.add_child(instance=TemplatePage(title="Vorlage", slug="vorlage", live=False))
    factories.decision(live=False, short_answer="", body=begun_tree()).save_revision(clean=False)
    act: Any = Act(slug="neu", abbreviation="NEU", title="", level="", live=False)
    act.provisions = [Provision(ref="", summary="Ohne Stelle.")]
    act.save()
    GlossaryTerm.objects.create(slug="begriff", term="Begriff", meaning="", live=False)
    factories.deadline("Frist", text="", day=None, binds=[], source="", live=False).save_revision(clean=False)


def forget_everything() -> None:
    for page in Page.objects.filter(depth__gt=2).order_by("-depth"):
        Page.objects.get(pk=page.pk).delete()
    for model in (Act, Deadline, Fact, GlossaryTerm, GoneDeadline, ImportRecord, Revision):
        model.objects.all().delete()


def test_drafts_of_every_kind_come_back_as_they_were(tmp_path: Path) -> None:
    everything_begun()
    done, files = exported(tmp_path / "a")
    assert done.problems == []
    assert sorted(done.unfinished) == [
        "deadlines.toml (frist)", "entscheidungshilfen/brauchen-wir-uebergroesse.md", "glossar/begriff.md",
        "recht/neu.md", "themen/aemter/artikel.md", "themen/aemter/frage.md", "themen/aemter/index.md",
        "vorlagen/vorlage.md",
    ]  # fmt: skip
    before = Revision.objects.count()
    report = imported(tmp_path / "a")
    assert (report.created, report.changed, report.edited, Revision.objects.count()) == ([], [], [], before)

    forget_everything()
    report = imported(tmp_path / "a", starter=True)
    assert len(report.created) > len(done.unfinished)
    assert exported(tmp_path / "b")[1] == files
    models: list[Any] = [ArticlePage, QuestionPage, DecisionHelpPage, TemplatePage, TopicPage]
    for model in (*models, Act, GlossaryTerm, Deadline):
        assert list(model.objects.values_list("live", flat=True)) == [False], model
    again = imported(tmp_path / "b", starter=True)
    assert (again.written, again.skipped) == (0, 0)
    nodes = DecisionHelpPage.objects.get().get_latest_revision_as_object().tree.nodes
    assert [(node.kind, node.key) for node in nodes] == [
        ("step", "a"), ("result", "b"), ("result", ""), ("step", ""), ("step", ""),
    ]  # fmt: skip


def test_what_is_not_finished_is_rewritten_as_it_is_and_not_judged(tmp_path: Path) -> None:
    everything_begun()
    files = exported(tmp_path)[1]
    call_command("format_content", str(tmp_path), stdout=StringIO())
    assert read_files(tmp_path) == files
    checked = check_folder(tmp_path)
    assert not [finding for finding in checked.findings if finding.file in ("recht/neu.md", "glossar/begriff.md")]


def test_what_an_editor_has_begun_in_the_form_comes_back(tmp_path: Path) -> None:
    """The forms themselves decide what a draft may lack."""
    client = signed_in(make_user("redaktion@kkv.example", role="Redaktion"))
    factories.decisions.decision_index()
    common = {"change_significance": "", "change_summary": ""}
    sent: dict[str, Any] = {
        **common, "title": "Angefangen", "slug": "angefangen", "short_answer": "", "body": tree(begun_tree()),
        "legal_basis": "", "review_interval_days": "365", "visibility": "public", "content_as_of": "",
        "sources": inline_formset([]), "curated_related": inline_formset([]), "comments": inline_formset([]),
    }  # fmt: skip
    parent = Page.objects.get(slug="entscheidungshilfen")
    address = reverse("wagtailadmin_pages:add", args=["knowledge", "decisionhelppage", parent.pk])
    answer = client.post(address, nested_form_data(sent))
    assert answer.status_code == 302, answer.context["form"].errors
    sent = {
        **common, "title": "Angefangen", "slug": "", "kind": "pflicht", "status": "verstrichen",
        "day": "2031-01-01", "day_note": "zugleich", "text": "", "topic": "", "source": "",
        "state_date": "2026-08-19", "articles": inline_formset([]),
    }  # fmt: skip
    answer = client.post(reverse("wagtailsnippets_knowledge_deadline:add"), nested_form_data(sent))
    assert answer.status_code == 302, answer.context["form"].errors

    done, files = exported(tmp_path / "a")
    assert (done.problems, len(done.unfinished)) == ([], 2)
    assert imported(tmp_path / "a").written == 0
    forget_everything()
    imported(tmp_path / "a", starter=True)
    assert not Deadline.objects.get().live
    assert not DecisionHelpPage.objects.get().live
    assert exported(tmp_path / "b")[1] == files


def test_a_finished_draft_is_marked_as_nothing(tmp_path: Path) -> None:
    imported(folder(tmp_path / "in"))
    done, files = exported(tmp_path / "out")
    assert (done.unfinished, done.problems) == ([], [])
    assert not [name for name, text in files.items() if b"draft" in text]


def test_an_unfinished_draft_of_what_is_live_touches_no_reader(tmp_path: Path) -> None:
    imported(folder(tmp_path / "in"), starter=True)
    page = ArticlePage.objects.get()
    page.short_answer, page.body = "", BODY
    page.save_revision(clean=False)
    done, files = exported(tmp_path / "drafts")
    assert done.unfinished == ["themen/buergerbuero/aemter-oeffnen.md"]
    assert imported(tmp_path / "drafts", starter=True).written == 0
    name = "themen/buergerbuero/aemter-oeffnen.md"
    write_files(tmp_path / "drafts", {name: files[name].replace("Ämter öffnen".encode(), b"Anders")})
    assert imported(tmp_path / "drafts", starter=True, overwrite=True).changed == [name]
    page = ArticlePage.objects.get()
    assert (page.title, page.live, page.short_answer) == ("Ämter öffnen", True, "So öffnen Sie Ämter für alle.")
    assert page.get_latest_revision_as_object().title == "Anders"


def test_an_identifier_changed_in_a_draft_makes_no_second_deadline(tmp_path: Path) -> None:
    deadline = factories.deadline("Frist")
    deadline.save_revision().publish()
    deadline = Deadline.objects.get()
    deadline.slug = "neue-kennung"
    deadline.save_revision()
    done, files = exported(tmp_path / "a")
    assert (done.problems, b'id = "frist"' in files["deadlines.toml"]) == ([], True)
    assert b"uid" not in files["deadlines.toml"]
    report = imported(tmp_path / "a")
    assert (report.written, report.skipped, Deadline.objects.count()) == (0, 0, 1)
    sheet = files["deadlines.toml"].replace(b'title = "Frist"', b'title = "Andere Worte"')
    write_files(tmp_path / "a", {"deadlines.toml": sheet})
    assert imported(tmp_path / "a", overwrite=True).changed == ["deadlines.toml (frist)"]
    latest = Deadline.objects.get().get_latest_revision_as_object()
    assert (latest.slug, latest.title) == ("neue-kennung", "Andere Worte")


@pytest.mark.parametrize(
    ("name", "old", "new", "message"),
    [
        ("deadlines.toml", "state =", "stat =", "deadlines.toml:9: Den Schlüssel „stat“"),
        ("deadlines.toml", "state = 2026-08-19\n", "", "deadlines.toml:3: Der Schlüssel „state“ fehlt"),
        ("deadlines.toml", 'kind = "pflicht"', 'kind = "plicht"', "deadlines.toml:7: „plicht“"),
        ("deadlines.toml", 'status = "kommt"', 'status = "verstrichen"', "deadlines.toml:8: „Termin verstrichen"),
        ("deadlines.toml", "draft = true", 'draft = "ja"', "deadlines.toml:4: Hier steht true oder false."),
        ("entscheidungshilfen/hilfe.md", "next: b", "next: a", ":10: Die Fragen führen im Kreis"),
        ("entscheidungshilfen/hilfe.md", "next: b", "next: c", ":10: Sackgasse"),
        ("entscheidungshilfen/hilfe.md", "label: Ja", "lable: Ja", ":9: „lable“ ist hier nicht bekannt"),
        ("recht/neu.md", "level: bund", "level: bunt", "recht/neu.md:6: „bunt“"),
        ("facts.toml", "state =", "draft = true\nstate =", "facts.toml:5: Der Typ fact hat keine Entwürfe"),
    ],
)
def test_what_is_wrong_is_refused_in_a_draft_too(
    tmp_path: Path, name: str, old: str, new: str, message: str
) -> None:
    files = {
        "deadlines.toml": '\n\n[[deadline]]\ndraft = true\nid = "frist"\ntitle = "Frist"\nkind = "pflicht"\n'
        'status = "kommt"\nstate = 2026-08-19\n',
        "entscheidungshilfen/index.md": "---\ntype: decision_index\ntitle: Entscheidungshilfen\n---\n",
        "entscheidungshilfen/hilfe.md": "---\ntype: decision\ndraft: true\ntitle: Hilfe\nnodes:\n  - key: a\n"
        "    question: Was?\n    answers:\n      - label: Ja\n        next: b\n  - key: b\n    result: ''\n---\n",
        "recht/neu.md": "---\ntype: act\ndraft: true\nabbreviation: NEU\ntitle: Neues\nlevel: bund\n---\n",
        "facts.toml": '[[fact]]\nid = "O-99"\nstatement = "Das gilt."\nsource = "Amtsblatt"\nstate = 2026-08-19\n'
        'mark = "belegt"\n',
    }
    assert old in files[name]
    assert import_directory(write_files(tmp_path / "good", files), dry_run=True).problems == []
    files[name] = files[name].replace(old, new)
    found = [str(problem) for problem in import_directory(write_files(tmp_path / "bad", files)).problems]
    assert any(message in text for text in found), found
    assert not Deadline.objects.exists()


def test_the_command_says_what_is_not_finished_and_what_does_not_come_back(tmp_path: Path) -> None:
    factories.deadline("Unfertig", binds=[], live=False)
    Deadline.objects.filter(pk=factories.deadline("Verschrieben", live=False).pk).update(facts=["O-999"])
    said, faults = StringIO(), StringIO()
    call_command("export_content", str(tmp_path / "out"), drafts=True, stdout=said, stderr=faults)
    assert "deadlines.toml (unfertig): noch nicht fertig, als Entwurf gekennzeichnet (draft)" in said.getvalue()
    assert "So nicht wieder einzulesen: deadlines.toml:" in faults.getvalue()
    assert "Den Fakt „O-999“ gibt es nicht" in faults.getvalue()
    quiet = StringIO()
    call_command("export_content", str(tmp_path / "live"), stdout=said, stderr=quiet)
    assert quiet.getvalue() == ""


def test_a_day_to_come_may_stand_as_passed_in_a_draft_only(tmp_path: Path) -> None:
    deadline = factories.deadline("Frist", day=date(2031, 1, 1), status="verstrichen", live=False)
    deadline.save_revision(clean=False)
    assert exported(tmp_path)[0].unfinished == ["deadlines.toml (frist)"]
    assert imported(tmp_path).written == 0
