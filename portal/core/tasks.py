"""Background tasks of the base. A task row is only a wake-up: what to do is read from the database."""

from __future__ import annotations

from django_tasks import task

from portal.core.models import PortalDocument


@task(queue_name="slow")
def extract_document(document_id: int) -> None:
    """Read the text of an uploaded file."""
    from portal.core.services import extract_text

    document = PortalDocument.objects.filter(pk=document_id).first()
    if document is not None:
        extract_text(document=document)
