"""The import in the admin: from upload over review to a draft, and who may do it."""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from wagtail.images import get_image_model
from wagtail.models import Page, PageLogEntry, Revision

from faq.models import QuestionPage
from knowledge.models import ArticlePage, TopicPage
from knowledge.word import services, staging
from portal.core import schedule
from portal.core.models import AuditEntry
from tests import factories
from tests.factories import word
from tests.people import make_user

pytestmark = pytest.mark.django_db
ARTICLE = "knowledge.articlepage"


@pytest.fixture(autouse=True)
def _nothing_waits() -> None:
    """Uploads wait in files, which no rollback takes back, under numbers that the next test's people get again."""
    shutil.rmtree(Path(settings.STAGING_DIR), ignore_errors=True)


@pytest.fixture
def editor() -> Any:
    return make_user("redaktion@example.org", role="Redaktion")


@pytest.fixture
def editing(client: Client, editor: Any) -> Any:
    client.force_login(editor)
    return client


@pytest.fixture
def topic() -> TopicPage:
    return factories.topic("Bürgerbüro")


def _file(content: bytes, name: str = "bericht.docx") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


def _start(client: Client, topic: TopicPage, /, **data: Any) -> Any:
    return client.post(reverse("knowledge_word"), {"topic": topic.pk, "kind": ARTICLE, **data})


def _upload(user: Any) -> staging.Upload:
    return staging.waiting(user_id=user.pk)[0]


IMAGE = {"alt_0": "Ablauf in drei Schritten", "licence_0": "CC BY 4.0", "credit_0": "Jörg Müßig"}


def test_a_word_file_becomes_a_draft(editing: Any, editor: Any, topic: TopicPage) -> None:
    response = _start(editing, topic, file=_file(word.report().read()))
    review = response.url
    page = editing.get(review)
    assert page.status_code == 200
    html = page.content.decode()
    assert "Tabellen ohne gekennzeichnete Kopfzeile" in html
    assert "Abschnitt „Ablauf &amp; Übergänge“" in html
    assert 'value="Prüfung der Größe"' in html
    picture = editing.get(reverse("knowledge_word_image", args=[_upload(editor).token, 1, 1]))
    assert b"".join(picture.streaming_content) == word.png()
    response = editing.post(review, {"title": "Größe prüfen", **IMAGE})
    draft = ArticlePage.objects.get(title="Größe prüfen")
    assert response.url == reverse("wagtailadmin_pages:edit", args=[draft.pk])
    assert (draft.live, draft.owner, draft.slug, draft.get_parent().specific) == (
        False,
        editor,
        "groesse-pruefen",
        topic,
    )
    assert [block.block_type for block in draft.body] == ["markdown", "image"]
    image = get_image_model().objects.get()
    assert (image.description, image.licence, image.credit) == (
        "Ablauf in drei Schritten",
        "CC BY 4.0",
        "Jörg Müßig",
    )
    assert draft.body[1].value["caption"] == "Abbildung 1: Ablaufplan"
    revision = Revision.objects.for_instance(draft).get()
    assert revision.user == editor
    assert PageLogEntry.objects.filter(page=draft, action="knowledge.word", user=editor).exists()
    assert AuditEntry.objects.filter(action=services.CREATED, actor=editor.pk, object_id=str(draft.pk)).exists()
    assert staging.waiting(user_id=editor.pk) == []
    assert editing.get(response.url).status_code == 200


def test_an_image_needs_its_text_and_nothing_typed_is_lost(editing: Any, topic: TopicPage) -> None:
    review = _start(editing, topic, file=_file(word.report().read())).url
    response = editing.post(review, {"title": "Größe prüfen", "credit_0": "Jörg Müßig", "licence": " "})
    html = response.content.decode()
    assert "Beschreiben Sie, was auf dem Bild zu sehen ist" in html
    assert "Nennen Sie die Lizenz" in html
    assert 'value="Jörg Müßig"' in html
    assert 'value="Größe prüfen"' in html
    assert not ArticlePage.objects.exists()
    assert not get_image_model().objects.exists()
    editing.post(review, {"title": "Größe prüfen", "alt_0": "Ablauf", "licence": "eigenes Bild"})
    assert get_image_model().objects.get().licence == "eigenes Bild"


def test_an_image_may_be_left_out(editing: Any, topic: TopicPage) -> None:
    review = _start(editing, topic, file=_file(word.report().read())).url
    editing.post(review, {"title": "Größe prüfen", "leave_0": "on", "alt_0": "x" * 300})
    assert [block.block_type for block in ArticlePage.objects.get().body] == ["markdown"]
    assert not get_image_model().objects.exists()


