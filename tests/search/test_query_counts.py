"""A frame is kept in memory only while nothing is uncommitted, hence the database with real commits."""

import pytest
from django.test import Client

from search.rebuild import rebuild
from tests.querycounts import cold, count
from tests.search.conftest import make_library


@pytest.mark.usefixtures("real_db")
def test_number_of_queries_is_constant(client: Client) -> None:
    library = make_library()
    rebuild()
    address = "/suche/?q=register+anschluss"
    cold_few = cold(address)
    few = count(address)
    for number in range(25):
        library.add_article(f"Register Nummer {number}", "Anschluss der Register an NOOTS.")
    rebuild()
    assert cold(address) == cold_few <= 10
    assert count(address) == few <= 6
    assert "Weiter" in client.get(address).content.decode()
