from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.utils import timezone

from knowledge.models import ArticlePage, GlossaryTerm, TopicPage
from portal.core.visibility import Visibility
from search import index as index_module
from search import rebuild as rebuilding
from search.documents import SearchDocument
from search.engines.base import EngineError
from search.engines.embedded import index_version
from search.finding import find
from search.follower import Follower, can_follow, newest_change, prune_log
from search.index import index_home, open_current, read_position
from search.models import SearchChange
from search.rebuild import inspect, rebuild, roll_back_here
from tests.search.conftest import Library

pytestmark = pytest.mark.django_db


def keys(text: str, level: Visibility = Visibility.CENTRE) -> set[str]:
    """What the index itself gives, without the second look into the database."""
    from search.engines import get_engine
    from search.query import parse, plan

    return {hit.key for hit in get_engine().search(plan(parse(text), level=level)).hits}


def test_publishing_reaches_the_index(follow: Callable[[], None], indexed: Library) -> None:
    page = indexed.add_article("Wohngeldantrag digital", "Der Antrag auf Wohngeld wird durchgängig digital.")
    follow()
    assert f"article:{page.pk}" in keys("Wohngeld")


def test_draft_is_not_findable(follow: Callable[[], None], indexed: Library) -> None:
    page = ArticlePage(title="Entwurf zum Wohngeld", short_answer="Noch geheim.", live=False)
    indexed.registers.add_child(instance=page)
    follow()
    assert keys("Wohngeld") == set()


def test_unpublishing_deleting_and_moving(follow: Callable[[], None], indexed: Library) -> None:
    page = indexed.add_article("Wohngeldantrag digital", "Der Antrag.")
    follow()
    page.move(indexed.efa, pos="last-child")
    follow()
    assert find("Wohngeldantrag", level=Visibility.PUBLIC).results[0].topic == "EfA-Kommunal"
    ArticlePage.objects.get(pk=page.pk).unpublish()
    follow()
    assert keys("Wohngeldantrag") == set()
    page = indexed.add_article("Hundesteuer online", "Anmelden.")
    follow()
    ArticlePage.objects.get(pk=page.pk).delete()
    follow()
    assert keys("Hundesteuer") == set()


def test_deleting_a_topic_takes_its_pages_along(follow: Callable[[], None], indexed: Library) -> None:
    assert f"question:{indexed.question.pk}" in keys("betreibt")
    TopicPage.objects.get(pk=indexed.efa.pk).delete()
    follow()
    assert keys("betreibt") == set()
    assert inspect(open_current()) == []


def test_restricting_a_topic_reaches_all_below(follow: Callable[[], None], indexed: Library) -> None:
    indexed.efa.visibility = Visibility.MUNICIPALITY
    indexed.efa.save()
    follow()
    assert keys("betreibt", Visibility.PUBLIC) == set()
    assert f"question:{indexed.question.pk}" in keys("betreibt", Visibility.MUNICIPALITY)
    indexed.efa.visibility = Visibility.PUBLIC
    indexed.efa.save()
    follow()
    assert f"question:{indexed.question.pk}" in keys("betreibt", Visibility.PUBLIC)


def test_renamed_topic_and_act_reach_what_depends_on_them(follow: Callable[[], None], indexed: Library) -> None:
    indexed.efa.title = "Nachnutzung"
    indexed.efa.save()
    follow()
    assert f"question:{indexed.question.pk}" in keys("Nachnutzung")
    indexed.act.unpublish()
    follow()
    assert not {key for key in keys("§ 9 Abs. 1 OZG") if key.startswith(("act", "provision"))}


def test_term_counts_without_reindexing(indexed: Library, django_capture_on_commit_callbacks: Callable) -> None:  # type: ignore[type-arg]  # fixture of pytest-django
    assert "Wer betreibt den EfA-Dienst?" not in {
        r.title for r in find("Gemeinschaftsdienst", level=Visibility.PUBLIC).results
    }
    with django_capture_on_commit_callbacks(execute=True):
        GlossaryTerm.objects.create(
            term="EfA-Dienst", slug="efa-dienst", synonyms="Gemeinschaftsdienst", meaning="–"
        )
    assert "Wer betreibt den EfA-Dienst?" in {
        r.title for r in find("Gemeinschaftsdienst", level=Visibility.PUBLIC).results
    }