def test_a_title_is_needed(editing: Any, topic: TopicPage) -> None:
    review = _start(editing, topic, pasted="Nur Text").url
    assert "Geben Sie der Seite einen Titel." in editing.post(review, {"title": " "}).content.decode()


def test_pasted_text_becomes_a_question(editing: Any, topic: TopicPage) -> None:
    data = {"kind": "faq.questionpage", "pasted": "Worte", "pasted_html": "<h1>Müssen wir?</h1><p><b>Ja</b>.</p>"}
    review = _start(editing, topic, **data).url
    editing.post(review, {"title": "Müssen wir?"})
    question = QuestionPage.objects.get()
    assert (question.title, question.body[0].value) == ("Müssen wir?", "**Ja**.")


def test_equal_titles_get_addresses_of_their_own(editing: Any, topic: TopicPage) -> None:
    for _ in range(3):
        review = _start(editing, topic, pasted="Text").url
        editing.post(review, {"title": "Größe"})
    assert sorted(ArticlePage.objects.values_list("slug", flat=True)) == ["groesse", "groesse-2", "groesse-3"]


def test_a_refused_file_keeps_the_form(editing: Any, editor: Any, topic: TopicPage) -> None:
    response = _start(editing, topic, file=_file(word.OLE))
    html = response.content.decode()
    assert "alten Word-Format" in html
    assert f'<option value="{topic.pk}" selected>' in html
    assert staging.waiting(user_id=editor.pk) == []
    assert not list((Path(settings.STAGING_DIR)).glob("*/*"))


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({}, "Wählen Sie eine Datei oder fügen Sie unten Text ein."),
        ({"file": "x.docm"}, "Nur Word-Dateien (.docx)"),
        ({"file": "x.pdf"}, "Nur Word-Dateien (.docx)"),
        ({"file": "x.docx", "pasted": "Text"}, "nicht beides"),
        ({"topic": "", "pasted": "Text"}, "Wählen Sie das Thema"),
        ({"kind": "home.standardpage", "pasted": "Text"}, "keine gültige Auswahl"),
    ],
)
def test_what_the_form_asks_for(editing: Any, topic: TopicPage, data: dict[str, Any], words: str) -> None:
    if "file" in data:
        data = {**data, "file": _file(word.report().read(), data["file"])}
    html = _start(editing, topic, **data).content.decode()
    assert words in html
    assert "pasted" not in data or "Text</textarea>" in html


def test_each_document_of_a_folder_has_its_own_outcome(editing: Any, editor: Any, topic: TopicPage) -> None:
    folder = word.zipped(
        {
            "Ordner/Bericht.docx": word.report().read(),
            "Ordner/Unter/kaputt.docx": b"PK kaputt",
            "../../boese.docx": word.body(word.paragraph("Harmlos")).read(),
            "liste.xlsx": b"x",
            "__MACOSX/._Bericht.docx": b"x",
            "Ordner/~$Bericht.docx": b"x",
        }
    )
    response = _start(editing, topic, file=_file(folder.read(), "Ordner.zip"))
    assert response.url == reverse("knowledge_word_upload", args=[_upload(editor).token])
    html = editing.get(response.url).content.decode()
    assert "Das ist keine gültige Word-Datei" in html
    assert "Übersprungen: Es ist keine Word-Datei" in html
    documents = _upload(editor).documents
    assert [(item.name, bool(item.error)) for item in documents] == [
        ("Bericht.docx", False), ("kaputt.docx", True), ("boese.docx", False), ("liste.xlsx", True),
    ]  # fmt: skip
    review = reverse("knowledge_word_review", args=[_upload(editor).token, 3])
    assert editing.post(review, {"title": "Harmlos"}).url == response.url
    assert ArticlePage.objects.get().title == "Harmlos"
    assert _upload(editor).open_count == 1
    assert editing.post(review, {"title": "Noch einmal"}).url == response.url
    assert ArticlePage.objects.count() == 1
    assert TopicPage.objects.count() == 1


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({"a.txt": b"x"}, "enthält keine Word-Datei"),
        ({f"{n}.docx": b"x" for n in range(41)}, "zu viele Word-Dateien"),
        ({"a.docx": b"0" * 20_000_000}, "stark gepackt"),
    ],
)
def test_bad_folders(editing: Any, topic: TopicPage, files: dict[str, bytes], words: str) -> None:
    assert words in _start(editing, topic, file=_file(word.zipped(files).read(), "x.zip")).content.decode()
    assert "keine gültige ZIP-Datei" in _start(editing, topic, file=_file(b"x", "x.zip")).content.decode()


