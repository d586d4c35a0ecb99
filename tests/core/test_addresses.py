"""No page is made, moved or imported to an address that a view of the portal answers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from knowledge.content_io.importer import import_directory
from portal.core.addresses import TAKEN, answered_elsewhere, free_slug
from portal.core.review.editing import PageCopyForm
from portal.home.models import StandardPage
from tests.factories import content
from tests.factories.files import folder, write_files
from tests.people import make_user

pytestmark = pytest.mark.django_db
STANDARD = "---\ntype: standard\ntitle: Kontakt\n---\n\nText.\n"


@pytest.mark.parametrize(
    ("address", "taken"),
    [
        ("/kontakt/", True),
        ("/suche/", True),
        ("/cms/", True),
        ("/cms/irgendwas/", True),
        ("/glossar/", True),
        ("/recht/ozg/", True),
        ("/themen/ozg/versionen/", True),
        ("/static/bild/", True),
        ("/", False),
        ("/themen/", False),
        ("/kontakte/", False),
        ("/themen/kontakt/", False),
    ],
)
def test_which_addresses_are_taken(address: str, taken: bool) -> None:
    assert answered_elsewhere(address) is taken


def slug_errors(slug: str, title: str = "Kontakt", instance: Any = None) -> list[str]:
    form_class = StandardPage.get_edit_handler().get_form_class()
    data = {"title": title, "slug": slug, "body-count": "0"}
    form = form_class(data, instance=instance or StandardPage(), parent_page=content.home())
    return list(form.errors.get("slug", []))


def test_the_form_says_so_at_the_field() -> None:
    message = TAKEN.format(address="/kontakt/")

    assert slug_errors("kontakt") == [message]
    assert slug_errors("kontakt-2") == []


def test_an_existing_page_gets_no_such_address() -> None:
    page = content.standard_page("Über uns", slug="ueber-uns")

    assert slug_errors("glossar", instance=page) == [TAKEN.format(address="/glossar/")]
    assert slug_errors("ueber-uns", title="Über uns", instance=page) == []


def test_a_copy_gets_no_such_address() -> None:
    page = content.standard_page("Über uns", slug="ueber-uns")
    user: Any = make_user("leitung@kkv.example", is_superuser=True)
    data = {"new_title": "Suche", "new_slug": "suche", "new_parent_page": content.home().pk}

    assert PageCopyForm(data, page=page, user=user).errors == {"new_slug": [TAKEN.format(address="/suche/")]}
    assert not PageCopyForm({**data, "new_slug": "suchen"}, page=page, user=user).errors


def test_the_import_names_the_file(tmp_path: Path) -> None:
    write_files(folder(tmp_path), {"kontakt.md": STANDARD, "kontakte.md": STANDARD})

    found = [str(problem) for problem in import_directory(tmp_path, starter=True).problems]

    assert found == [f"kontakt.md:1: {TAKEN.format(address='/kontakt/')}"]
    assert not StandardPage.objects.filter(slug="kontakte").exists()


def test_a_draft_made_for_somebody_gets_an_address_that_can_be_reached() -> None:
    topic = content.topic("Ämter")
    assert free_slug(topic, "Größe prüfen", "entwurf") == "groesse-pruefen"
    assert free_slug(topic, "…", "entwurf") == "entwurf"
    assert free_slug(topic, "Versionen", "entwurf") == "versionen-2", "a view answers the first"
    content.article("Versionen", parent=topic, slug="versionen-2")
    assert free_slug(topic, "Versionen", "entwurf") == "versionen-3"
