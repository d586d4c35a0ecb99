from django.db import models


class ImportRecord(models.Model):
    """What was last imported for a page or snippet, so that an edit made since then is noticed.

    `path` is the slug path of the file without suffix. Both hashes are SHA-256 of canonical Markdown: of the file
    as it was imported, and of the object as it was then. When the object's export differs, somebody has edited it.
    """

    path = models.CharField("Pfad", max_length=400, unique=True)
    source_hash = models.CharField(max_length=64)
    object_hash = models.CharField(max_length=64, default="")
    imported_at = models.DateTimeField("Eingelesen", auto_now=True)

    class Meta:
        verbose_name = "Import"
        verbose_name_plural = "Importe"

    def __str__(self) -> str:
        return self.path
