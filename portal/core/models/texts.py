"""Texts people see, free of characters that would break a feed."""

from __future__ import annotations

from typing import Any

from django.db import models

from portal.core.text import printable


class PrintableTexts(models.Model):
    """Base of models whose texts get blanks for forbidden characters where they are checked, by form or code."""

    class Meta:
        abstract = True

    def clean_fields(self, exclude: Any = None) -> None:
        for field in self._meta.concrete_fields:
            value = getattr(self, field.attname)
            if isinstance(field, models.CharField | models.TextField) and isinstance(value, str):
                setattr(self, field.attname, printable(value))
        super().clean_fields(exclude=exclude)
