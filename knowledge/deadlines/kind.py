"""Deadlines in the content format: all of them in one file, `deadlines.toml`."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from typing import Any
from uuid import UUID

from django.utils import timezone

from knowledge.content_io.keys import FactsKey, LegalBasisKey, PageListKey
from knowledge.deadlines import rules
from knowledge.models import Deadline, DeadlineArticle
from knowledge.models.deadline import derived_uid
from portal.core.content_io import (
    BadContentError,
    ChoiceKey,
    ChoicesKey,
    DateKey,
    ExportContext,
    ImportContext,
    IntegerKey,
    Key,
    Kind,
    PageKey,
    World,
    may_lack,
)
from portal.core.content_io.keys import text_of, words_of

_UID = re.compile(r"frist-([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})(?:@([a-z0-9.:-]{1,253}))?")
BAD_UID = (
    "„uid“ ist die Kennung eines Kalendereintrags aus einem Export und bleibt, wie sie dort steht. "
    "Lassen Sie sie bei einer neuen Frist weg."
)


class CitationsKey(LegalBasisKey):
    """Citations; where there are none, the deadline has a source."""

    def parse(self, raw: Any) -> list[str]:
        return words_of(raw)

    def read(self, instance: Any, context: ExportContext) -> list[str]:
        return [" ".join(line.split()) for line in instance.legal_basis.splitlines() if line.strip()]

    def assign(self, instance: Any, value: Any, context: ImportContext) -> None:
        instance.legal_basis = "\n".join(value or [])


class IdentifierKey(Key):
    """What the deadline is found by: one that exists keeps what its editors give it."""

    def assign(self, instance: Any, value: Any, context: ImportContext) -> None:
        if instance.pk is None:
            super().assign(instance, value, context)


class UidKey(Key):
    """The UID calendars have got, where it does not follow from the identifier.

    A deadline that exists keeps its own.
    """

    is_text = False

    def parse(self, raw: Any) -> str:
        text = text_of(raw)
        if not _UID.fullmatch(text):
            raise BadContentError(BAD_UID)
        return text

    def read(self, instance: Any, context: ExportContext) -> str:
        if instance.uid_host or instance.uid != derived_uid(self._slug(instance)):
            return str(instance.calendar_uid)
        return ""

    @staticmethod
    def _slug(instance: Any) -> str:
        """Return the identifier a deadline has, where a draft of it names another one."""
        if instance.uid == derived_uid(instance.slug):
            return str(instance.slug)
        stored = Deadline.objects.filter(pk=instance.pk).values_list("slug", flat=True).first()
        return str(stored or instance.slug)

    def assign(self, instance: Any, value: Any, context: ImportContext) -> None:
        found = _UID.fullmatch(value or "")
        if found and instance.pk is None and not Deadline.objects.filter(uid=UUID(found[1])).exists():
            instance.uid, instance.uid_host = UUID(found[1]), found[2] or ""


class SequenceKey(IntegerKey):
    """How often the calendar entry has changed: after the UID, so that no calendar takes it for an older one."""

    is_text = False

    def assign(self, instance: Any, value: Any, context: ImportContext) -> None:
        if instance.pk is None:
            super().assign(instance, value, context)


class DeadlineKind(Kind):
    """What contradicts itself is said at the key it is about."""

    def names(self, meta: dict[str, Any]) -> Iterable[tuple[str, str, str]]:
        """A UID belongs to one deadline only."""
        yield "uid", str(meta.get("uid") or ""), str(meta.get("uid") or "")

    def faults(self, path: str, meta: dict[str, Any], world: World) -> Iterable[BadContentError]:
        attributes = {key.attribute: key.name for key in self.keys}
        values = {key.attribute: meta.get(key.name) for key in self.keys}
        for field, message in (*rules.faults(values), *_too_early(values)):
            if not may_lack() or message == rules.NO_DUTY:  # the one no row can be stored with
                yield BadContentError(message, at=(attributes[field],))


def _too_early(values: dict[str, Any]) -> Iterable[tuple[str, str]]:
    """A duty does not stand as passed before its day; values that are wrong by themselves are told elsewhere."""
    kind, day = values.get("kind") or rules.Kind.DUTY, values.get("day")
    if kind not in rules.Kind.values or not isinstance(day, date):
        return
    if message := rules.too_early(str(values.get("status") or ""), kind, day, timezone.localdate()):
        yield "status", message


DEADLINE = DeadlineKind(
    "deadline",
    Deadline,
    (
        IdentifierKey("id", "slug", required=True),
        Key("title", required=True),
        ChoiceKey("kind", Deadline.Kind, required=True),
        DateKey("date", "day"),
        Key("without_date", "day_note"),
        ChoicesKey("binds", Deadline.Binds),
        ChoiceKey("status", Deadline.Status, required=True),
        Key("text", required=True),
        PageKey("topic", types=("topic",)),
        CitationsKey("legal_basis"),
        Key("source"),
        Key("url", "source_url"),
        DateKey("state", "state_date", required=True),
        FactsKey("facts"),
        PageListKey("articles", "articles", DeadlineArticle),
        UidKey("uid"),
        SequenceKey("sequence"),
    ),
    folder="fristen",
    order=60,
    name_key="id",
    has_address=False,
    sheet="deadlines.toml",
    sheet_note="Fristen: was wann fällig ist oder gilt, wen es bindet und worauf es beruht (docs/deadlines.md).",
)
