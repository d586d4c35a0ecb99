"""The frame around the admin's screens names the portal, not the software it is made of."""

from __future__ import annotations

import pytest
from django.conf import settings

from tests.people import PortalClient, make_user


@pytest.mark.django_db
def test_frame_of_the_admin_is_the_portals() -> None:
    client = PortalClient()
    client.force_login(make_user("leitung@kkv.example", is_superuser=True, factor=True))
    html = client.get("/cms/").content.decode()
    title = html.partition("<title>")[2].partition("</title>")[0]
    assert title.strip().endswith(f"- {settings.SITE_NAME}")
    assert "/icons/favicon" in html
    assert "guide.wagtail.org" not in html
    assert "editor-guide" not in html
    assert "/js/admin" in html
