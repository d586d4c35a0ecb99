"""Wagtail's forms for images and files, with our rules."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from wagtail.documents.forms import BaseDocumentForm
from wagtail.images.forms import BaseImageForm

from portal.core.live_files import reason_against_collection, reason_against_swap
from portal.core.uploads import check_document, check_svg
from portal.core.virus_scan import refuse_viruses


def _refuse_swap(form: Any) -> None:
    """A new file under what readers have, or a second person has seen, would be a change nobody has confirmed."""
    if form.instance.pk and "file" in form.changed_data:
        reason = reason_against_swap(form.instance)
        if reason:
            raise ValidationError(reason, code="in_use")


class DocumentForm(BaseDocumentForm):
    """A file whose content must be what its name says."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.user = kwargs.get("user")
        super().__init__(*args, **kwargs)

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        _refuse_swap(self)
        if file and "file" in self.changed_data:
            content = file.file if hasattr(file, "file") else file
            check_document(content, file.name)
            refuse_viruses(content)
        return file

    def clean_collection(self) -> Any:
        """Refuse a collection that would give a file in front of readers to others than before."""
        collection = self.cleaned_data["collection"]
        reason = reason_against_collection(self.instance, collection, self.user) if self.instance.pk else ""
        if reason:
            raise ValidationError(reason, code="in_use")
        return collection

    def _post_clean(self) -> None:
        """Leave the model's check of the extension to good files: it would name the refused one again, as ""."""
        refused = list(self.errors["file"].data) if "file" in self.errors else []
        super()._post_clean()
        if refused:
            self.errors["file"].data = refused


class ImageForm(BaseImageForm):
    """An image with text alternative and licence. What is too large to unpack is refused with a plain sentence."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "file" in self.fields:
            self.fields["file"].error_messages.update(
                invalid_image="Das ist kein lesbares Bild. Erlaubt sind JPG, PNG, GIF, WebP und SVG.",
                file_too_many_pixels=(
                    "Das Bild hat zu viele Bildpunkte (%(num_pixels)s, erlaubt sind %(max_pixels_count)s). "
                    "Verkleinern Sie es und laden Sie es erneut hoch."
                ),
            )

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        _refuse_swap(self)
        if file and "file" in self.changed_data:
            content = file.file if hasattr(file, "file") else file
            if file.name.lower().endswith(".svg"):
                check_svg(content)
            refuse_viruses(content)
        return file

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        for name, text in (
            ("description", "Beschreiben Sie, was auf dem Bild zu sehen ist und worauf es ankommt."),
            ("licence", "Nennen Sie die Lizenz, zum Beispiel „eigenes Bild“ oder „CC BY 4.0“."),
        ):
            if name in self.fields and name not in self.errors and not str(cleaned.get(name) or "").strip():
                self.add_error(name, ValidationError(text, code="required"))
        return cleaned
