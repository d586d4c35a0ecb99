"""The embedded index heals itself, and going back works; the database answers meanwhile."""

from __future__ import annotations

import io
import os
import time
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from portal.core.visibility import Visibility
from search import health, mending
from search import index as search_index
from search.checking import CHECKED, OWN_CHECK_SECONDS, check, check_all, check_own, own_check_is_due
from search.compounds import save_vocabulary
from search.documents import SearchDocument
from search.engines.embedded import VOCABULARY, EmbeddedIndex, index_version
from search.finding import find
from search.follower import Follower
from search.index import POSITION, index_home, open_current, read_position
from search.models import SearchChange
from search.numbers import NUMBERS
from search.rebuild import inspect, rebuild
from tests.search.conftest import Library

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


def current() -> Path:
    folder = index_home().current()
    assert folder is not None
    return folder


def forget_readers() -> None:
    search_index._readers.index = None
    mending._Loaded.folder = None


def put(path: Path, data: bytes) -> None:
    """Put another file in the place of one: whoever has the old one mapped goes on with it, as after a copy."""
    other = path.with_name(f"{path.name}.other")
    other.write_bytes(data)
    other.replace(path)


def step() -> None:
    follower = Follower()
    follower.step()
    follower.close()
    forget_readers()


@pytest.mark.parametrize("ending", ["term", "store", "fast", "idx"])
def test_a_damaged_file_is_noticed(indexed: Library, ending: str) -> None:
    assert health.is_whole(current())
    path = next(current().glob(f"*.{ending}"))
    data = bytearray(path.read_bytes())
    data[len(data) // 3] ^= 0xFF
    put(path, bytes(data))
    assert not health.is_whole(current())
    path.unlink()
    assert not health.is_whole(current())


@pytest.mark.parametrize("ending", ["*.del", ".managed.json"])
@pytest.mark.parametrize("how", ["empty", "half", "gone"])
def test_what_tantivy_keeps_of_deletions_and_files_is_looked_at(indexed: Library, ending: str, how: str) -> None:
    pages = [indexed.add_article(f"Hundesteuer {number}", "Anmelden.") for number in range(3)]
    rebuild()
    SearchChange.objects.update(created_at=timezone.now() - timedelta(days=1))  # read long ago
    pages[0].unpublish()
    step()
    before = current()
    assert health.is_whole(before)
    path = next(before.glob(ending))
    if how == "gone" and ending == ".managed.json":
        pytest.skip("tantivy writes a new one")
    kept = {"empty": 0, "half": path.stat().st_size // 2}
    put(path, path.read_bytes()[: kept[how]]) if how in kept else path.unlink()
    assert not health.is_whole(before)
    step()
    assert current() != before
    assert not find("noots", level=Visibility.PUBLIC).degraded


def test_a_broken_index_counts_as_missing(indexed: Library) -> None:
    before = current()
    put(next(before.glob("*.store")), b"")
    call_command("search_rebuild", "--if-missing", stdout=io.StringIO())
    assert current() != before


@pytest.mark.parametrize("name", ["meta.json", VOCABULARY])
def test_a_broken_index_answers_plainly_and_is_built_again(client: Client, indexed: Library, name: str) -> None:
    before = current()
    (before / name).write_text("{broken")
    forget_readers()
    response = client.get("/suche/", {"q": "noots"})
    assert response.status_code == 200
    assert "arbeitet gerade eingeschränkt" in response.content.decode()
    step()
    assert current() != before
    assert not find("noots", level=Visibility.PUBLIC).degraded
    assert inspect(open_current()) == []


@pytest.mark.parametrize("broken", ["", "{broken", "{}"])
def test_broken_numbers_do_not_end_correction_for_good(client: Client, indexed: Library, broken: str) -> None:
    follower = Follower()
    follower.step()
    before = current()
    (before / NUMBERS).write_text(broken)
    assert not health.is_whole(before)
    forget_readers()
    response = client.get("/suche/", {"q": "registermodernisirung"})
    assert response.status_code == 200
    health.suspect(before)  # as each such search does, unless the list is one of another kind
    follower.step()
    follower.close()
    forget_readers()
    assert current() != before
    assert health.is_whole(current())
    assert "Registermodernisierung" in client.get("/suche/", {"q": "registermodernisirung"}).content.decode()


def test_a_search_without_readable_numbers_leaves_a_mark(indexed: Library) -> None:
    (current() / NUMBERS).write_text("")
    forget_readers()
    assert mending.current_spelling() is None
    assert health.is_suspect(current())


@pytest.mark.parametrize("vocabulary", ["[]", "7", '{"register": "zwei"}'])
def test_a_vocabulary_of_another_kind_is_no_error_for_readers(
    client: Client, indexed: Library, vocabulary: str
) -> None:
    before = current()
    (before / VOCABULARY).write_text(vocabulary)
    forget_readers()
    assert client.get("/suche/", {"q": "noots"}).status_code == 200
    assert not health.is_whole(before)
    step()
    assert current() != before


RUBBISH = [b"", b"\xff\xfe\x00\x80", b"x" * 5000, b"..", b"\x00\x00\x00"]


@pytest.mark.parametrize("rubbish", RUBBISH)
def test_a_pointer_that_cannot_be_read_is_written_anew(client: Client, indexed: Library, rubbish: bytes) -> None:
    before = current()
    index_home().pointer().write_bytes(rubbish)
    forget_readers()
    assert index_home().current() is None
    response = client.get("/suche/", {"q": "noots"})
    assert response.status_code == 200
    assert "arbeitet gerade eingeschränkt" in response.content.decode()
    step()
    assert current() != before
    assert not find("noots", level=Visibility.PUBLIC).degraded


@pytest.mark.parametrize("rubbish", RUBBISH)
def test_a_pointer_of_another_release_that_cannot_be_read_is_removed(indexed: Library, rubbish: bytes) -> None:
    others = [index_home().root / name for name in ("current", "current-9.0000ffff")]
    for pointer in others:
        pointer.write_bytes(rubbish)
    assert index_home().of_other_release() is None
    before = current()
    rebuild()
    assert current() != before
    assert not any(pointer.exists() for pointer in others)


@pytest.mark.parametrize(
    "broken", ['{"change_id": "7", "read_at": ""}', '{"change_id": 7, "read_at": "2026-11-27T06:00:00"}', "[]"]
)
def test_a_position_that_says_nothing_is_none(indexed: Library, broken: str) -> None:
    (current() / POSITION).write_text(broken)
    assert read_position(current()) is None
    before = current()
    step()
    assert current() != before


def test_a_running_follower_looks_at_what_readers_doubt(indexed: Library) -> None:
    follower = Follower()
    follower.step()
    before = current()
    health.suspect(before)
    follower.step()
    assert current() == before  # it was whole: a strange question must not cost a rebuild
    assert not health.is_suspect(before)
    put(next(before.glob("*.store")), b"gone")
    health.suspect(before)
    follower.step()
    follower.close()
    assert current() != before
    assert health.is_whole(current())


@pytest.mark.parametrize("name", ["0.00000000-20200101T000000-abcdef", "nothing"])
def test_another_version_or_none_is_built_anew(indexed: Library, name: str) -> None:
    index_home().pointer().write_text(name)
    forget_readers()
    assert find("noots", level=Visibility.PUBLIC).degraded
    step()
    assert not find("noots", level=Visibility.PUBLIC).degraded


def test_going_back_catches_up(indexed: Library) -> None:
    first = current()
    rebuild()
    second = current()
    page = indexed.add_article("Wohngeldantrag digital", "Der Antrag.")
    out = io.StringIO()
    call_command("search_rebuild", rollback=True, stdout=out)
    forget_readers()
    assert current() == first != second
    assert first.name in out.getvalue()
    assert f"article:{page.pk}" in {r.key for r in find("Wohngeldantrag", level=Visibility.PUBLIC).results}
    call_command("search_rebuild", rollback=True, stdout=out)
    assert current() == second


def test_going_back_needs_something_to_go_back_to(indexed: Library) -> None:
    with pytest.raises(CommandError, match="keinen früheren Index"):
        call_command("search_rebuild", rollback=True)
    rebuild()
    for folder in index_home().root.iterdir():
        if folder.is_dir() and folder != current():
            (folder / POSITION).unlink()
    with pytest.raises(CommandError, match="keinen früheren Index"):
        call_command("search_rebuild", rollback=True)


def half_filled() -> Path:
    """What a build leaves that is killed while it fills: files, a vocabulary, no position."""
    folder = index_home().root / f"{index_version()}-29991231T000000-abcdef"
    folder.mkdir()
    save_vocabulary(folder / VOCABULARY, {"register": 2})
    index = EmbeddedIndex(folder)
    index.open_writer()
    index.put([SearchDocument(key="article:7001", kind="article", title="Halb", url="/")])
    index.commit()
    index.close_writer()
    return folder


def test_a_half_filled_index_is_never_gone_back_to(indexed: Library) -> None:
    first = current()
    rebuild()
    left = half_filled()
    assert left.name > current().name
    call_command("search_rebuild", rollback=True, stdout=io.StringIO())
    assert current() == first
    forget_readers()
    assert inspect(open_current()) == []


def test_the_next_build_removes_what_a_killed_one_has_left(indexed: Library) -> None:
    first, left = current(), half_filled()
    with pytest.raises(CommandError, match="keinen früheren Index"):
        call_command("search_rebuild", rollback=True)
    rebuild()
    assert not left.exists()
    assert index_home().previous() == first


def test_an_index_that_differs_from_the_database_is_not_gone_back_to(indexed: Library) -> None:
    first = current()
    rebuild()
    second, index = current(), EmbeddedIndex(first)
    index.open_writer()
    index.put([SearchDocument(key="article:7001", kind="article", title="Zu viel", url="/")])
    index.commit()
    index.close_writer()
    with pytest.raises(CommandError, match="zu viel: 1"):
        call_command("search_rebuild", rollback=True)
    assert current() == second


def test_reconciliation_repairs_by_the_log(indexed: Library) -> None:
    index = EmbeddedIndex(current())
    index.open_writer()
    key = f"article:{indexed.article.pk}"
    index.put([SearchDocument(key=key, kind="article", title="Falsch", url="/")])
    index.put([SearchDocument(key="article:7001", kind="article", title="Zu viel", url="/")])
    index.delete([f"question:{indexed.question.pk}"])
    index.commit()
    index.close_writer()
    found = check("Dieser Server", index, settle=0)
    assert set(found.wrong) == {key, "article:7001", f"question:{indexed.question.pk}"}
    assert "3 abweichend" in str(found)
    step()
    assert check("Dieser Server", open_current(), settle=0).wrong == ()


def test_check_says_what_it_cannot_read(indexed: Library) -> None:
    assert [str(item) for item in check_all(settle=0)] == [
        f"Dieser Server: {open_current().count()} Einträge, alle richtig"
    ]
    index_home().pointer().unlink()
    with pytest.raises(CommandError, match="Nicht jeder Index"):
        call_command("search_check", stdout=io.StringIO())


def test_a_cluster_needs_an_address() -> None:
    with pytest.raises(CommandError, match="ELASTICSEARCH_URL"):
        call_command("search_rebuild", engine="elasticsearch")


def test_each_node_looks_at_its_own_index_once_a_day(indexed: Library) -> None:
    assert not own_check_is_due()  # a new index has been proven as it was built
    stamp = index_home().root / CHECKED
    day_ago = time.time() - OWN_CHECK_SECONDS - 1
    os.utime(stamp, (day_ago, day_ago))
    assert own_check_is_due()
    assert [str(item) for item in check_own(settle=0)] == [
        f"Dieser Server: {open_current().count()} Einträge, alle richtig"
    ]
    assert not own_check_is_due()
    os.utime(stamp, (day_ago, day_ago))
    check_all(settle=0)  # the job of the night is such a look
    assert not own_check_is_due()
