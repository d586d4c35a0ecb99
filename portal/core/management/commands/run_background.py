"""Everything that happens beside the web: tasks, outbox, scheduler, search index."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from portal.core.background import AlreadyRunningError, Supervisor, groups, hold_lock


class Command(BaseCommand):
    help = "Run task workers, outbox, scheduler and index follower; restarts what dies. Ends on SIGTERM."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--group", action="append", default=[], choices=sorted(groups()), help="Run only this group."
        )

    def handle(self, *args: Any, group: list[str], **options: Any) -> None:
        for name in group or groups():
            try:
                hold_lock(settings.VAR_DIR, name)
            except AlreadyRunningError as error:
                raise CommandError(
                    f"Der Hintergrundprozess „{name}“ läuft hier schon (Sperre in {settings.VAR_DIR})."
                ) from error
        Supervisor(only=group).run()
