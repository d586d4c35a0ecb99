"""A vocabulary is weighed once: by all threads, all processes of a node, and after a start."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from search import splitters
from search.compounds import Splitter, save_vocabulary
from search.splitters import splitter_of, splitter_of_file

WORDS = {"akte": 5, "einführung": 5, "register": 9, "bauantrag": 3, "gebühr": 4, "bescheid": 6}
ASKED = ("akteneinführung", "gebührenbescheid", "registerauskunft", "verwaltung")


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, settings: object, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.SEARCH_INDEX_DIR = str(tmp_path)  # type: ignore[attr-defined]
    monkeypatch.setattr(splitters, "_known", {})
    monkeypatch.setattr(splitters, "_of_files", {})


def kept(tmp_path: Path) -> list[Path]:
    return sorted((tmp_path / "splitters").glob("*.json"))


def test_what_was_kept_splits_alike(tmp_path: Path) -> None:
    made = splitter_of(WORDS, form="1")
    splitters._known.clear()
    read = splitter_of(WORDS, form="1")
    plain = Splitter(WORDS)
    assert read is not made
    for word in ASKED:
        assert read.parts(word) == made.parts(word) == plain.parts(word), word
    assert len(kept(tmp_path)) == 1


def test_other_words_or_lists_make_another(tmp_path: Path) -> None:
    first = splitter_of(WORDS, form="1")
    assert splitter_of(WORDS, form="2") is not first
    assert splitter_of({**WORDS, "frist": 2}, form="1") is not first
    assert len(kept(tmp_path)) == 3


def test_threads_share_one() -> None:
    found: list[Splitter] = []
    threads = [threading.Thread(target=lambda: found.append(splitter_of(WORDS, form="1"))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({id(one) for one in found}) == 1


@pytest.mark.parametrize("broken", ["", "{", "[]", '{"costs": 1}', "\x00"])
def test_a_broken_file_is_made_anew(tmp_path: Path, broken: str) -> None:
    splitter_of(WORDS, form="1")
    [path] = kept(tmp_path)
    path.write_text(broken, encoding="utf-8")
    splitters._known.clear()
    assert splitter_of(WORDS, form="1").parts("akteneinführung") == Splitter(WORDS).parts("akteneinführung")
    assert path.read_text(encoding="utf-8").startswith('{"costs": {')


def test_a_folder_that_takes_nothing_costs_time_only(tmp_path: Path) -> None:
    (tmp_path / "splitters").write_text("no folder")
    assert splitter_of(WORDS, form="1").parts("gebührenbescheid")


def test_old_ones_go(tmp_path: Path) -> None:
    for number in range(9):
        splitter_of({**WORDS, "wort": number}, form="1")
    assert len(kept(tmp_path)) == splitters.KEPT_ON_DISK


def test_a_file_is_read_once_and_again_when_it_changes(tmp_path: Path) -> None:
    path = tmp_path / "vocabulary.json"
    save_vocabulary(path, WORDS)
    first = splitter_of_file(path, form="1")
    splitters._known.clear()
    assert splitter_of_file(path, form="1") is first  # else one from the disk would have been read
    assert splitter_of_file(path, form="2") is not first
    save_vocabulary(path, {**WORDS, "frist": 2})
    assert splitter_of_file(path, form="1") is not first
    path.write_text("{broken", encoding="utf-8")
    with pytest.raises(ValueError, match="Expecting"):
        splitter_of_file(path, form="1")


def test_a_file_and_its_words_are_the_same(tmp_path: Path) -> None:
    save_vocabulary(tmp_path / "vocabulary.json", {**WORDS, "ab": 3, "§5": 1})
    assert splitter_of_file(tmp_path / "vocabulary.json", form="1") is splitter_of(WORDS, form="1")
    assert splitter_of_file(tmp_path / "none.json", form="1").parts("akte")
