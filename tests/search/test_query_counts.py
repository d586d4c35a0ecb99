"""A frame is kept in memory only while nothing is uncommitted, hence the database with real commits."""

import pytest
from django.test import Client

from search.rebuild import rebuild
from tests.querycounts import cold, count
from tests.search.conftest import make_library


@pytest.mark.slow
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


@pytest.mark.slow
@pytest.mark.usefixtures("real_db")
def test_filters_order_and_the_interface_cost_no_more() -> None:
    library = make_library()
    for number in range(25):
        library.add_article(f"Register Nummer {number}", "Anschluss.", audience=["it"], legal_basis="§ 9 OZG")
    rebuild()
    plain = count("/suche/?q=register+anschluss")
    narrowed = "fuer=it&recht=ozg&art=article&sortierung=datum"
    assert count(f"/suche/?q=register+anschluss&{narrowed}") <= plain
    assert count(f"/api/v1/search?q=register+anschluss&{narrowed}") <= plain
    assert count("/api/v1/suggest?q=regi") <= 3
    # Each filter that could be dropped is a question to the engine, none to the database.
    count("/suche/?q=xqzzy")
    assert count("/suche/?q=register&fuer=kasse&recht=ozg&art=template") <= count("/suche/?q=xqzzy") + 1
    assert count("/wie-die-suche-sortiert/") <= 3
