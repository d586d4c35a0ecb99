"""Vectors of passages, made once for all nodes, and which of them each entry has."""

from __future__ import annotations

from django.db import models


class PassageVector(models.Model):
    """The vector of a passage by one encoder, kept by the hash of both: no text is computed twice.

    `vector` holds the numbers as little-endian float16.
    """

    hash = models.CharField(max_length=32, primary_key=True)
    vector = models.BinaryField()

    class Meta:
        verbose_name = "Vektor eines Abschnitts"
        verbose_name_plural = "Vektoren von Abschnitten"
        default_permissions = ()

    def __str__(self) -> str:
        return self.hash


class EntryPassages(models.Model):
    """The passages of a findable entry when its vectors were made; `encoder` is `encoders.encoder_mark`."""

    key = models.CharField(max_length=60, unique=True)
    encoder = models.CharField(max_length=8)
    hashes = models.JSONField(default=list)

    class Meta:
        verbose_name = "Abschnitte eines Eintrags"
        verbose_name_plural = "Abschnitte der Einträge"
        default_permissions = ()

    def __str__(self) -> str:
        return self.key


class VectorProgress(models.Model):
    """How far the job has come with one encoder: changes followed, and the pass over everything.

    `followed_at` is UTC. `cursor` is "<source>:<primary key>" of the last entry of a pass that is not at its end,
    `whole_at` the end of the last one.
    """

    encoder = models.CharField(max_length=8, unique=True)
    followed_at = models.DateTimeField()
    cursor = models.CharField(max_length=60, blank=True, default="")
    whole_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = "Stand der Vektoren"
        verbose_name_plural = "Stände der Vektoren"
        default_permissions = ()

    def __str__(self) -> str:
        return self.encoder
