"""Which files and images readers have, or a second person has confirmed: those nobody may swap or delete alone."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import FieldDoesNotExist
from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import ProtectedError, Q
from django.db.models.deletion import Collector
from django.urls import reverse
from wagtail.models import (
    Collection,
    CollectionViewRestriction,
    ReferenceIndex,
    Revision,
    TaskState,
    WorkflowState,
)

from portal.core.models import PortalDocument
from portal.core.review.people import may_withdraw_content

# Something live names the address of a file in its text; whoever keeps such links registers the question.
Naming = Callable[[str], bool]
_naming: list[Naming] = []


def register(naming: Naming) -> None:
    """Register who knows whether live texts name an address that begins so ("/dokumente/7/")."""
    _naming.append(naming)


NO_SWAP = (
    "Diese Datei steht auf veröffentlichten Seiten. Laden Sie die neue Fassung als eigenes Dokument hoch und "
    "wählen Sie sie dort aus; so prüft eine zweite Person den Wechsel."
)
NO_DELETION = (
    "„{title}“ steht auf veröffentlichten Seiten und bleibt deshalb erhalten. Nehmen Sie die Datei zuerst aus "
    "diesen Seiten; danach können Sie sie löschen."
)
_WAITS = "wird gerade geprüft oder ist schon freigegeben und wartet auf ihren Zeitpunkt."
NO_SWAP_YET = (
    f"Diese Datei gehört zu „{{where}}“. Diese Fassung {_WAITS} Lassen Sie die Prüfung zurückziehen oder den "
    "Zeitplan aufheben, oder laden Sie die neue Datei als eigenes Dokument hoch und wählen Sie sie danach aus."
)
NO_DELETION_YET = (
    f"„{{title}}“ gehört zu „{{where}}“ und bleibt deshalb erhalten: Diese Fassung {_WAITS} Lassen Sie die "
    "Prüfung zurückziehen oder den Zeitplan aufheben, und nehmen Sie die Datei dort heraus; danach können Sie sie "
    "löschen."
)
NO_OTHER_READERS = (
    "„{title}“ steht auf Seiten, die veröffentlicht, freigegeben oder in Prüfung sind, und für „{collection}“ "
    "gilt ein anderer Leserkreis. Bitten Sie die Fachprüfung oder die Administration, die Datei zu verschieben."
)
NEEDED = (
    "„{title}“ gehört zu „{where}“ und bleibt deshalb erhalten. Wählen Sie dort zuerst eine andere Datei; danach "
    "können Sie diese löschen."
)


def address_of(file: Any) -> str:
    """Return how every address of a document begins; pictures have none that lasts."""
    if not isinstance(file, PortalDocument):
        return ""
    return reverse("wagtaildocs_serve", args=[file.pk, "x"]).removesuffix("x")


def _is_live(kind: ContentType, ids: Iterable[str]) -> bool:
    """True when one of the objects is live; what knows no drafts (settings) is always in front of readers."""
    model: Any = kind.model_class()
    if model is None:
        return False
    rows = model._base_manager.filter(pk__in=list(ids))
    try:
        model._meta.get_field("live")
    except FieldDoesNotExist:
        return bool(rows.exists())
    return bool(rows.filter(live=True).exists())


def _is_shown(file: Any) -> bool:
    """True for a document or image that something live refers to: by Wagtail's index, or by its address."""
    users: dict[int, list[str]] = {}
    rows = ReferenceIndex.objects.filter(
        to_content_type=ContentType.objects.get_for_model(type(file)), to_object_id=str(file.pk)
    )
    for kind, pk in rows.values_list("base_content_type", "object_id").distinct():
        users.setdefault(kind, []).append(pk)
    if any(_is_live(ContentType.objects.get_for_id(kind), ids) for kind, ids in users.items()):
        return True
    address = address_of(file)
    return bool(address) and any(ask(address) for ask in _naming)


