"""From upload to staged documents, and from a reviewed document to a draft page."""

from __future__ import annotations

import io
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, BinaryIO

from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.base import File
from django.db import transaction
from wagtail.images import get_image_model
from wagtail.log_actions import log
from wagtail.permissions import policy_registry

from knowledge.models import TopicPage, TrustedPage
from knowledge.word import staging
from knowledge.word.draft import from_paste, from_word
from knowledge.word.package import RefusedError, bare_name, documents_in
from knowledge.word.staging import StagedDocument, Upload
from portal.core import audit
from portal.core.addresses import free_slug
from portal.core.text import german_slug

MAX_DOCUMENTS = 40
SECONDS = 25.0  # the web server gives a request 60
CREATED = "word.draft"
LOG_ACTION = "knowledge.word"
_LATER = "Noch nicht gelesen: Das ZIP enthält zu viel für einen Durchgang. Laden Sie diese Datei noch einmal hoch."


@dataclass(frozen=True)
class ImageChoice:
    """What the editor says about one image; `leave_out` drops it."""

    alt: str = ""
    licence: str = ""
    credit: str = ""
    leave_out: bool = False


def kinds(topic: Any, user: Any) -> list[type[TrustedPage]]:
    """Return the kinds of page with a body that a person may add under a topic."""
    if not topic.permissions_for_user(user).can_add_subpage():
        return []
    return [model for model in topic.creatable_subpage_models() if issubclass(model, TrustedPage)]


def stage_file(*, upload: Upload, file: BinaryIO, name: str) -> Upload:
    """Convert a .docx, or every .docx of a ZIP, each with its own outcome; raises ValidationError.

    Runs outside any transaction: converting takes seconds and touches no database.
    """
    try:
        if name.lower().endswith(".zip"):
            _stage_folder(upload, file)
        else:
            upload.add(bare_name(name), from_word(file, bare_name(name)))
        upload.save()
    except BaseException:
        upload.discard()
        raise
    return upload


def _stage_folder(upload: Upload, file: BinaryIO) -> None:
    end = time.monotonic() + SECONDS
    read = 0
    for name, content, error in documents_in(file):
        if content is not None:
            read += 1
        if read > MAX_DOCUMENTS:
            raise RefusedError(
                f"Das ZIP enthält zu viele Word-Dateien, erlaubt sind {MAX_DOCUMENTS}. Teilen Sie den Ordner auf.",
                code="too_many_documents",
            )
        if content is None:
            upload.refuse(name, error)
        elif time.monotonic() > end:
            upload.refuse(name, _LATER)
        else:
            _stage_one(upload, name, content)
    if not read:
        raise RefusedError(
            "Das ZIP enthält keine Word-Datei (.docx). Speichern Sie die Dokumente als .docx und packen Sie sie "
            "neu.",
            code="empty",
        )


def _stage_one(upload: Upload, name: str, content: BinaryIO) -> None:
    try:
        upload.add(name, from_word(content, name))
    except ValidationError as error:
        upload.refuse(name, " ".join(error.messages))


def stage_paste(*, upload: Upload, source: str, is_html: bool) -> Upload:
    """Convert pasted text; raises ValidationError."""
    upload.add(upload.name, from_paste(source, is_html=is_html))
    upload.save()
    return upload


def collection_for(user: Any) -> Any:
    """Return the collection a person's images go to; None when they may add none."""
    policy = policy_registry.get_by_type(get_image_model())
    return policy.collections_user_has_permission_for(user, "add").order_by("path").first()


def create_draft(
    *, upload: Upload, document: StagedDocument, topic: TopicPage, user: Any, title: str,
    images: list[ImageChoice],
) -> TrustedPage:  # fmt: skip
    """Make the draft with its images and first revision in one transaction; never publishes.

    Raises PermissionDenied for those who may not add the kind of page there, ValidationError for what the body
    does not allow. When it fails, no page, image row or image file stays behind.
    """
    model = next((item for item in kinds(topic, user) if item._meta.label_lower == upload.kind), None)
    if model is None:
        raise PermissionDenied
    with _stored_files() as stored, transaction.atomic():
        keys = _save_images(upload, document, images, title, user, stored)
        page = model(
            title=title, live=False, owner=user, responsible_person=user, slug=free_slug(topic, title, "entwurf")
        )
        body: Any = model._meta.get_field("body")
        stream = body.stream_block
        page.body = stream.clean(stream.to_python(_raw(document.blocks, keys)))
        topic.add_child(instance=page)
        page.save_revision(user=user, log_action=True, clean=False)
        log(instance=page, action=LOG_ACTION, user=user)
        audit.record(CREATED, actor=user, subject=page, topic=topic.pk, images=len([key for key in keys if key]))
    return page


@contextmanager
def _stored_files() -> Iterator[list[Any]]:
    """Collect written files; they are taken away again when the transaction around them fails."""
    stored: list[Any] = []
    try:
        yield stored
    except BaseException:
        for file in stored:
            file.storage.delete(file.name)
        raise


def _save_images(
    upload: Upload, document: StagedDocument, choices: list[ImageChoice], title: str, user: Any, stored: list[Any]
) -> list[int | None]:  # fmt: skip
    keys: list[int | None] = []
    collection = collection_for(user)
    for number, (staged, choice) in enumerate(zip(document.images, choices, strict=True), start=1):
        if choice.leave_out:
            keys.append(None)
            continue
        if collection is None:
            raise PermissionDenied
        name = f"{german_slug(title, max_length=60) or 'bild'}-{number}.{staged.extension}"
        content = File(io.BytesIO(upload.image_path(staged).read_bytes()), name=name)
        image = get_image_model()(
            title=f"{title[:240]} – Bild {number}", description=choice.alt, licence=choice.licence,
            credit=choice.credit, file=content, collection=collection, uploaded_by_user=user,
        )  # fmt: skip
        image._set_image_file_metadata()
        image.save()
        stored.append(image.file)
        keys.append(image.pk)
    return keys


def _raw(blocks: list[dict[str, Any]], keys: list[int | None]) -> list[dict[str, Any]]:
    raw: list[dict[str, Any]] = []
    for block in blocks:
        value: Any = block.get("text")
        if block["kind"] == "image":
            key = keys[block["image"]]
            if key is None:
                continue
            value = {"image": key, "alt": "", "caption": block["caption"]}
        raw.append({"type": block["kind"], "value": value, "id": str(uuid.uuid4())})
    return raw


def finished(*, upload: Upload, document: StagedDocument, page: TrustedPage) -> None:
    """Note that a document has become a page; its texts and images are no longer kept."""
    for image in document.images:
        upload.image_path(image).unlink(missing_ok=True)
    document.page_id = page.pk
    document.blocks, document.images = [], []
    if upload.open_count:
        upload.save()
    elif len(upload.documents) == 1:
        upload.discard()
    else:
        upload.save()


def begin(*, user: Any, topic: TopicPage, kind: str, name: str) -> Upload:
    """Return a new upload of a person; raises ValidationError when too many wait already."""
    if len(staging.waiting(user_id=user.pk)) >= staging.MAX_OPEN:
        raise ValidationError(
            f"Sie haben schon {staging.MAX_OPEN} angefangene Übernahmen. "
            "Schließen Sie erst eine ab oder verwerfen Sie sie.",
            code="too_many_open",
        )
    return staging.begin(user_id=user.pk, topic_id=topic.pk, kind=kind, name=name)
