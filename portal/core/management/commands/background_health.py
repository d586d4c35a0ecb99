"""Tell a supervisor whether the background process of this host is alive: exit code 0, else 1."""

from __future__ import annotations

import socket
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from portal.core import workers


class Command(BaseCommand):
    help = "Exit with 0 when a background process of this host has shown itself within 90 seconds, else with 1."

    def handle(self, *args: Any, **options: Any) -> None:
        host = socket.gethostname()[:40]
        if not any(row.name.startswith(f"{host}:") for row in workers.alive(timezone.now())):
            raise CommandError("Der Hintergrundprozess dieses Rechners meldet sich nicht.")