def confirmed_revisions() -> list[Revision]:
    """Return the revisions a second person looks at or has released for a time to come."""
    running = TaskState.objects.filter(
        status=TaskState.STATUS_IN_PROGRESS, workflow_state__status=WorkflowState.STATUS_IN_PROGRESS
    )
    found = Q(approved_go_live_at__isnull=False) | Q(pk__in=running.values("revision"))
    return list(Revision.objects.filter(found).order_by("pk"))


@dataclass(frozen=True)
class Uses:
    """What a revision refers to: (content type, key) of objects in its fields, and its words with addresses."""

    title: str
    objects: set[tuple[int, str]]
    text: str


def uses_of(revision: Revision, shown: Any = None) -> Uses:
    """Return what a revision refers to; `shown` is the object it was read as, if it has been already."""
    # Wagtail reads references out of an object as it is; its index holds those of stored ones only.
    references = ReferenceIndex._extract_references_from_object(revision.as_object() if shown is None else shown)
    objects = {(kind, str(pk)) for kind, pk, *_ in references}
    return Uses(revision.object_str, objects, json.dumps(_written(revision), cls=DjangoJSONEncoder))


def _written(revision: Revision) -> dict[str, Any]:
    """Return what people have written in a revision: what is derived from it may be of an earlier one."""
    model: Any = revision.content_type.model_class()
    derived = {field.name for field in model._meta.concrete_fields if not field.editable}
    return {name: value for name, value in revision.content.items() if name not in derived}


class _Waiting:
    """What the confirmed revisions refer to, read once for any number of files."""

    def __init__(self) -> None:
        self.uses = [uses_of(revision) for revision in confirmed_revisions()]

    def where(self, file: Any) -> str:
        """Return the title of a version that refers to a file, or ""."""
        key = (ContentType.objects.get_for_model(type(file)).pk, str(file.pk))
        address = address_of(file)
        for uses in self.uses:
            if key in uses.objects or (address and address in uses.text):
                return uses.title
        return ""


def _needed_by(file: Any) -> str:
    """Return the title of a draft whose field must have this file, or ""."""
    try:
        Collector(using=file._state.db or "default").collect([file])
    except ProtectedError as error:
        return str(next(iter(error.protected_objects)))
    return ""


def reason_against_swap(file: Any) -> str:
    """Return why the file of a document or image may not be replaced, with what to do; "" when it may."""
    if _is_shown(file):
        return NO_SWAP
    where = _Waiting().where(file)
    return NO_SWAP_YET.format(where=where) if where else ""


def _asked_by(path: str) -> set[tuple[Any, ...]]:
    """Return what a collection at a tree path asks of its readers, those above it included."""
    steps = range(Collection.steplen, len(path) + 1, Collection.steplen)
    found = CollectionViewRestriction.objects.filter(collection__path__in=[path[:end] for end in steps])
    return {
        (row.restriction_type, row.password, frozenset(group.pk for group in row.groups.all()))
        for row in found.prefetch_related("groups")
    }


def reason_against_collection(file: Any, collection: Any, user: Any) -> str:
    """Return why this person may not put a document into a collection; "" when they may.

    Who reads a document that readers have, or a second person confirms, changes as the audience of a page does.
    Pictures have no audience of their own: what is at `/media/` is open.
    """
    now = Collection.objects.get(pk=type(file).objects.values_list("collection", flat=True).get(pk=file.pk))
    if now == collection or (user is not None and may_withdraw_content(user)):
        return ""
    if _asked_by(now.path) == _asked_by(collection.path) or not reason_against_swap(file):
        return ""
    return NO_OTHER_READERS.format(title=file.title, collection=collection.name)


def reasons_against_deletion(files: Iterable[Any]) -> list[str]:
    """Return for each file that stays why, with what to do; none when all may go."""
    items = list(files)
    waiting = _Waiting() if items else None
    found = []
    for file in items:
        where = "" if waiting is None else waiting.where(file)
        if _is_shown(file):
            found.append(NO_DELETION.format(title=file.title))
        elif where:
            found.append(NO_DELETION_YET.format(title=file.title, where=where))
        elif needed := _needed_by(file):
            found.append(NEEDED.format(title=file.title, where=needed))
    return found
