"""Which provisions an act has: from the imported text, from law texts in a folder, or from the list kept here.

The list (`data/provisions.json`) names the sections of the acts the starter content cites and how many numbered
paragraphs each has, as of 19.08.2026; it lets the check run where no text is at hand. A text counts before it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from pathlib import Path

from knowledge.acts import ActIndex
from knowledge.law_text import LawTextError, parse_law
from knowledge.models import LawSection

_LIST = Path(__file__).parent / "data" / "provisions.json"
_PARAGRAPH = re.compile(r'id="[^"]*-abs-(\d{1,4}[a-z]?)"')
Sections = dict[str, set[str] | int]
"""By key of the section: the numbers of its paragraphs, or how many there are."""


class KnownProvisions:
    """Answers whether a provision exists, for the acts whose provisions are known."""

    def __init__(self, by_slug: dict[str, Sections]) -> None:
        self.by_slug = by_slug

    @classmethod
    def load(cls, acts: ActIndex, laws: Path | None = None) -> KnownProvisions:
        """Read the list, over it the imported texts, over these the texts of a folder."""
        by_slug: dict[str, Sections] = {}
        for name, sections in json.loads(_LIST.read_text(encoding="utf-8")).items():
            if (act := acts.find(name)) is not None:
                by_slug[act.slug] = dict(sections)
        by_slug.update(_stored())
        if laws is not None:
            by_slug.update(_of_folder(laws, acts))
        return cls(by_slug)

    def missing(self, slug: str, key: str) -> bool:
        """True when the provisions of an act are known and this one is not among them."""
        sections = self.by_slug.get(slug)
        if sections is None or not key:
            return False
        section, _, paragraph = key.partition("/")
        if section not in sections:
            return True
        known = sections[section]
        if not paragraph:
            return False
        return int(paragraph) > known if isinstance(known, int) and paragraph.isdigit() else (
            not isinstance(known, int) and paragraph not in known
        )  # fmt: skip


def _stored() -> dict[str, Sections]:
    rows = LawSection.objects.exclude(key="").values_list("law_text__act__slug", "key", "html")
    return _collected(rows.iterator(chunk_size=500))


def _of_folder(folder: Path, acts: ActIndex) -> dict[str, Sections]:
    found: list[tuple[str, str, str]] = []
    for path in sorted(folder.glob("*.md")):
        try:
            law = parse_law(path.read_text(encoding="utf-8"), stem=path.stem)
        except (LawTextError, UnicodeDecodeError):
            continue  # `import_laws` says what is wrong with it
        act = next((act for name in law.names if (act := acts.find(name)) is not None), None)
        if act is not None:
            found += [(act.slug, section.key, section.html) for section in law.sections if section.key]
    return _collected(found)


def _collected(rows: Iterable[tuple[str, str, str]]) -> dict[str, Sections]:
    by_slug: dict[str, Sections] = {}
    for slug, key, html in rows:
        by_slug.setdefault(slug, {})[key] = set(_PARAGRAPH.findall(html))
    return by_slug
