import pytest
from django.test import Client
from django.test.client import RequestFactory

from portal.core.models import Tag
from portal.core.transactions import needs_transaction
from tests.core import urls

pytestmark = pytest.mark.urls("tests.core.urls")


def test_a_writing_view_of_ours_is_one_transaction(real_db: None, client: Client) -> None:
    assert client.post("/probe/write/").content == b"True"
    assert Tag.objects.filter(name="Förderung").exists()


def test_reading_opens_no_transaction(real_db: None, client: Client) -> None:
    assert client.get("/probe/write/").content == b"False"


@pytest.mark.parametrize(
    ("outcome", "kept"), [("200", True), ("302", True), ("400", True), ("500", False), ("503", False)]
)
def test_a_server_error_rolls_back(real_db: None, client: Client, outcome: str, kept: bool) -> None:
    client.post(f"/probe/write/?outcome={outcome}", {"name": "Vergabe"})
    assert Tag.objects.filter(name="Vergabe").exists() is kept


def test_an_exception_rolls_back(real_db: None) -> None:
    client = Client(raise_request_exception=False)
    assert client.post("/probe/write/?outcome=raise", {"name": "Vergabe"}).status_code == 500
    assert not Tag.objects.filter(name="Vergabe").exists()


def test_what_is_wrapped_and_what_is_not() -> None:
    from allauth.account.views import login
    from django.db.transaction import non_atomic_requests
    from wagtail.admin.views.home import HomeView

    post = RequestFactory().post
    assert needs_transaction(post("/cms/pages/1/edit/"), HomeView.as_view())
    assert not needs_transaction(RequestFactory().get("/cms/"), HomeView.as_view())
    assert not needs_transaction(post("/konto/login/"), login)
    assert needs_transaction(post("/probe/write/"), urls.write)
    assert not needs_transaction(post("/probe/write/"), non_atomic_requests(urls.write))
    del urls.write._non_atomic_requests  # type: ignore[attr-defined]  # the decorator marks the function itself
