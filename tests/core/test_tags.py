import pytest

from portal.core.models import Tag
from portal.home.models import HomePage

pytestmark = pytest.mark.django_db


def test_start_page_exists_after_migration() -> None:
    assert HomePage.objects.get().url_path == "/start/"


def test_tag_slug_is_german() -> None:
    assert Tag.objects.create(name="Bürgerbüro").slug == "buergerbuero"


def test_real_database(real_db: None) -> None:
    HomePage.objects.all().update(title="x")
