"""A frame is kept in memory only while nothing is uncommitted, hence the database with real commits."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from search.rebuild import rebuild
from tests.search.conftest import make_library


@pytest.mark.usefixtures("real_db")
def test_number_of_queries_is_constant(client: Client) -> None:
    library = make_library()
    rebuild()
    client.get("/suche/", {"q": "noots"})
    with CaptureQueriesContext(connection) as few:
        client.get("/suche/", {"q": "register anschluss"})
    for number in range(25):
        library.add_article(f"Register Nummer {number}", "Anschluss der Register an NOOTS.")
    rebuild()
    client.get("/suche/", {"q": "noots"})
    with CaptureQueriesContext(connection) as many:
        html = client.get("/suche/", {"q": "register anschluss"}).content.decode()
    assert "Weiter" in html
    assert len(many) == len(few)
    assert len(many) <= 6, "\n".join(query["sql"] for query in many)
