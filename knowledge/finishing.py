"""The passes over the HTML of a whole page: headings, footnotes, tables, classes, links, citations."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

from bs4 import BeautifulSoup
from bs4.element import Tag
from django.conf import settings

from knowledge.citation_links import link_citations
from knowledge.citations import Citation
from portal.core.text import german_slug

_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_CLASSES = {
    "p": "kern-body",
    "a": "kern-link",
    "ul": "kern-list kern-list--bullet",
    "ol": "kern-list kern-list--number",
    "h2": "kern-heading-large",
    "h3": "kern-heading-medium",
    "h4": "kern-heading-small",
    "h5": "kern-title",
    "h6": "kern-title",
    "thead": "kern-table__head",
    "tbody": "kern-table__body",
    "tr": "kern-table__row",
    "th": "kern-table__header",
    "td": "kern-table__cell",
}
# Addresses within a page that its templates use for themselves (tests/knowledge/test_reserved_ids.py finds them).
RESERVED_IDS = {
    "beratung", "datei", "fristen", "fuss", "fussnoten", "hauptinhalt", "hilfreich", "inhalt",
    "inhaltsverzeichnis", "kopf",
    "kurz", "navigation", "seitenanfang", "steckbrief", "suche", "verlass", "verwandt", "vorlagen", "weiter",
}  # fmt: skip
# Addresses made for each footnote and each explained term, and those of scripts and form fields.
RESERVED_PREFIXES = ("fussnote-", "glossar-", "id_", "kp-")
ADMONITION_KINDS = {
    "note": "hinweis", "info": "hinweis", "tip": "praxisbeispiel", "warning": "wichtig", "danger": "wichtig",
}  # fmt: skip
CALLOUTS = {
    "hinweis": ("info", "info", "Hinweis"),
    "wichtig": ("warning", "warning", "Wichtig"),
    "frist": ("warning", "calendar-today", "Frist"),
    "praxisbeispiel": ("success", "success", "Praxisbeispiel"),
}


class PageTree:
    """The HTML of a page while it is finished; `html()` gives the result."""

    def __init__(self, source: str) -> None:
        self.soup = BeautifulSoup(source, "html.parser")
        self.toc: list[dict[str, Any]] = []
        self._cited: dict[tuple[int, str, str], Citation] = {}
        self._used: set[str] = set(RESERVED_IDS)

    def finish(self) -> None:
        """Run all passes in their order."""
        self._used |= {str(tag["id"]) for tag in self.soup.find_all(id=True)}
        self._level_headings()
        self._name_headings()
        self._collect_footnotes()
        self._admonitions()
        self._tables()
        self._definition_lists()
        self._link_citations()
        self._links()
        self._classes()

    def html(self) -> str:
        return str(self.soup).strip()

    @property
    def citations(self) -> list[Citation]:
        """Return each provision and each range once, in the wording met first."""
        return list(self._cited.values())

    def _new(self, name: str, **attributes: str) -> Tag:
        return self.soup.new_tag(
            name, attrs={key.rstrip("_").replace("_", "-"): v for key, v in attributes.items()}
        )

    def unique_id(self, text: str) -> str:
        """Return a readable id that the page does not use yet."""
        base = german_slug(text, max_length=60) or "abschnitt"
        if base.startswith(RESERVED_PREFIXES):
            base = f"abschnitt-{base}"
        candidate, number = base, 1
        while candidate in self._used:
            number += 1
            candidate = f"{base}-{number}"
        self._used.add(candidate)
        return candidate

    def _level_headings(self) -> None:
        """Start at h2 and leave out no level, whatever the author wrote."""
        headings = self.soup.find_all(_HEADINGS)
        top = min((int(tag.name[1]) for tag in headings), default=2)
        previous = 1
        for tag in headings:
            level = max(2, min(int(tag.name[1]) - top + 2, previous + 1, 6))
            tag.name = f"h{level}"
            previous = level

    def _name_headings(self) -> None:
        for tag in self.soup.find_all(_HEADINGS):
            words = [part for part in tag.find_all(string=True) if not part.find_parent("sup", id=True)]
            text = " ".join("".join(words).split())  # without the marks of footnotes
            tag["id"] = self.unique_id(text)
            if tag.name in ("h2", "h3") and text:
                self.toc.append({"id": tag["id"], "level": int(tag.name[1]), "text": text})

    def _collect_footnotes(self) -> None:
        """Move the footnotes of all blocks to the end of the page and count them through."""
        new_ids: dict[str, str] = {}
        listing = self._new("ol")
        for number, note in enumerate(self.soup.select("div.footnote li[id]"), start=1):
            label = str(note["id"]).partition(":")[2]
            new_ids[label] = f"fussnote-{number}"
            note["id"] = f"fussnote-{number}"
            listing.append(note.extract())
        for leftover in self.soup.select("div.footnote"):
            leftover.decompose()
        if not new_ids:
            return
        section = self._new("section", class_="footnote", aria_labelledby="fussnoten")
        title = self._new("h2", id="fussnoten")
        title.string = "Fußnoten"
        section.extend([title, listing])
        self.soup.append(section)
        self._rename_references(new_ids)

    def _rename_references(self, new_ids: dict[str, str]) -> None:
        for sup in self.soup.find_all("sup", id=True):
            kind, _, label = str(sup["id"]).partition(":")
            if label in new_ids:
                sup["id"] = f"{new_ids[label]}-text{kind.removeprefix('fnref')}"
        marks = {str(sup["id"]) for sup in self.soup.find_all("sup", id=True)}
        for link in self.soup.find_all("a", href=re.compile("^#fn")):
            kind, _, label = str(link["href"])[1:].partition(":")
            mark = f"{new_ids.get(label)}-text{kind.removeprefix('fnref')}"
            if label not in new_ids:
                link.unwrap()
            elif kind.startswith("fnref") and mark not in marks:
                link.decompose()  # the text never refers to this note
            elif kind.startswith("fnref"):
                link["href"] = f"#{mark}"
                link["aria-label"] = "Zurück zum Text"
            else:
                link["href"] = f"#{new_ids[label]}"
                link.string = new_ids[label].removeprefix("fussnote-")
                link["aria-label"] = f"Fußnote {link.string}"

    def _admonitions(self) -> None:
        """Give Markdown's admonitions the look of the callout block."""
        for box in self.soup.select("div.admonition"):
            names = [str(name) for name in box.get_attribute_list("class") if name != "admonition"]
            kind = ADMONITION_KINDS.get(names[0], names[0]) if names else "hinweis"
            variant, icon, label = CALLOUTS.get(kind, CALLOUTS["hinweis"])
            title_tag = box.find("p", class_="admonition-title", recursive=False)
            title = title_tag.get_text() if isinstance(title_tag, Tag) else label
            if isinstance(title_tag, Tag):
                title_tag.decompose()
            body = self._new("div", class_="kern-alert__body")
            body.extend([child.extract() for child in list(box.contents)])
            header = self._new("div", class_="kern-alert__header")
            name = self._new("span", class_="kern-title")
            name.string = title if title.casefold() not in ADMONITION_KINDS else label
            header.extend([self._new("span", class_=f"kern-icon kern-icon--{icon}", aria_hidden="true"), name])
            box.extend([header, body])
            box["class"] = f"kern-alert kern-alert--{variant} callout callout--{kind}"
            box["role"] = "note"
            box["aria-label"] = name.get_text()

    def _tables(self) -> None:
        for number, table in enumerate(self.soup.find_all("table"), start=1):
            for head in table.select("thead th"):
                if head.get_text(strip=True):
                    head["scope"] = "col"
                else:
                    head.name = "td"
            if table.find_parent(class_="kern-table-responsive"):
                continue
            table["class"] = "kern-table kern-table--striped"
            table.wrap(
                self._new(
                    "div",
                    class_="kern-table-responsive",
                    tabindex="0",
                    role="region",
                    aria_label=f"Tabelle {number}",
                )
            )

    def _definition_lists(self) -> None:
        for listing in self.soup.find_all("dl"):
            listing["class"] = "kern-description-list"
            group: Tag | None = None
            for child in list(listing.find_all(["dt", "dd"], recursive=False)):
                if child.name == "dt" and (group is None or group.find("dd")):
                    group = self._new("div", class_="kern-description-list-item")
                    child.insert_before(group)
                if group is not None:
                    group.append(child.extract())
                part = "key" if child.name == "dt" else "value"
                child["class"] = f"kern-description-list-item__{part}"

    def _link_citations(self) -> None:
        def new_link(citation: Citation) -> Tag:
            return self._new("a", class_="kern-link kp-cite", href=citation.url, title=citation.act.title)

        for citation in link_citations(self.soup, new_link):
            self._cited.setdefault((citation.act.pk, citation.key, citation.until), citation)

    def _links(self) -> None:
        for broken in self.soup.find_all("a", href=False):
            broken.unwrap()
        own = urlsplit(settings.BASE_URL).netloc
        for link in self.soup.find_all("a", href=True):
            target = urlsplit(str(link["href"]))
            if target.scheme in ("http", "https") and target.netloc != own:
                link["rel"] = "noopener"
                link["class"] = " ".join([*map(str, link.get_attribute_list("class") or []), "external"]).strip()

    def _classes(self) -> None:
        for tag in self.soup.find_all(list(_CLASSES)):
            present = " ".join(str(name) for name in tag.get_attribute_list("class") if name)
            if "kern-" not in present:
                tag["class"] = f"{_CLASSES[tag.name]} {present}".strip()
        for pre in self.soup.find_all("pre"):
            pre["tabindex"] = "0"
        for rule in self.soup.find_all("hr"):
            rule["class"] = "kern-divider"
            rule["aria-hidden"] = "true"
