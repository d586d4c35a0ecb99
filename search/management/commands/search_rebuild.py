"""`manage.py search_rebuild`: build indexes anew; the old ones answer until the new ones are proven."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from portal.core.processors import usable_processors
from search.engines.base import EngineError
from search.health import is_whole
from search.index import index_home
from search.rebuild import rebuild, roll_back_here

EMBEDDED, CLUSTER = "embedded", "elasticsearch"


class Command(BaseCommand):
    help = "Baut die Suchindexe neu auf. Bis die neuen geprüft sind, antworten die alten."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--engine", choices=[EMBEDDED, CLUSTER], help="Nur diesen Index.")
        parser.add_argument("--if-missing", action="store_true", help="Nur, wenn es keinen gültigen Index gibt.")
        usable = min(8, usable_processors())
        parser.add_argument("--processes", type=int, default=usable, help="So viele Prozesse lesen die Texte.")
        parser.add_argument("--rollback", action="store_true", help="Wieder den Index von vorher verwenden.")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["engine"] == CLUSTER and not settings.ELASTICSEARCH_URL:
            raise CommandError("ELASTICSEARCH_URL ist nicht gesetzt.")
        wanted = (
            [options["engine"]]
            if options["engine"]
            else [EMBEDDED, *([CLUSTER] if settings.ELASTICSEARCH_URL else [])]
        )
        failed = []
        for engine in wanted:
            try:
                self._embedded(options) if engine == EMBEDDED else self._cluster(options)
            except EngineError as error:
                # One index must not wait for the other; the exit code says that one is missing.
                failed.append(f"{engine}: {error}")
        if failed:
            raise CommandError("\n".join(failed))

    def _embedded(self, options: dict[str, Any]) -> None:
        if options["rollback"]:
            self.stdout.write(f"In Betrieb ist wieder {roll_back_here().name}.")
        elif options["if_missing"] and (folder := index_home().current()) and is_whole(folder):
            self.stdout.write("Ein gültiger Index ist vorhanden.")
        else:
            rebuild(progress=self.stdout.write, processes=options["processes"])

    def _cluster(self, options: dict[str, Any]) -> None:
        # Only here: the client and its query language take their time to load.
        from search.cluster_rebuild import rebuild_cluster, roll_back
        from search.engines.cluster import cluster_in_use

        cluster = cluster_in_use()
        if options["rollback"]:
            self.stdout.write(f"In Betrieb ist wieder {roll_back(cluster)}.")
        elif options["if_missing"] and any(map(cluster.is_current, cluster.behind(cluster.read))):
            self.stdout.write("Ein gültiger Index im Cluster ist vorhanden.")
        else:
            rebuild_cluster(cluster, progress=self.stdout.write, processes=options["processes"])