def test_only_those_who_may_add_pages(client: Client, topic: TopicPage) -> None:
    client.force_login(make_user("leitung@example.org", role="Leitung"))
    assert client.get(reverse("knowledge_word")).status_code == 302
    assert _start(client, topic, pasted="Text").status_code == 302
    assert reverse("knowledge_word") not in client.get(reverse("wagtailadmin_home")).content.decode()
    assert not ArticlePage.objects.exists()


def test_uploads_belong_to_one_person(editing: Any, editor: Any, topic: TopicPage) -> None:
    review = _start(editing, topic, file=_file(word.report().read())).url
    token = _upload(editor).token
    other = type(editing)()
    other.force_login(make_user("andere@example.org", role="Redaktion"))
    for address in (
        review,
        reverse("knowledge_word_image", args=[token, 1, 1]),
        reverse("knowledge_word_upload", args=[token]),
    ):
        assert other.get(address).status_code == 404
    assert other.post(reverse("knowledge_word_discard", args=[token])).status_code == 404
    assert editing.get(reverse("knowledge_word_image", args=[token, 1, 2])).status_code == 404
    assert staging.load(user_id=editor.pk, token="../../etc/passwd00") is None
    assert editing.post(reverse("knowledge_word_discard", args=[token])).status_code == 302
    assert staging.waiting(user_id=editor.pk) == []


def test_a_topic_that_has_gone_meanwhile(editing: Any, topic: TopicPage) -> None:
    review = _start(editing, topic, pasted="Text").url
    topic.delete()
    assert editing.get(review).status_code == 302, "no topic is left"
    other = factories.topic("Standesamt")
    html = editing.get(review).content.decode()
    assert "Standesamt" in html
    assert "gibt es nicht mehr" in html
    answer = editing.post(review, {"title": "Titel"})
    assert "Wählen Sie das Thema" in answer.content.decode()
    assert not ArticlePage.objects.exists()
    assert editing.post(review, {"title": "Titel", "topic": other.pk}).status_code == 302
    assert ArticlePage.objects.get().get_parent().pk == other.pk


def test_a_failed_draft_leaves_no_page_image_or_file(
    editing: Any, editor: Any, topic: TopicPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    review = _start(editing, topic, file=_file(word.report().read())).url

    def fail(*args: Any, **kwargs: Any) -> None:
        raise RuntimeError("disk full")

    monkeypatch.setattr(Page, "save_revision", fail)
    with pytest.raises(RuntimeError):
        editing.post(review, {"title": "Größe", **IMAGE})
    assert not ArticlePage.objects.exists()
    assert not get_image_model().objects.exists()
    assert not list(Path(settings.MEDIA_ROOT).glob("**/*.png"))
    monkeypatch.undo()
    assert _upload(editor).open_count == 1
    editing.post(review, {"title": "Größe", **IMAGE})
    assert ArticlePage.objects.count() == 1


def test_a_double_click_makes_one_page(editing: Any, editor: Any, topic: TopicPage) -> None:
    review = _start(editing, topic, pasted="Text").url
    upload = _upload(editor)
    with upload.locked() as fresh:
        assert fresh is not None
        page = services.create_draft(
            upload=fresh, document=fresh.documents[0], topic=topic, user=editor, title="Eins", images=[]
        )
        services.finished(upload=fresh, document=fresh.documents[0], page=page)
    assert editing.post(review, {"title": "Zwei"}).status_code == 404
    assert ArticlePage.objects.count() == 1


def test_too_many_open_uploads(editing: Any, topic: TopicPage) -> None:
    for _ in range(staging.MAX_OPEN):
        _start(editing, topic, pasted="Text")
    html = _start(editing, topic, pasted="Einer mehr").content.decode()
    assert "angefangene Übernahmen" in html
    assert "Einer mehr</textarea>" in html


def test_waiting_uploads_end_after_a_day(editing: Any, editor: Any, topic: TopicPage) -> None:
    _start(editing, topic, pasted="Alt")
    old = _upload(editor)
    past = time.time() - staging.KEEP.total_seconds() - 60
    os.utime(old.folder, (past, past))
    assert "word_expire" in schedule.jobs
    assert staging.expire() == "1 angefangene Übernahmen gelöscht"
    assert staging.waiting(user_id=editor.pk) == []
    assert not old.folder.exists()


def test_the_menu_of_a_topic_leads_here_with_the_topic_chosen(editing: Any, topic: TopicPage) -> None:
    address = f"{reverse('knowledge_word')}?topic={topic.pk}"
    assert address in editing.get(reverse("wagtailadmin_explore", args=[topic.pk])).content.decode()
    assert f'<option value="{topic.pk}" selected>' in editing.get(address).content.decode()


@pytest.fixture(autouse=True)
def _no_uploads() -> Any:
    import shutil

    yield
    shutil.rmtree(Path(settings.STAGING_DIR), ignore_errors=True)
