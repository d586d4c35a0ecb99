from django.db import models


class ImportRecord(models.Model):
    """What was last imported for a page or snippet, so that an edit made since then is noticed.

    `path` is the slug path of the file without suffix; `source_hash` is the SHA-256 of the canonical Markdown
    as it was imported. When the object's export differs from it, somebody has edited the object.
    """

    path = models.CharField("Pfad", max_length=400, unique=True)
    source_hash = models.CharField(max_length=64)
    imported_at = models.DateTimeField("Eingelesen", auto_now=True)

    class Meta:
        verbose_name = "Import"
        verbose_name_plural = "Importe"

    def __str__(self) -> str:
        return self.path
