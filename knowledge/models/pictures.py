"""Where pictures stand on published pages, and the text alternative written there."""

from __future__ import annotations

from django.db import models


class PicturePlace(models.Model):
    """One picture on one live page. `alt` is what is written at that place; empty: the picture's own text holds.

    Pictures within Markdown have no row in the library: `image` is empty, `source` is their address.
    """

    page = models.ForeignKey("wagtailcore.Page", on_delete=models.CASCADE, related_name="picture_places")
    image = models.ForeignKey(
        "core.PortalImage", null=True, blank=True, on_delete=models.CASCADE, related_name="picture_places"
    )
    source = models.CharField("Adresse", max_length=500, blank=True)
    spot = models.CharField("Block", max_length=60)
    label = models.CharField("Stelle", max_length=120)
    alt = models.CharField("Alternativtext", max_length=500, blank=True)

    class Meta:
        verbose_name = "Stelle eines Bildes"
        verbose_name_plural = "Stellen von Bildern"
        ordering = ["pk"]
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.page_id} {self.spot}"
