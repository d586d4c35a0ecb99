"""Serve the portal on one machine: web server and background process together, until one of them ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from types import FrameType
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connections

from portal.home import ports


class Command(BaseCommand):
    help = "Serve the portal with its background process (gunicorn and run_background)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=8000)
        parser.add_argument("--workers", type=int, default=2)
        parser.add_argument("--prepare", action="store_true", help="Bring the installation up to date first.")

    def handle(self, *args: Any, host: str, port: int, workers: int, prepare: bool, **options: Any) -> None:
        self.refuse_taken_port(host, port)
        if prepare:
            # Here and not by a command before: loading all of Django costs seconds each time.
            call_command("prepare", stdout=self.stdout)
            connections.close_all()
        base_url = f"http://{host}:{port}"
        environment = {**os.environ, "BASE_URL": os.environ.get("BASE_URL", base_url)}
        gunicorn = [
            sys.executable, "-m", "gunicorn", "portal.wsgi:application", "--bind", f"{host}:{port}",
            "--workers", str(workers), "--threads", "4", "--timeout", "60", "--no-control-socket",
            "--preload", "--log-level", "warning", "--limit-request-line", "0",
        ]  # fmt: skip
        commands = {"web": gunicorn, "background": [sys.executable, "manage.py", "run_background"]}
        children = {
            # A session of their own: a closed terminal means "reload" to gunicorn, and it would live on alone.
            name: subprocess.Popen(command, env=environment, cwd=settings.BASE_DIR, start_new_session=True)
            for name, command in commands.items()
        }
        for ending in (signal.SIGTERM, signal.SIGHUP):
            signal.signal(ending, self.interrupt)
        try:
            self.wait_until_served(host, port, children)
            self.say_hello(base_url)
            while all(child.poll() is None for child in children.values()):
                time.sleep(0.5)
        except KeyboardInterrupt:
            self.stdout.write("\nBeende …")
        finally:
            self.stop(list(children.values()))
        failed = [name for name, child in children.items() if child.returncode not in (0, -signal.SIGTERM)]
        if failed:
            raise CommandError(f"Unerwartet beendet: {', '.join(failed)}.")

    @staticmethod
    def wait_until_served(host: str, port: int, children: dict[str, subprocess.Popen[bytes]]) -> None:
        """Return when the web server listens, or one of the two has ended."""
        while all(child.poll() is None for child in children.values()) and not ports.is_served(host, port):
            time.sleep(0.1)

    @staticmethod
    def interrupt(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    @staticmethod
    def stop(children: list[subprocess.Popen[bytes]]) -> None:
        for child in children:
            child.terminate()
        for child in children:
            try:
                child.wait(timeout=15)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()

    @staticmethod
    def refuse_taken_port(host: str, port: int) -> None:
        if problem := ports.problem_of(host, port):
            raise CommandError(problem)

    def say_hello(self, base_url: str) -> None:
        settings.BASE_URL = base_url
        if getattr(settings, "DEMO", False):
            self.stdout.write("")
            call_command("demo_logins", stdout=self.stdout)
        else:
            self.stdout.write(f"\n  {settings.SITE_NAME}   {base_url}/\n  Redaktion   {base_url}/cms/")
        self.stdout.write("\n  Beenden mit Strg+C.\n")
        self.stdout.flush()
