"""Images with text alternative and licence; documents with extracted text."""

from __future__ import annotations

from typing import Any

from django.db import models
from wagtail.documents.models import AbstractDocument
from wagtail.images.models import AbstractImage, AbstractRendition


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
        permissions = [("choose_portalimage", "Kann Bilder auswählen")]

    @property
    def default_alt_text(self) -> str:
        return self.description


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
        permissions = [("choose_portaldocument", "Kann Dateien auswählen")]

    @property
    def text(self) -> str:
        return "\n".join(str(page) for page in self.page_texts)

    def save(self, *args: Any, **kwargs: Any) -> None:
        from portal.core.signals import announce

        super().save(*args, **kwargs)
        announce(self)
