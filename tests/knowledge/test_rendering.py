"""Bodies become HTML: one page, one set of headings, footnotes and ids."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.core.files.base import ContentFile
from django.core.management import call_command
from wagtail.models import ReferenceIndex
from wagtail.rich_text import RichText

from knowledge.models import ArticlePage
from knowledge.rendering import render_page, source_hash
from knowledge.tasks import render_pages_with_files
from portal.core.blocks import markdown_error
from portal.core.markdown_limits import footnote_error
from portal.core.models import PortalImage
from tests import factories
from tests.core.files import SVG
from tests.factories.content import document

pytestmark = pytest.mark.django_db


def _render(*blocks: tuple[str, Any]) -> Any:
    page = ArticlePage(title="Prüfung", body=list(blocks))
    return BeautifulSoup(render_page(page).html, "html.parser")


def _items(*pairs: tuple[str, str]) -> list[dict[str, str]]:
    return [{"title": title, "text": text} for title, text in pairs]


def test_an_svg_is_shown_as_a_picture_with_whole_numbers_for_its_measures() -> None:
    picture = PortalImage.objects.create(
        title="Ablauf", description="Drei Stationen", licence="CC0", width=460, height=1481,
        file=ContentFile(SVG.replace('height="10"', 'height="10.4"').encode(), name="ablauf.svg"),
    )  # fmt: skip
    image: Any = _render(("image", {"image": picture, "alt": "", "caption": ""})).img
    assert image["src"].endswith(".svg")
    assert (image["alt"], image["width"], image["height"]) == ("Drei Stationen", "10", "10")
    assert "srcset" not in image.attrs


@pytest.mark.parametrize(
    ("source", "link"),
    [
        ("Nach § 9 Abs. 1 **OZG** gilt", "§\u00a09 Abs.\u00a01 <strong>OZG</strong>"),
        ("Nach **§ 9** Abs. 1 OZG gilt", "<strong>§\u00a09</strong> Abs.\u00a01 OZG"),
        ("**Nach § 9** Abs. 1 *OZG gilt*", "<strong>§\u00a09</strong> Abs.\u00a01 <em>OZG</em>"),
        ("*Nach § 9 Abs. 1 OZG gilt*", "§\u00a09 Abs.\u00a01 OZG"),
    ],
)
def test_a_citation_may_run_through_emphasis(source: str, link: str) -> None:
    factories.act()
    soup = _render(("markdown", source))
    found = soup.select_one("a.kp-cite")
    assert found is not None
    assert (found["href"], found.decode_contents()) == ("/recht/ozg/#p-9-abs-1", link)
    assert soup.get_text().replace("\u00a0", " ").strip() == "Nach § 9 Abs. 1 OZG gilt"
    assert not [tag for tag in soup.find_all(["strong", "em"]) if not tag.get_text()]


def test_a_citation_with_a_link_in_it_is_recorded_and_stays_as_it_is() -> None:
    act = factories.act()
    page = factories.article(body=factories.markdown("§ 9 [OZG](https://example.org), § 3[^1] OZG\n\n[^1]: Note"))
    assert list(page.legal_references.values_list("act", "key")) == [(act.pk, "9")]
    assert "kp-cite" not in page.rendered["html"]


def test_footnotes_of_all_blocks_are_counted_through() -> None:
    soup = _render(
        ("markdown", "Erstens[^1].\n\n[^1]: Fußnote A."),
        ("callout", {"kind": "hinweis", "title": "", "text": "Zweitens[^1].\n\n[^1]: Fußnote B."}),
    )
    assert [item["id"] for item in soup.select("section.footnote li")] == ["fussnote-1", "fussnote-2"]
    links = [link["href"] for link in soup.select("a.footnote-ref")]
    assert links == ["#fussnote-1", "#fussnote-2"]
    ids = [tag["id"] for tag in soup.find_all(id=True)]
    assert len(ids) == len(set(ids))


def test_every_address_within_the_page_exists() -> None:
    soup = _render(
        ("markdown", "A[^x] B[^x] C[^y]\n\n[^x]: X\n[^y]: Y"), ("markdown", "D[^x]\n\n[^x]: Z"),
    )  # fmt: skip
    for link in soup.select('a[href^="#"]'):
        assert soup.find(id=link["href"][1:]), link


def test_a_note_nobody_refers_to_has_no_way_back() -> None:
    soup: Any = _render(("markdown", "Text[^1].\n\n[^1]: Erste.\n[^2]: Nie genannt."))
    assert [len(item.select("a.footnote-backref")) for item in soup.select("section.footnote li")] == [1, 0]


def test_a_footnote_may_be_called_by_any_words() -> None:
    name = "x" * 90
    text = f"Das gilt.[^OZG Kommentar] Und das.[^{name}]\n\n[^OZG Kommentar]: Rn. 12.\n[^{name}]: Rn. 13."
    soup: Any = _render(("markdown", text))
    assert [link["href"] for link in soup.select("a.footnote-ref")] == ["#fussnote-1", "#fussnote-2"]
    notes = [item.get_text() for item in soup.select("section.footnote li")]
    assert ["Rn. 12" in notes[0], "Rn. 13" in notes[1], len(notes)] == [True, True, 2]


@pytest.mark.parametrize(
    ("source", "label"),
    [
        ("Text[^1].", "1"), ("Text[^a b].\n\n[^1]: Note", "a b"), ("Text[^1].\n\n```\n[^1]: Code\n```", "1"),
        ("Text[^1].\n\n[^1]: Note", ""), ("Text `[^1]`", ""), ("```\n[^1]\n```", ""), ("A \\[^1]", ""),
    ],
)  # fmt: skip
def test_a_footnote_without_text_is_refused(source: str, label: str) -> None:
    assert markdown_error(source) == ("" if not label else footnote_error(source))
    assert (f"„[^{label}]“ fehlt der Text" in markdown_error(source)) is bool(label)


def test_a_heading_is_named_without_its_footnote() -> None:
    page = ArticlePage(title="Prüfung", body=[("markdown", "## Fristen[^1]\n\nText.\n\n[^1]: Stand 2026.")])
    heading = render_page(page).toc[0]
    assert (heading["id"], heading["text"]) == ("fristen-2", "Fristen")


def test_headings_start_at_h2_and_leave_out_no_level() -> None:
    soup = _render(
        ("markdown", "# Größe\n\n#### Tief\n\n## Größe\n\n###### Ganz tief"),
        ("steps", {"title": "So gehen Sie vor", "items": _items(("Prüfen", "Text"))}),
    )
    headings = soup.find_all(re.compile("^h[1-6]$"))
    levels = [int(tag.name[1]) for tag in headings]
    assert levels[0] == 2
    assert all(after <= before + 1 for before, after in pairwise(levels))
    assert [tag["id"] for tag in headings][:3] == ["groesse", "tief", "groesse-2"]


def test_table_of_contents_follows_the_headings() -> None:
    page = ArticlePage(title="P", body=factories.markdown("## Übergang\n\nText\n\n### Maß\n\n## Übergang"))
    assert render_page(page).toc == [
        {"id": "uebergang", "level": 2, "text": "Übergang"},
        {"id": "mass", "level": 3, "text": "Maß"},
        {"id": "uebergang-2", "level": 2, "text": "Übergang"},
    ]


def test_all_blocks_in_their_markup() -> None:
    factories.act()
    table = {
        "columns": [{"type": "text", "heading": "Gebühr"}, {"type": "text", "heading": ""}],
        "rows": [{"values": ["**A** nach § 9 OZG", "<b>5 €</b>"]}],
        "caption": "",
    }
    child = ArticlePage.body.field.stream_block.child_blocks["table"]
    soup = _render(
        ("text", RichText('<h3>Überblick</h3><p onclick="x">Text <a href="https://example.org/">außen</a></p>')),
        ("callout", {"kind": "frist", "title": "Bis Jahresende", "text": "31.12."}),
        ("accordion", {"title": "Fragen", "items": _items(("Größe?", "Antwort"))}),
        ("checklist", {"title": "Liste", "items": [{"text": "Prüfen", "role": "IT", "reason": "§ 9 OZG"}]}),
        ("table", child.to_python({"caption": "Gebühren", "first_column_is_header": True, "table": table})),
        ("quote", {"text": "Wörtlich", "source": "Amtsblatt", "url": "https://example.org/a"}),
        ("file", {"document": document(), "title": ""}),
    )
    assert soup.select_one("div.callout--frist")["role"] == "note"
    assert "alert" not in {tag.get("role") for tag in soup.find_all(role=True)}
    assert soup.select_one("details.kern-accordion > summary").get_text(strip=True) == "Größe?"
    assert "Rolle: IT" in " ".join(soup.select_one("ul.checklist").get_text(" ").split())
    region = soup.select_one("div.kern-table-responsive")
    assert region["tabindex"] == "0"
    assert soup.find(id=region["aria-labelledby"]).name == "caption"
    assert soup.select_one('tbody th[scope="row"] strong').get_text() == "A"
    assert [tag.name for tag in soup.select("thead tr > *")] == ["th", "td"]  # no header cell without a name
    assert soup.select_one("blockquote")["cite"] == "https://example.org/a"
    assert "TXT" in soup.select_one(".attachment__facts").get_text()
    assert "CC BY 4.0" in soup.select_one(".attachment__facts").get_text()
    outside = soup.select_one('a[href="https://example.org/"]')
    assert outside["rel"] == ["noopener"]
    assert "external" in outside["class"]
    assert not soup.find_all(onclick=True)


def test_a_table_without_columns_is_not_shown() -> None:
    child = ArticlePage.body.field.stream_block.child_blocks["table"]
    empty = {"caption": "Gebühren", "table": {"columns": [], "rows": [], "caption": ""}}
    assert _render(("table", child.to_python(empty))).get_text() == ""


def test_law_is_linked_but_never_in_headings_links_or_code() -> None:
    factories.act()
    soup = _render(
        ("markdown", "## § 9 OZG\n\nNach § 9 Abs. 1 OZG, [siehe § 3 OZG](/a/), `§ 4 OZG` und §§ 5, 6 OZG."),
    )
    links = {" ".join(link.get_text().split()): link["href"] for link in soup.select("a.kp-cite")}
    assert links == {
        "§ 9 Abs. 1 OZG": "/recht/ozg/#p-9-abs-1",
        "§§ 5": "/recht/ozg/#p-5",
        "6 OZG": "/recht/ozg/#p-6",
    }


def test_draft_with_another_body_is_rendered_on_the_fly() -> None:
    page = factories.article(body=factories.markdown("Alt"))
    assert page.current_rendered() is page.rendered
    page.body = factories.markdown("Neu: Größe")
    assert "Neu: Größe" in page.current_rendered()["html"]
    assert "Alt" in page.rendered["html"]


def test_hash_does_not_depend_on_block_ids() -> None:
    page = factories.article(body=factories.markdown("Gleich"))
    again = ArticlePage(title="X", body=factories.markdown("Gleich"))
    assert source_hash(ArticlePage.objects.get(pk=page.pk)) == source_hash(again)


def _picture() -> PortalImage:
    file = ContentFile(SVG.encode(), name="ablauf.svg")
    return PortalImage.objects.create(title="Ablauf", description="Drei Stationen", licence="CC0", file=file)


def _with_files() -> tuple[ArticlePage, PortalImage, Any]:
    picture, file = _picture(), document()
    blocks = [("image", {"image": picture, "alt": "", "caption": ""}), ("file", {"document": file, "title": ""})]
    page = factories.article(body=blocks)
    ReferenceIndex.create_or_update_for_object(page)
    return page, picture, file


def test_a_changed_picture_or_file_is_rendered_again(drain: Callable[[], None]) -> None:
    page, picture, file = _with_files()
    picture.description = "Vier Stationen: Größe"
    picture.save()
    file.title = "Neue Prüfliste"
    file.save()
    drain()
    page.refresh_from_db()
    assert "Vier Stationen: Größe" in page.rendered["html"]
    assert "Neue Prüfliste" in page.rendered["html"]


def test_a_deleted_picture_or_file_is_gone_from_the_page(drain: Callable[[], None]) -> None:
    page, picture, file = _with_files()
    drain()
    address = file.url
    PortalImage.objects.filter(pk=picture.pk).delete()
    file.delete()
    drain()
    page.refresh_from_db()
    assert "<img" not in page.rendered["html"]
    assert address not in page.rendered["html"]


def test_each_night_sets_right_what_a_lost_task_left() -> None:
    page, picture, _ = _with_files()
    PortalImage.objects.filter(pk=picture.pk).update(description="Vier Stationen")
    assert render_pages_with_files() == "1 Seiten geändert"
    page.refresh_from_db()
    assert "Vier Stationen" in page.rendered["html"]


def test_new_act_is_linked_in_pages_that_name_it() -> None:
    from knowledge.tasks import render_pages_naming

    page = factories.article(body=factories.markdown("Siehe § 5 HVwVfG."), legal_basis="")
    assert "kp-cite" not in page.rendered["html"]
    act = factories.act("HVwVfG", "Hessisches Verwaltungsverfahrensgesetz")
    assert act.names_changed()
    assert render_pages_naming.func(act.names_changed()) == 1
    page.refresh_from_db()
    assert "/recht/hvwvfg/#p-5" in page.rendered["html"]
    assert list(page.legal_references.values_list("act", "key")) == [(act.pk, "5")]


def test_an_act_of_the_eu_is_linked_by_its_number_and_loses_its_links_when_it_goes() -> None:
    """The number in its title is a name like its abbreviation, also for the pages to be rendered again."""
    from knowledge.tasks import render_pages_naming

    page = factories.article(body=factories.markdown("Siehe Art. 4 VO (EU) 2024/1689."), legal_basis="")
    act = factories.act("KI-VO", f"Verordnung (EU) 2024/1689 {'des Europäischen Parlaments ' * 8}", slug="ki-vo")
    assert render_pages_naming.func(act.names_changed()) == 1
    page.refresh_from_db()
    assert "/recht/ki-vo/#art-4" in page.rendered["html"]
    act.live = False
    act.save()
    assert render_pages_naming.func(act.names_changed()) == 1
    page.refresh_from_db()
    assert "/recht/ki-vo/" not in page.rendered["html"]


def test_command_renders_outdated_pages_only(capsys: pytest.CaptureFixture[str]) -> None:
    page = factories.article(body=factories.markdown("Größe"))
    factories.article()
    ArticlePage.objects.filter(pk=page.pk).update(rendered={"html": "alt", "source": "alt"})
    call_command("render_pages", "--stale")
    assert "1 Seiten gerendert, 1 davon geändert." in capsys.readouterr().out
    page.refresh_from_db()
    assert "Größe" in page.rendered["html"]
