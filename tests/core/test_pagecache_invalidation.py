"""Real commits and real processes: what one changes, the other sees."""

import pytest
from django.test import Client

from portal.home.models import HomePage
from tests import processes

pytestmark = pytest.mark.urls("tests.core.urls")


def test_content_changes_are_seen_after_commit(real_db: None, client: Client) -> None:
    client.get("/probe/")
    home = HomePage.objects.get()
    home.title = "Grüße aus dem Rathaus"
    home.save()
    response = client.get("/probe/")
    assert response["X-Cache"] == "miss"
    assert "Grüße aus dem Rathaus" in response.content.decode()


CHILD = """
import sys
from django.test import Client
from portal.home.models import HomePage
for line in sys.stdin:
    word, _, rest = line.strip().partition(" ")
    if word == "publish":
        page = HomePage.objects.get()
        page.title = rest
        page.save_revision().publish()
        print("published", flush=True)
    else:
        response = Client().get("/probe/")
        print(response["X-Cache"], response.content.decode().split("</h1>")[0].removeprefix("<h1>"), flush=True)
"""


@pytest.mark.slow
def test_a_change_in_one_process_is_seen_by_the_other(real_db: None) -> None:
    first = processes.start(CHILD, CHILD_URLCONF="tests.core.urls")
    second = processes.start(CHILD, CHILD_URLCONF="tests.core.urls")
    try:
        old = processes.ask(first, "get").removeprefix("miss ")
        assert processes.ask(second, "get") == f"hit {old}"
        assert processes.ask(second, "publish Neu für Bürgermeister") == "published"
        assert processes.ask(first, "get") == "miss Neu für Bürgermeister"
        assert processes.ask(second, "get") == "hit Neu für Bürgermeister"
    finally:
        first.kill()
        second.kill()
