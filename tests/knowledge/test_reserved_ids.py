"""No heading of a body takes an id of the templates around it, of a footnote or of an explained term."""

from __future__ import annotations

import re

import pytest
from django.apps import apps
from django.template import engines
from django.template.loader import get_template

from knowledge.finishing import RESERVED_IDS, RESERVED_PREFIXES, PageTree
from knowledge.models.body import BodyPage

pytestmark = pytest.mark.once

_NEEDED = re.compile(r"{%-?\s*(?:include|extends)\s+[\"']([^\"']+)[\"']")
_ID = re.compile(r"\sid=\"([^\"]+)\"")
_DEFAULT = re.compile(r"{{[^}]*\|default:[\"']([^\"']+)[\"'][^}]*}}")


def _around(name: str, seen: set[str]) -> None:
    """Collect the template and all it is made of, the templates of its own tags too."""
    if name in seen:
        return
    seen.add(name)
    source = get_template(name).template.source  # type: ignore[attr-defined]  # Django's own engine
    for needed in _NEEDED.findall(source):
        _around(needed, seen)
    for tag in re.findall(r"{%-?\s*(\w+)", source):
        if shown := _OF_TAGS.get(tag):
            _around(shown, seen)


def _templates_of_tags() -> dict[str, str]:
    found: dict[str, str] = {}
    for library in engines["django"].engine.template_libraries.values():  # type: ignore[attr-defined]  # as above
        for name, function in library.tags.items():
            cells = getattr(function, "__closure__", None) or ()
            for cell in cells:
                if isinstance(cell.cell_contents, str) and cell.cell_contents.endswith(".html"):
                    found[name] = cell.cell_contents
    return found


_OF_TAGS = _templates_of_tags()


def _ids() -> dict[str, str]:
    """Return the ids around a body: those with a variable part by what stands before it."""
    names: set[str] = set()
    for model in apps.get_models():
        if issubclass(model, BodyPage) and not model._meta.abstract:
            _around(model.template, names)
    found = {}
    for name in names:
        for value in _ID.findall(_DEFAULT.sub(r"\1", get_template(name).template.source)):  # type: ignore[attr-defined]
            found[value.split("{{")[0]] = name
    return found


def test_every_id_around_a_body_is_reserved() -> None:
    ids = _ids()
    assert {"kurz", "verlass", "hilfreich", "vorlagen", "datei", "inhaltsverzeichnis"} <= set(ids)

    free = {
        value: name
        for value, name in ids.items()
        if value not in RESERVED_IDS and not value.startswith(RESERVED_PREFIXES)
    }

    assert not free


@pytest.mark.parametrize(
    ("heading", "expected"),
    [
        ("Kurz", "kurz-2"),
        ("Inhaltsverzeichnis", "inhaltsverzeichnis-2"),
        ("Fußnote 1", "abschnitt-fussnote-1"),
        ("Glossar EfA", "abschnitt-glossar-efa"),
        ("Glossar", "glossar"),
        ("Größe und Maß", "groesse-und-mass"),
    ],
)
def test_a_heading_gets_a_free_id(heading: str, expected: str) -> None:
    tree = PageTree("")
    assert tree.unique_id(heading) == expected
