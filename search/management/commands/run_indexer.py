"""`manage.py run_indexer`: follow the change log alone (run_background does the same among its loops)."""

from __future__ import annotations

import signal
import threading
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from search.follower import Follower, loop


class Command(BaseCommand):
    help = "Hält den Suchindex dieses Knotens aktuell, bis der Prozess beendet wird."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--once", action="store_true", help="Alles Anstehende einarbeiten und enden.")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["once"]:
            follower = Follower()
            while follower.step():
                pass
            follower.close()
            return
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda received, frame: stop.set())
        loop(stop)
