"""`manage.py content_check [DIR]`: is the content true to its own rules (docs/content-check.md)."""

from __future__ import annotations

from argparse import ArgumentParser
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from knowledge.content_check import checks, report
from knowledge.content_check.alone import empty_database
from knowledge.content_check.registry import CHECKS
from knowledge.content_check.run import EXCEPTIONS, Result, check_folder, check_portal
from portal.core.content_io import suggestion


class Command(BaseCommand):
    help = "Prüft die Inhalte eines Ordners oder des Portals (docs/content-check.md)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "directory", nargs="?", type=Path, metavar="DIR", help="Ordner; ohne ihn: was veröffentlicht ist"
        )
        parser.add_argument(
            "--portal", action="store_true", help="was im Portal veröffentlicht ist (wie ohne DIR)"
        )
        parser.add_argument(
            "--alone", action="store_true", help="den Ordner für sich prüfen; eine Datenbank braucht es nicht"
        )
        parser.add_argument("--laws", type=Path, metavar="DIR", help="Ordner mit Gesetzestexten (wie import_laws)")
        parser.add_argument("--rules", type=Path, metavar="DIR", help="Ordner mit Ausnahmen und offenen Punkten")
        parser.add_argument("--only", action="append", default=[], metavar="PRÜFUNG", help="nur diese Prüfung")
        parser.add_argument("--strict", action="store_true", help="auch Warnungen sind ein Fehler")
        parser.add_argument("--format", choices=("text", "json"), default="text", help="Form des Berichts")

    def handle(self, *args: Any, **options: Any) -> None:
        checks.register_all()
        self._refuse_wrong_options(options)
        with empty_database() if options["alone"] else nullcontext():
            result = self._result(options)
        lines = [report.as_json(result)] if options["format"] == "json" else report.as_text(result)
        for line in lines:
            self.stdout.write(line)
        if result.errors or (options["strict"] and result.warnings):
            raise SystemExit(1)

    def _result(self, options: dict[str, Any]) -> Result:
        chosen = {"only": options["only"], "rules": options["rules"], "laws": options["laws"]}
        if options["directory"] is None:
            return check_portal(**chosen)
        return check_folder(options["directory"], **chosen)

    @staticmethod
    def _refuse_wrong_options(options: dict[str, Any]) -> None:
        for name in ("directory", "laws", "rules"):
            if options[name] is not None and not options[name].is_dir():
                raise CommandError(f"Den Ordner „{options[name]}“ gibt es nicht.")
        if options["portal"] and options["directory"]:
            raise CommandError("Geben Sie entweder einen Ordner oder --portal an, nicht beides.")
        if options["alone"] and not options["directory"]:
            raise CommandError("--alone prüft einen Ordner. Geben Sie ihn an.")
        known = [*CHECKS, EXCEPTIONS]
        for name in options["only"]:
            if name not in known:
                raise CommandError(f"Die Prüfung „{name}“ gibt es nicht.{suggestion(name, known)}")