def test_retired_question_is_not_findable(follow: Callable[[], None], indexed: Library) -> None:
    from faq.models import QuestionPage

    heir = QuestionPage(title="Wer verantwortet den Dienst?", short_answer="Das Land.")
    indexed.efa.add_child(instance=heir)
    indexed.question.successor = heir
    indexed.question.save()
    follow()
    assert f"question:{indexed.question.pk}" not in keys("betreibt Dienst")


def test_late_row_with_a_lower_id_is_not_missed(follow: Callable[[], None], indexed: Library) -> None:
    """On PostgreSQL a row may become visible after one with a higher id."""
    page = indexed.add_article("Wohngeldantrag digital", "Der Antrag.")
    rows = list(SearchChange.objects.filter(object_key=f"wagtailcore.page:{page.pk}"))
    SearchChange.objects.filter(pk__in=[row.pk for row in rows]).delete()
    SearchChange.objects.create(object_key="wagtailcore.page:999999")
    follow()
    SearchChange.objects.bulk_create(rows)
    follow()
    assert f"article:{page.pk}" in keys("Wohngeldantrag")


def test_only_one_process_writes(follow: Callable[[], None]) -> None:
    SearchChange.objects.create(object_key="wagtailcore.page:999999")
    with pytest.raises(EngineError):
        Follower().step()


def test_missing_index_is_built(library: Library) -> None:
    follower = Follower()
    follower.step()
    follower.close()
    assert f"article:{library.article.pk}" in keys("noots")


def test_an_index_ahead_of_a_restored_database_is_built_anew(indexed: Library) -> None:
    """Numbers count on from the time of the backup: what comes next would be taken for seen."""
    kept = newest_change()
    page = indexed.add_article("Wohngeldantrag digital", "Der Antrag.")
    rebuild()
    rebuild()
    before = index_home().current()
    assert before is not None
    ArticlePage.objects.filter(pk=page.pk).update(live=False)  # as if the page had never been
    SearchChange.objects.filter(pk__gt=kept).delete()
    assert not can_follow(read_position(before))
    with pytest.raises(EngineError, match="keinen früheren Index"):
        roll_back_here()
    follower = Follower()
    follower.step()
    follower.close()
    assert index_home().current() != before
    assert keys("Wohngeldantrag") == set()
    assert can_follow(read_position(index_home().current() or before))


def test_the_newest_change_is_kept_so_that_a_quiet_portal_goes_on(indexed: Library) -> None:
    before = index_home().current()
    assert before is not None
    newest = newest_change()
    assert newest > 0
    SearchChange.objects.update(created_at=timezone.now() - timedelta(days=30))
    assert prune_log() > 0
    assert list(SearchChange.objects.values_list("pk", flat=True)) == [newest]
    assert prune_log() == 0
    assert can_follow(read_position(before))
    follower = Follower()
    follower.step()
    follower.close()
    assert index_home().current() == before


