"""A page cannot be moved under itself: said before anybody confirms, and nothing moves."""

from __future__ import annotations

import pytest
from wagtail.models import Page

from tests.factories import content
from tests.people import PortalClient, make_user

REFUSED = "Eine Seite kann nicht unter sich selbst oder eine ihrer Unterseiten verschoben werden."


@pytest.fixture
def editor() -> PortalClient:
    client = PortalClient()
    client.force_login(make_user("leitung@kkv.example", is_superuser=True, factor=True))
    return client


@pytest.mark.django_db
@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("below", ["itself", "child", "grandchild"])
def test_topic_is_not_moved_under_itself(editor: PortalClient, method: str, below: str) -> None:
    topic = content.topic("Größe")
    child = content.topic("Maß", parent=topic)
    grandchild = content.topic("Übermaß", parent=child)
    target = {"itself": topic, "child": child, "grandchild": grandchild}[below]
    before = list(Page.objects.order_by("path").values_list("pk", "path", "url_path"))
    answer = getattr(editor, method)(f"/cms/pages/{topic.pk}/move/{target.pk}/confirm/", follow=True)
    assert answer.redirect_chain == [(f"/cms/pages/{topic.get_parent().pk}/", 302)]
    assert REFUSED in answer.content.decode()
    assert list(Page.objects.order_by("path").values_list("pk", "path", "url_path")) == before


@pytest.mark.django_db
def test_topic_is_moved_elsewhere(editor: PortalClient) -> None:
    topic, target = content.topic("Größe"), content.topic("Maß")
    address = f"/cms/pages/{topic.pk}/move/{target.pk}/confirm/"
    assert editor.get(address).status_code == 200
    editor.post(address)
    assert Page.objects.get(pk=topic.pk).get_parent().pk == target.pk
