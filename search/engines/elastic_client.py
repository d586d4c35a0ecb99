"""Connections to the cluster of the settings: one client for each process, its limits as long as people wait."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.conf import settings
from elasticsearch import Elasticsearch

# A person waits this long at most, the follower and a rebuild longer.
PERSON_SECONDS = 1.5
BULK_SECONDS = 30.0


@dataclass(frozen=True)
class Address:
    """Where a cluster is and how to get in."""

    hosts: tuple[str, ...]
    prefix: str
    api_key: str = ""
    user: str = ""
    password: str = ""
    ca_file: str = ""

    def client(self, seconds: float) -> Elasticsearch:
        """Return a client; a node that refuses leads to the next one, a slow one to no second try."""
        return _client(self, os.getpid()).options(request_timeout=seconds)


@lru_cache(maxsize=4)
def _client(address: Address, pid: int) -> Elasticsearch:
    options: dict[str, Any] = {}
    if address.api_key:
        options["api_key"] = address.api_key
    elif address.user:
        options["basic_auth"] = (address.user, address.password)
    if address.ca_file:
        options["ca_certs"] = address.ca_file
    return Elasticsearch(
        list(address.hosts),
        max_retries=len(address.hosts) - 1,
        retry_on_timeout=False,
        http_compress=False,
        **options,
    )


def cluster_address() -> Address | None:
    """Return the cluster of the installation; None where there is none."""
    if not settings.ELASTICSEARCH_URL:
        return None
    return Address(
        tuple(settings.ELASTICSEARCH_URL),
        settings.ELASTICSEARCH_PREFIX,
        settings.ELASTICSEARCH_API_KEY,
        settings.ELASTICSEARCH_USER,
        settings.ELASTICSEARCH_PASSWORD,
        settings.ELASTICSEARCH_CA_FILE,
    )
