"""A page with a body: rendered when it is saved, so that reading costs no rendering."""

from __future__ import annotations

from typing import Any

from django.db import models, transaction
from wagtail.fields import StreamField

from portal.core.blocks import BodyBlock
from portal.core.models import BasePage


class BodyPage(BasePage):
    """Abstract page with a StreamField and what is derived from it.

    `rendered` holds {"html": str, "toc": [{"id", "level", "text"}], "text": str, "source": hash}; it is made
    anew whenever the page is saved and never edited. `text` is the plain text (search, readability).
    """

    body = StreamField(BodyBlock(), blank=True, verbose_name="Inhalt")
    rendered = models.JSONField(default=dict, blank=True, editable=False)

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        from knowledge.rendering import render_page
        from knowledge.services import record_references

        if kwargs.get("update_fields") is not None:
            super().save(*args, **kwargs)
            return
        self.rendered = render_page(self).as_json()
        with transaction.atomic():
            super().save(*args, **kwargs)
            record_references(page=self)

    def current_rendered(self) -> dict[str, Any]:
        """Return what was rendered at the last save, or a fresh rendering where the body differs (draft)."""
        from knowledge.rendering import render_page, source_hash

        if self.rendered.get("source") == source_hash(self):
            return self.rendered
        return render_page(self).as_json()
