"""What can be subscribed to and how a change reads: higher apps register it, since the base knows no content."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from django.http import HttpRequest

from portal.core.models import Publication, SubjectKind
from portal.core.visibility import Visibility

ALL_TITLE = "Alle wesentlichen Änderungen im Portal"


@dataclass(frozen=True)
class Subject:
    """Something to subscribe to; `url` is a path of this site."""

    kind: str
    object_id: int
    title: str
    url: str

    @property
    def key(self) -> str:
        return f"{self.kind}:{self.object_id}"

    @property
    def label(self) -> str:
        return str(SubjectKind(self.kind).label)


@dataclass(frozen=True)
class Told:
    """What a mail or feed says of the thing that changed; `group` is the topic it stands under."""

    title: str
    url: str
    group: str


class Numbered:
    """Subjects that exist before somebody subscribes to them."""

    def settle(self, subject: Subject) -> Subject:
        return subject


class Subjects(Protocol):
    """All subjects of one kind. Every function takes many and costs a fixed number of queries."""

    def offered(self, request: HttpRequest, path: str, level: Visibility) -> list[Subject]:
        """Return what somebody of this level can subscribe to on the page at a path."""
        ...

    def settle(self, subject: Subject) -> Subject:
        """Return a subject with its number, now that somebody subscribes to it."""
        ...

    def described(self, ids: Collection[int], level: Visibility) -> dict[int, Subject]:
        """Return those that somebody of this level may read now."""
        ...

    def existing(self, ids: Collection[int]) -> set[int]:
        """Return those that still exist, published or not."""
        ...

    def touched(self, publications: Sequence[Publication]) -> dict[int, set[int]]:
        """Return the ids of the subjects each publication (by its id) belongs to."""
        ...


ChangeReader = Callable[[Sequence[Publication], Visibility], dict[int, Told]]
"""Returns, by publication id, what may be told to a level now; unpublished and closed things are missing."""

_subjects: dict[str, Subjects] = {}
_readers: list[ChangeReader] = []


def register_subject(kind: SubjectKind, subjects: Subjects) -> None:
    """Register the subjects of a kind; called in AppConfig.ready."""
    _subjects[kind.value] = subjects


def register_reader(reader: ChangeReader) -> None:
    """Register how changes of a kind of content read; called in AppConfig.ready."""
    if reader not in _readers:
        _readers.append(reader)


class Everything(Numbered):
    """The one subject that every publication belongs to."""

    subject = Subject(SubjectKind.ALL.value, 0, ALL_TITLE, "/")

    def offered(self, request: HttpRequest, path: str, level: Visibility) -> list[Subject]:
        return [self.subject]

    def described(self, ids: Collection[int], level: Visibility) -> dict[int, Subject]:
        return {0: self.subject}

    def existing(self, ids: Collection[int]) -> set[int]:
        return {0}

    def touched(self, publications: Sequence[Publication]) -> dict[int, set[int]]:
        return {publication.pk: {0} for publication in publications}


register_subject(SubjectKind.ALL, Everything())


def _in_order() -> list[tuple[str, Subjects]]:
    return [(kind, _subjects[kind]) for kind in SubjectKind.values if kind in _subjects]


def offered(request: HttpRequest, path: str, level: Visibility) -> list[Subject]:
    """Return what can be subscribed to on the page at a path, the narrowest first, everything last."""
    return [subject for _, subjects in _in_order() for subject in subjects.offered(request, path, level)]


def settled(subject: Subject) -> Subject:
    """Return what is subscribed to; a subject that had no number yet gets one."""
    return _subjects[subject.kind].settle(subject)


def described(keys: Iterable[tuple[str, int]], level: Visibility) -> dict[tuple[str, int], Subject]:
    """Return the subjects a level may read now, by (kind, id)."""
    by_kind: dict[str, set[int]] = {}
    for kind, object_id in keys:
        by_kind.setdefault(kind, set()).add(object_id)
    found: dict[tuple[str, int], Subject] = {}
    for kind, ids in by_kind.items():
        if kind in _subjects:
            found |= {(kind, pk): subject for pk, subject in _subjects[kind].described(ids, level).items()}
    return found


def existing(kind: str, ids: Collection[int]) -> set[int]:
    """Return the subjects of a kind that still exist; a kind nobody has registered keeps all of its own."""
    return _subjects[kind].existing(ids) if kind in _subjects else set(ids)


def touched(publications: Sequence[Publication]) -> dict[tuple[str, int], set[int]]:
    """Return the ids of the publications that belong to each subject (kind, id)."""
    index: dict[tuple[str, int], set[int]] = {}
    for kind, subjects in _in_order():
        for publication_id, ids in subjects.touched(publications).items():
            for object_id in ids:
                index.setdefault((kind, object_id), set()).add(publication_id)
    return index


def touching(kind: str, object_id: int, publications: Sequence[Publication]) -> list[Publication]:
    """Return those publications that belong to one subject; no other kind is asked."""
    subjects = _subjects.get(kind)
    found = subjects.touched(publications) if subjects else {}
    return [row for row in publications if object_id in found.get(row.pk, ())]


def read(publications: Sequence[Publication], level: Visibility) -> dict[int, Told]:
    """Return what may be told of publications to a level now, by publication id.

    What was closed to the level when it went live stays untold, whatever has been opened since.
    """
    known = [publication for publication in publications if publication.was_open_to(level)]
    found: dict[int, Told] = {}
    for reader in _readers:
        found |= reader(known, level)
    return found
