import json
import logging
import sys

import pytest
from django.test import Client, RequestFactory

from portal.core.requestlog import JsonFormatter, RequestIdFilter, request_id

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.core.urls")]


def _line(record: logging.LogRecord) -> dict[str, object]:
    RequestIdFilter().filter(record)
    return json.loads(JsonFormatter().format(record))


NGINX = "0f1e2d3c4b5a69788796a5b4c3d2e1f0"


@pytest.mark.parametrize("given", [NGINX, NGINX.upper(), "0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0"])
def test_a_sane_request_id_is_kept_and_returned(client: Client, given: str) -> None:
    assert client.get("/probe/", headers={"X-Request-ID": given})["X-Request-ID"] == given


@pytest.mark.parametrize(
    "given", ["", "short", "a" * 33, "böse-nummer-1", "zeile1234\nzeile", "06151-12345678", "1970-01-01"]
)
def test_another_request_id_is_replaced(client: Client, given: str) -> None:
    answered = client.get("/probe/", headers={"X-Request-ID": given})["X-Request-ID"]
    assert answered != given
    assert len(answered) == 32


def test_access_line_names_the_route_not_the_path(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, logger="portal.access"):
        client.get("/probe/?q=Erika+Mustermann")
    record = next(item for item in caplog.records if item.name == "portal.access")
    line = _line(record)
    assert (line["event"], line["route"], line["status"], line["method"]) == ("http.access", "probe", 200, "GET")
    assert isinstance(line["ms"], float)
    assert line["bytes"]
    assert "Erika" not in json.dumps(line)


def test_errors_are_logged_without_personal_data() -> None:
    token = request_id.set("anfrage-0001")
    try:
        int("key (email)=(erika@example.org) ?name=Erika DETAIL: Erika")
    except ValueError:
        record = logging.LogRecord("x", logging.ERROR, __file__, 1, "mail.broken", (), sys.exc_info())
    line = _line(record)
    request_id.reset(token)
    text = json.dumps(line)
    assert line["error"] == "ValueError"
    assert line["request_id"] == "anfrage-0001"
    assert "erika" not in text.lower()
    assert line["trace"]


def test_foreign_request_messages_lose_their_path() -> None:
    record = logging.LogRecord("django.request", logging.WARNING, "", 1, "%s: %s", ("Not Found", "/Erika/"), None)
    record.status_code = 404
    record.request = RequestFactory().get("/Erika/")
    line = _line(record)
    assert line["event"] == "http.404"
    assert "Erika" not in json.dumps(line)


def test_refused_requests_keep_their_id_and_no_address(caplog: pytest.LogCaptureFixture) -> None:
    """Django logs them after the middleware or from within; the address may hold the token of a reset."""
    strict = Client(enforce_csrf_checks=True)
    with caplog.at_level(logging.WARNING):
        strict.get("/probe/geheimes-kennwort/", headers={"X-Request-ID": NGINX})
        strict.post("/probe/", headers={"X-Request-ID": NGINX})
    names = {"django.request", "django.security.csrf"}
    records = [item for item in caplog.records if item.name in names]
    assert {item.name for item in records} == names
    for record in records:
        line = _line(record)
        assert line["request_id"] == NGINX
        assert "/probe/" not in json.dumps(line)
