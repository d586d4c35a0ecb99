"""The public interface: what it answers is what its description says, and what everybody may read."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from portal.core.visibility import Visibility
from search.finding import find
from search.rebuild import rebuild
from tests.search.conftest import Library

pytestmark = pytest.mark.django_db

SEARCH, SUGGEST, DOCUMENT = "/api/v1/search", "/api/v1/suggest", "/api/v1/openapi.json"
PROBLEM = "application/problem+json"
NAMES = {"string": str, "integer": int, "boolean": bool, "array": list, "object": dict, "null": type(None)}


@pytest.fixture(autouse=True)
def _fresh() -> None:
    cache.clear()


@pytest.fixture
def described(client: Client, library: Library) -> dict[str, Any]:
    answer: dict[str, Any] = client.get(DOCUMENT).json()
    return answer


def faults(value: Any, schema: dict[str, Any], root: dict[str, Any], place: str = "$") -> list[str]:
    """Return where a value is not what a schema says; knows as much of JSON Schema as the description uses."""
    if "$ref" in schema:
        return faults(value, root["components"]["schemas"][schema["$ref"].rpartition("/")[2]], root, place)
    types = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    if not any(type(value) is NAMES[name] for name in types):
        return [f"{place}: {value!r} is no {types}"]
    found = []
    if isinstance(value, dict):
        found += [f"{place}: {name} missing" for name in schema["required"] if name not in value]
        found += [f"{place}: {name} unknown" for name in value if name not in schema["properties"]]
        for name, item in value.items():
            found += faults(item, schema["properties"].get(name, {"type": [*NAMES]}), root, f"{place}.{name}")
    if isinstance(value, list):
        found += [f"{place}: too many"] if len(value) > schema.get("maxItems", 10**6) else []
        for number, item in enumerate(value):
            found += faults(item, schema["items"], root, f"{place}[{number}]")
    if isinstance(value, int) and value < schema.get("minimum", value):
        found.append(f"{place}: {value} too small")
    if schema.get("format") == "uri" and value is not None and not str(value).startswith("http"):
        found.append(f"{place}: {value} is no address")
    return found


def agreed(response: Any, root: dict[str, Any], path: str) -> Any:
    """Return an answer that is as described, status and type included."""
    said = root["paths"][path]["get"]["responses"][str(response.status_code)]["content"]
    ((media_type, content),) = said.items()
    assert response.headers["Content-Type"].split(";")[0] == media_type
    body = json.loads(response.content)
    assert faults(body, content["schema"], root) == []
    return body


@pytest.mark.usefixtures("indexed")
@pytest.mark.parametrize(
    "asked",
    [
        {"q": "register"},
        {"q": "efa", "art": ["question", "article"], "sortierung": "datum"},
        {"q": "§ 9 OZG", "recht": "ozg", "seite": "1"},
        {"q": "noots", "fuer": "it", "geprueft": "12"},
        {"q": "quastenflosser"},
        {"q": "efa", "thema": "efa-kommunal"},
        {"q": '"Register vorbereiten"'},
        {"q": "x\x00<script>"},
    ],
)
def test_answers_are_as_described(client: Client, described: dict[str, Any], asked: dict[str, Any]) -> None:
    body = agreed(client.get(SEARCH, asked), described, "/search")
    assert body["pages"] == -(-body["total"] // 10)


@pytest.mark.usefixtures("indexed")
@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("", "wonach gesucht wird"),
        ("q=", "wonach gesucht wird"),
        ("q=" + "x" * 301, "zu lang"),
        ("q=efa&art=unfug", "Möglich sind: article"),
        ("q=efa&thema=gibt-es-nicht", "thema"),
        ("q=efa&thema=999999", "Unbekannter Wert für „thema“: 999999"),
        ("q=efa&fuer=niemand", "fuer"),
        ("q=efa&recht=nie", "recht"),
        ("q=efa&geprueft=7", "Möglich sind: 3, 6, 12"),
        ("q=efa&sortierung=preis", "Möglich sind: relevanz, datum"),
        ("q=efa&seite=-1", "von 1 bis 50"),
        ("q=efa&seite=51", "von 1 bis 50"),
        ("q=efa&seite=²", "von 1 bis 50"),
        ("q=efa&Art=article", "Diese Parameter gibt es nicht: Art"),
        ("q=efa&" + "&".join(f"x{number}=1" for number in range(200)), "Diese Parameter gibt es nicht"),
        ("q=efa&" + "&".join(["art=article"] * 21), "höchstens 20"),
    ],
)
def test_what_is_wrong_is_said(client: Client, described: dict[str, Any], asked: str, said: str) -> None:
    response = client.get(f"{SEARCH}?{asked}")
    assert response.status_code == 400
    body = agreed(response, described, "/search")
    assert said in body["detail"]
    assert body["status"] == 400


def test_it_finds_what_the_page_finds_for_everybody(client: Client, indexed: Library) -> None:
    for number in range(14):
        indexed.add_article(f"Hopfen {number}", "Anbau.", audience=["it"])
    indexed.add_article("Hopfen geheim", "Anbau.", visibility=Visibility.CENTRE)
    rebuild()
    first = client.get(SEARCH, {"q": "hopfen", "fuer": "it"}).json()
    page = find("hopfen", level=Visibility.PUBLIC)
    assert first["total"] == page.total == 14
    assert [item["id"] for item in first["results"]] == [item.key for item in page.results]
    assert first["links"]["previous"] is None
    second = client.get(first["links"]["next"].removeprefix("http://testserver")).json()
    assert second["page"] == 2
    assert second["links"]["next"] is None
    assert len({item["id"] for item in first["results"] + second["results"]}) == 14
    facets = {facet["parameter"]: facet["values"] for facet in first["facets"]}
    assert facets["fuer"] == [{"value": "it", "label": "IT", "count": 14, "active": True}]
    assert client.get(first["links"]["page"].removeprefix("http://testserver")).status_code == 200


def test_staff_get_no_more_than_everybody(client: Client, indexed: Library, admin_client: Client) -> None:
    indexed.article.visibility = Visibility.CENTRE
    indexed.article.save()
    rebuild()
    for asker in (client, admin_client):
        body = asker.get(SEARCH, {"q": "noots"}).json()
        assert "NOOTS-Anschluss vorbereiten" not in [item["title"] for item in body["results"]]
        assert asker.get(SUGGEST, {"q": "noots an"}).json() == {"suggestions": []}


def test_withdrawn_is_gone_at_once(client: Client, indexed: Library) -> None:
    indexed.article.unpublish()
    titles = [item["title"] for item in client.get(SEARCH, {"q": "noots"}).json()["results"]]
    assert "NOOTS-Anschluss vorbereiten" not in titles


@pytest.mark.usefixtures("indexed")
def test_suggestions_are_as_described(client: Client, described: dict[str, Any]) -> None:
    body = agreed(client.get(SUGGEST, {"q": "ef"}), described, "/suggest")
    assert {"label": "EfA (Einer für Alle)", "url": "http://testserver/glossar/efa/", "group": "Begriffe"} in body[
        "suggestions"
    ]
    assert agreed(client.get(SUGGEST, {"q": "e"}), described, "/suggest") == {"suggestions": []}
    assert "Parameter" in agreed(client.get(SUGGEST, {"q": "ef", "art": "x"}), described, "/suggest")["detail"]


@pytest.mark.usefixtures("indexed")
@pytest.mark.parametrize("address", [f"{SEARCH}?q=efa", f"{SEARCH}?q=", f"{SUGGEST}?q=efa", DOCUMENT, "/api/v2/x"])
def test_no_cookies_and_every_site_may_read(client: Client, address: str) -> None:
    response = client.get(address, headers={"Origin": "https://andere.example"})
    assert not response.cookies
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    assert "Access-Control-Allow-Credentials" not in response.headers
    assert response.headers["X-Robots-Tag"] == "noindex"
    asked = client.options(address, headers={"Origin": "https://andere.example"})
    assert asked.status_code == 204
    assert "POST" not in asked.headers["Access-Control-Allow-Methods"]


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_it_is_only_read(library: Library, described: dict[str, Any], method: str) -> None:
    strict = Client(enforce_csrf_checks=True)
    response = getattr(strict, method)(SEARCH)
    assert response.status_code == 405
    assert response.headers["Allow"] == "GET, HEAD, OPTIONS"
    agreed(response, described, "/search")


def test_what_does_not_exist_says_where_the_description_is(client: Client, library: Library) -> None:
    for address in ("/api/", "/api/v1/", "/api/v1/suche", "/api/v1/search/"):
        response = client.get(address)
        assert response.status_code == 404
        assert response.headers["Content-Type"] == PROBLEM
        assert "openapi.json" in response.json()["detail"]


@pytest.mark.usefixtures("indexed")
def test_too_many_requests_are_refused_for_the_hour(
    client: Client, described: dict[str, Any], settings: Any
) -> None:
    settings.API_REQUESTS_PER_HOUR = 3
    answers = [client.get(SEARCH, {"q": "efa"}).status_code for _ in range(5)]
    assert answers == [200, 200, 200, 429, 429]
    refused = client.get(SUGGEST, {"q": "efa"})
    assert agreed(refused, described, "/suggest")["status"] == 429
    assert 0 < int(refused.headers["Retry-After"]) <= 3600
    assert client.get(DOCUMENT).status_code == 200
    assert client.get("/suche/", {"q": "efa"}).status_code == 200
    assert client.get(SEARCH, {"q": "efa"}, REMOTE_ADDR="192.0.2.7").status_code == 200


def test_description_is_sound(described: dict[str, Any]) -> None:
    assert described["openapi"].startswith("3.1")
    refs = {part.partition('"')[0] for part in json.dumps(described).split("#/components/schemas/")[1:]}
    assert refs == set(described["components"]["schemas"])
    for path in described["paths"].values():
        names = [item["name"] for item in path["get"]["parameters"]]
        assert len(names) == len(set(names))
        assert all(item["in"] == "query" and item["description"] for item in path["get"]["parameters"])
