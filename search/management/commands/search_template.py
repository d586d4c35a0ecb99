"""`manage.py search_template`: the index template as JSON, for an operator who installs it in the cluster."""

from __future__ import annotations

import json
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from search.engines.elastic_mapping import index_template


class Command(BaseCommand):
    help = "Gibt die Indexvorlage für Elasticsearch aus (für PUT _index_template/<PREFIX>-search)."

    def handle(self, *args: Any, **options: Any) -> None:
        template = index_template(
            settings.ELASTICSEARCH_PREFIX,
            shards=settings.ELASTICSEARCH_SHARDS,
            replicas=settings.ELASTICSEARCH_REPLICAS,
        )
        self.stdout.write(json.dumps(template.to_dict(), ensure_ascii=False, indent=1))