def test_gate_refuses_an_index_that_differs(indexed: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    SearchChange.objects.all().delete()  # or catching up would repair it
    before = index_home().current()
    fill = rebuilding.fill

    def fill_and_lose(index: object, progress: object, *, processes: int) -> int:
        written = fill(index, progress, processes=processes)  # type: ignore[arg-type]  # same signature
        index.delete([f"article:{indexed.article.pk}"])  # type: ignore[attr-defined]  # an EmbeddedIndex
        index.commit()  # type: ignore[attr-defined]  # an EmbeddedIndex
        return written

    monkeypatch.setattr(rebuilding, "fill", fill_and_lose)
    with pytest.raises(CommandError, match="fehlen: 1"):
        call_command("rebuild_index")
    assert index_home().current() == before
    assert len([path for path in index_home().root.iterdir() if path.is_dir()]) == 1


def test_rebuild_keeps_one_old_index(indexed: Library) -> None:
    for _ in range(3):
        rebuild()
    assert len([path for path in index_home().root.iterdir() if path.is_dir()]) == 2


def test_change_during_a_rebuild_is_caught_up(indexed: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    fill = rebuilding.fill

    def fill_and_change(index: object, progress: object, *, processes: int) -> int:
        written = fill(index, progress, processes=processes)  # type: ignore[arg-type]  # same signature
        ArticlePage.objects.get(pk=indexed.article.pk).unpublish()
        return written

    monkeypatch.setattr(rebuilding, "fill", fill_and_change)
    rebuild()
    assert f"article:{indexed.article.pk}" not in keys("noots")


def test_older_version_is_not_used(indexed: Library) -> None:
    home = index_home()
    folder = home.current()
    assert folder is not None
    old = folder.rename(folder.with_name("0.00000000-20200101T000000-abcdef"))
    home.pointer().write_text(old.name)
    assert home.current() is None


def test_two_releases_on_one_disk_keep_out_of_each_others_way(
    indexed: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    def step_of(version: str) -> Path:
        with monkeypatch.context() as patched:
            patched.setattr(index_module, "index_version", lambda: version)
            follower = Follower()
            follower.step()
            follower.close()
            found = index_home().current()
            assert found is not None
            return found

    before = index_home().current()
    assert before is not None
    newer = step_of("9.0000ffff")  # the release that is put in place builds its own
    assert newer != before
    assert index_home().current() == before  # the one that still runs goes on with its own
    assert step_of(index_version()) == before
    assert step_of("9.0000ffff") == newer  # and takes nothing away from the new one
    with monkeypatch.context() as patched:
        patched.setattr(index_module, "index_version", lambda: "9.0000ffff")
        rebuild()
    assert index_home().current() is None  # the second of the new version ends the time of the old one
    assert len([path for path in index_home().root.iterdir() if path.is_dir()]) == 2
    assert len(list(index_home().root.glob("current-*"))) == 1


def test_a_release_from_before_pointers_had_versions_goes_on_with_its_index(indexed: Library) -> None:
    home = index_home()
    folder = home.current()
    assert folder is not None
    theirs = folder.rename(folder.with_name("0.00000000-20200101T000000-abcdef"))
    home.pointer().unlink()
    plain = home.root / "current"
    plain.write_text(theirs.name)
    assert home.of_other_release() == theirs
    rebuild()
    assert (theirs / "meta.json").exists()
    assert plain.read_text() == theirs.name
    rebuild()  # the second of the new version ends the time of the old one
    assert not theirs.exists()
    assert not plain.exists()


def test_gate_sees_visibility_and_content(indexed: Library) -> None:
    SearchChange.objects.all().delete()
    index = open_current()
    index.open_writer()
    index.put([SearchDocument(key=f"article:{indexed.article.pk}", kind="article", title="Falsch", url="/")])
    index.commit()
    index.close_writer()
    assert inspect(index) == ["veraltet: 1"]


@pytest.mark.slow
def test_killed_writer_leaves_a_sound_index(tmp_path: Path) -> None:
    from search.engines.embedded import EmbeddedIndex

    EmbeddedIndex(tmp_path)
    child = os.fork()
    if not child:
        index = EmbeddedIndex(tmp_path)
        index.open_writer()
        for number in range(1_000_000):
            index.put([SearchDocument(key=f"article:{number}", kind="article", title=f"Nummer {number}", url="/")])
            if number % 50 == 0:
                index.commit()
        os._exit(0)
    deadline = time.monotonic() + 20
    while EmbeddedIndex(tmp_path).count() < 200 and time.monotonic() < deadline:
        time.sleep(0.05)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    index = EmbeddedIndex(tmp_path)
    count = index.count()
    assert count >= 200
    index.open_writer()
    index.put([SearchDocument(key="article:-1", kind="article", title="Danach", url="/")])
    index.commit()
    assert index.count() == count + 1
    assert Path(settings.SEARCH_INDEX_DIR) not in tmp_path.parents
