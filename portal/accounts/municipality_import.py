"""Reading the reference data of municipalities; nothing is stored before every line has proved right."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from django.db import transaction

from portal.accounts.models import District, Municipality, Territory
from portal.core.text import german_slug

STANDARD_FILE = Path(__file__).parent / "data" / "municipalities.csv"
COLUMNS = ("ags", "name", "official_name", "kind", "district", "size_class")
KINDS = set(Territory.values)
SIZES = set(Municipality.SizeClass.values)


class FileRefusedError(Exception):
    """The file cannot be taken over; `problems` are German sentences, each with its line."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = problems
        super().__init__("\n".join(problems))


@dataclass(frozen=True)
class Row:
    line: int
    ags: str
    name: str
    official_name: str
    kind: str
    district: str
    size_class: str

    def problems(self) -> Iterable[str]:
        is_district = self.kind == Municipality.Kind.LANDKREIS
        length = 5 if is_district else 8
        if not (self.ags.isascii() and self.ags.isdigit() and len(self.ags) == length):
            yield f"Der Schlüssel „{self.ags}“ muss aus {length} Ziffern bestehen."
        if not self.name:
            yield "Der Name fehlt."
        if self.kind not in KINDS:
            yield f"Die Art „{self.kind}“ ist unbekannt (erlaubt: {', '.join(sorted(KINDS))})."
        if self.size_class and self.size_class not in SIZES:
            yield f"Die Größenklasse „{self.size_class}“ ist unbekannt (erlaubt: {', '.join(sorted(SIZES))})."
        if self.kind in {"gemeinde", "stadt"} and not self.district:
            yield "Eine kreisangehörige Kommune braucht den Schlüssel ihres Landkreises."
        if is_district and self.district not in {"", self.ags}:
            yield "Bei einem Landkreis ist die Spalte district sein eigener Schlüssel oder leer."


@dataclass(frozen=True)
class Result:
    added: int
    changed: int
    unchanged: int
    ended: int


def read(path: Path) -> list[Row]:
    """Return the checked rows of a file (UTF-8, comma, # comments); raise FileRefusedError with all faults."""
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise FileRefusedError([f"{path.name} ist nicht in UTF-8 gespeichert."]) from error
    numbered = [
        (number, line) for number, line in enumerate(lines, 1) if line.strip() and not line.startswith("#")
    ]
    if not numbered:
        raise FileRefusedError([f"{path.name} ist leer."])
    header = next(csv.reader([numbered[0][1]]))
    missing = [name for name in COLUMNS if name not in header]
    if missing:
        raise FileRefusedError([f"Zeile {numbered[0][0]}: Es fehlen die Spalten {', '.join(missing)}."])
    rows, problems = [], []
    for number, line in numbered[1:]:
        values = next(csv.reader([line]))
        if len(values) != len(header):
            problems.append(f"Zeile {number}: {len(values)} Spalten statt {len(header)}.")
            continue
        cells = {key: value.strip() for key, value in zip(header, values, strict=True)}
        rows.append(Row(line=number, **{name: cells[name] for name in COLUMNS}))
    problems += list(_problems(rows))
    if problems:
        raise FileRefusedError(problems)
    return rows


def _problems(rows: list[Row]) -> Iterable[str]:
    districts = {row.ags for row in rows if row.kind == Municipality.Kind.LANDKREIS}
    seen: dict[str, int] = {}
    for row in rows:
        for problem in row.problems():
            yield f"Zeile {row.line}: {problem}"
        if row.ags in seen:
            yield f"Zeile {row.line}: Der Schlüssel {row.ags} steht schon in Zeile {seen[row.ags]}."
        seen.setdefault(row.ags, row.line)
        if row.district and row.kind != Municipality.Kind.LANDKREIS and row.district not in districts:
            yield f"Zeile {row.line}: Den Landkreis {row.district} gibt es in der Datei nicht."


@transaction.atomic
def store(rows: list[Row], *, keep_missing: bool = False) -> Result:
    """Make the municipalities what the rows say; those no longer named stay as former ones (active = False).

    Municipalities without key were made by hand and are left alone.
    """
    districts = _store_districts(rows)
    known = {item.ags: item for item in Municipality.objects.exclude(ags=None)}
    slugs = set(Municipality.objects.values_list("slug", flat=True))
    added, changed = 0, 0
    for row in rows:
        wanted = {
            "name": row.name,
            "official_name": row.official_name or row.name,
            "kind": row.kind,
            "district": districts.get(row.ags if row.kind == Municipality.Kind.LANDKREIS else row.district),
            "size_class": row.size_class,
            "active": True,
        }
        item = known.get(row.ags)
        if item is None:
            Municipality.objects.create(ags=row.ags, slug=_free_slug(row, slugs), **wanted)
            added += 1
        elif any(getattr(item, key) != value for key, value in wanted.items()):
            for key, value in wanted.items():
                setattr(item, key, value)
            item.save()
            changed += 1
    gone = Municipality.objects.exclude(ags=None).exclude(ags__in=[row.ags for row in rows]).filter(active=True)
    ended = 0 if keep_missing else gone.update(active=False)
    return Result(added=added, changed=changed, unchanged=len(rows) - added - changed, ended=ended)


def _store_districts(rows: list[Row]) -> dict[str, District]:
    found = {item.key: item for item in District.objects.all()}
    for row in rows:
        if row.kind != Municipality.Kind.LANDKREIS:
            continue
        district = found.get(row.ags) or District(key=row.ags)
        if district.name != row.name:
            district.name = row.name
            district.save()
        found[row.ags] = district
    return found


def _free_slug(row: Row, taken: set[str]) -> str:
    """Return a slug nobody has: the name, then with its key (two municipalities may share a name)."""
    slug = german_slug(row.name, max_length=100) or row.ags
    if slug in taken:
        slug = f"{slug}-{row.ags}"
    taken.add(slug)
    return slug
