"""The indexes of an installation in a cluster: names, aliases, which one answers.

PREFIX-<version>-<time>-<random>   a physical index
PREFIX-read                        the one that answers
PREFIX-write                       those that follow the change log: the one that answers, the one before
                                   it (for going back), and one being built
"""

from __future__ import annotations

import logging
import re
import secrets
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from elasticsearch import AuthorizationException, BadRequestError, Elasticsearch

from search.engines.base import EngineError
from search.engines.elastic import elastic_boundary
from search.engines.elastic_client import BULK_SECONDS, Address, cluster_address
from search.engines.elastic_mapping import PASSAGES, elastic_version, index_definition, index_template

# Version (`elastic_version`), time and random part of a name: nothing that another prefix could go on with.
NAME = r"\d+(?:v[0-9a-f]{8})?-\d+-[0-9a-f]{8}-\d{8}t\d{12}-[0-9a-f]{6}"

logger = logging.getLogger("search")


class Cluster:
    """What the cluster holds for one installation."""

    def __init__(self, address: Address, *, seconds: float) -> None:
        self.address, self.client = address, address.client(seconds)
        self.read, self.write = f"{address.prefix}-read", f"{address.prefix}-write"

    def within(self, seconds: float) -> Elasticsearch:
        return self.address.client(seconds)

    # -- names --------------------------------------------------------------------------------------

    def behind(self, alias: str) -> list[str]:
        """Return the physical indexes behind an alias, newest first; none if there is no such alias."""
        with elastic_boundary("alias"):
            found = self.client.options(ignore_status=404).indices.get_alias(name=alias).body
            if "error" in found:
                return []
            return sorted(found, key=_made, reverse=True)

    def indexes(self) -> list[str]:
        """Return all physical indexes of this installation, newest first; not those of a longer prefix."""
        own = re.compile(f"{re.escape(self.address.prefix)}-{NAME}")
        with elastic_boundary("list"):
            found = self.client.indices.get(
                index=f"{self.address.prefix}-*", features="aliases", expand_wildcards=["open", "closed"]
            ).body
        return sorted(filter(own.fullmatch, found), key=_made, reverse=True)

    def is_readable(self, index: str) -> bool:
        """Whether all shards of an index answer; `EngineError` where the cluster does not say so, as when slow."""
        try:
            with elastic_boundary("readable"):
                self.client.search(index=index, size=0, track_total_hits=False, allow_partial_search_results=False)
        except EngineError as error:
            if error.is_missing or error.is_refused:
                return False
            raise
        return True

    def current(self) -> str:
        """Return the index that answers; `EngineError` if there is none of the present version."""
        found = self.behind(self.read)
        if not found:
            raise EngineError("no index")
        if not self.is_current(found[0]):
            raise EngineError("index of another version")
        return found[0]

    def is_current(self, index: str) -> bool:
        """Whether an index is of the present version."""
        return index.startswith(f"{self.address.prefix}-{elastic_version()}-")

    # -- making and swapping -------------------------------------------------------------------------

    def make(self, *, vectors: bool | None = None) -> str:
        """Make an empty index and return its name; it is behind no alias. `vectors`: as the settings say."""
        stamp = datetime.now(UTC).strftime("%Y%m%dt%H%M%S%f")
        name = f"{self.address.prefix}-{elastic_version()}-{stamp}-{secrets.token_hex(3)}"
        sizes = {"shards": settings.ELASTICSEARCH_SHARDS, "replicas": settings.ELASTICSEARCH_REPLICAS}
        with elastic_boundary("create"):
            if settings.ELASTICSEARCH_OWN_TEMPLATE:
                self._install_template(sizes)
                body: dict[str, Any] = index_definition(name, **sizes, vectors=vectors).to_dict()
            else:
                body = {}
            self.client.indices.create(index=name, **body)
            self._prove_mapping(name, vectors)
        return name

    def _install_template(self, sizes: dict[str, int]) -> None:
        """Keep the template current, where the key may; the index is made with all of it anyway."""
        template = index_template(self.address.prefix, **sizes)
        try:
            self.client.indices.put_index_template(name=f"{self.address.prefix}-search", **template.to_dict())
        except AuthorizationException:
            return
        except BadRequestError as error:  # somebody else's template of the same priority fits our names, too
            logger.warning("search.elastic_template_refused", extra={"reason": error.error})

    def _prove_mapping(self, name: str, vectors: bool | None) -> None:
        """Refuse an index whose template is that of another version; room for vectors that stays empty may be."""
        definition = index_definition(name, shards=1, replicas=0, vectors=vectors)
        wanted = definition.to_dict()["mappings"]["properties"]
        there = dict(self.client.indices.get_mapping(index=name)[name]["mappings"].get("properties", {}))
        if PASSAGES not in wanted:
            there.pop(PASSAGES, None)
        if _types(there) != _types(wanted):
            self.client.indices.delete(index=name)
            raise EngineError("Die Indexvorlage des Clusters ist nicht die dieser Version.")

    def follow(self, index: str) -> None:
        """Let an index follow the change log."""
        with elastic_boundary("alias"):
            self.client.indices.put_alias(index=index, name=self.write)

    def swap(self, index: str) -> str:
        """Let an index answer, at one moment, and return the one before ("" if there was none)."""
        before = self.behind(self.read)
        actions = [{"remove": {"index": old, "alias": self.read}} for old in before if old != index]
        with elastic_boundary("swap"):
            self.client.indices.update_aliases(actions=[*actions, {"add": {"index": index, "alias": self.read}}])
        return before[0] if before else ""

    def remove(self, index: str) -> None:
        with elastic_boundary("remove"):
            self.client.options(ignore_status=404).indices.delete(index=index)

    def remove_all_but(self, *keep: str) -> None:
        """Delete indexes of this installation but for the named ones and the one that answers."""
        kept = {*keep, *self.behind(self.read)}
        for name in self.indexes():
            if name not in kept:
                self.remove(name)


def cluster_in_use() -> Cluster:
    """Return the cluster of the settings, for work that nobody waits for."""
    address = cluster_address()
    if address is None:
        raise EngineError("ELASTICSEARCH_URL ist nicht gesetzt.")
    return Cluster(address, seconds=BULK_SECONDS)


def _types(properties: dict[str, Any]) -> dict[str, tuple[str, str]]:
    return {name: (field.get("type", "object"), field.get("analyzer", "")) for name, field in properties.items()}


def _made(index: str) -> str:
    """Return the part of a name by which indexes sort in time."""
    return "-".join(index.rsplit("-", 2)[1:])
