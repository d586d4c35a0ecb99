"""`manage.py release_subscriptions`: subscriptions that rest since a restore are told again (docs/backup.md)."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from portal.core.subscriptions import holding


class Command(BaseCommand):
    help = "Lässt Abos, die seit dem Einspielen einer Sicherung ruhen, wieder versenden."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--without", type=int, nargs="*", default=[], metavar="NUMMER",
            help="wer sich seit der Sicherung abgemeldet hat (subscriber im Protokoll); wird gelöscht",
        )  # fmt: skip
        parser.add_argument(
            "--without-single", type=int, nargs="*", default=[], metavar="NUMMER",
            help="einzeln beendete Abos (subscription im Protokoll); werden gelöscht",
        )  # fmt: skip

    def handle(self, *args: Any, without: list[int], without_single: list[int], **options: Any) -> None:
        number, deleted = holding.release(without=without, without_single=without_single)
        self.stdout.write(f"{number} Abos versenden wieder, was sich ab jetzt ändert; {deleted} gelöscht.")
