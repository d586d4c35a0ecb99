"""Images with text alternative and licence; documents with extracted text."""

from __future__ import annotations

from string import ascii_lowercase, digits
from typing import Any
from urllib.parse import quote

from django.db import models, transaction
from django.utils.crypto import get_random_string
from wagtail.documents.models import AbstractDocument
from wagtail.images.models import AbstractImage, AbstractRendition

from portal.core.signals import announce


class PortalImage(AbstractImage):
    """An image; `description` is the text alternative and must not be empty."""

    description = models.CharField(
        "Alternativtext", max_length=255,
        help_text="Was auf dem Bild zu sehen ist und worauf es ankommt; wird vorgelesen.",
    )  # fmt: skip
    licence = models.CharField("Lizenz", max_length=120, help_text="Zum Beispiel: eigenes Bild, CC BY 4.0.")
    credit = models.CharField("Urheberin oder Urheber", max_length=255, blank=True)

    admin_form_fields = (
        "title", "file", "description", "licence", "credit", "collection", "tags",
        "focal_point_x", "focal_point_y", "focal_point_width", "focal_point_height",
    )  # fmt: skip

    class Meta(AbstractImage.Meta):
        verbose_name = "Bild"
        verbose_name_plural = "Bilder"
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(description=""),
                name="core_image_has_alternative",
                violation_error_message="Ein Bild braucht einen Alternativtext.",
            ),
            models.CheckConstraint(
                condition=~models.Q(licence=""),
                name="core_image_has_licence",
                violation_error_message="Ein Bild braucht die Angabe der Lizenz.",
            ),
        ]

    @property
    def default_alt_text(self) -> str:
        return self.description

    def get_upload_to(self, filename: str) -> str:
        """Name the file so that nobody guesses its address: pictures are open to whoever knows it.

        The random part stands first, since names of renditions are cut at their end.
        """
        path: str = super().get_upload_to(f"{get_random_string(16, ascii_lowercase + digits)}-{filename}")
        return path

    def save(self, *args: Any, **kwargs: Any) -> None:
        with transaction.atomic():
            super().save(*args, **kwargs)
            announce(self)


class PortalRendition(AbstractRendition):
    image = models.ForeignKey(PortalImage, related_name="renditions", on_delete=models.CASCADE)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["image", "filter_spec", "focal_point_key"], name="core_rendition_unique"
            )
        ]


class PortalDocument(AbstractDocument):
    """A file; text and number of pages are read out of it when it is saved (knowledge of the search).

    `page_texts` is a list of strings: one per page of a PDF, one for all of a docx, xlsx or odt.
    """

    licence = models.CharField("Lizenz", max_length=120, blank=True)
    page_texts = models.JSONField(default=list, blank=True, editable=False)
    page_count = models.PositiveIntegerField(null=True, blank=True, editable=False)
    extraction_error = models.CharField(max_length=255, blank=True, editable=False)
    extracted_hash = models.CharField(max_length=40, blank=True, editable=False)

    admin_form_fields = ("title", "file", "licence", "collection", "tags")

    class Meta(AbstractDocument.Meta):
        verbose_name = "Datei"
        verbose_name_plural = "Dateien"

    @property
    def text(self) -> str:
        return "\n".join(str(page) for page in self.page_texts)

    @property
    def content_disposition(self) -> str:
        """Files are always downloads: nothing uploaded is ever shown as a page of ours."""
        name = quote(self.filename)
        return f"attachment; filename={name}; filename*=UTF-8''{name}"

    def clean(self) -> None:
        """Check the extension where there is a file: the second step of an upload brings words only."""
        if self.file:
            super().clean()

    def save(self, *args: Any, **kwargs: Any) -> None:
        from portal.core.services import file_saved

        with transaction.atomic():
            super().save(*args, **kwargs)
            if kwargs.get("update_fields") is None:
                file_saved(document=self)
            announce(self)
