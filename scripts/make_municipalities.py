"""Make the reference data of municipalities from a list with one row per municipality.

    python scripts/make_municipalities.py SOURCE.csv TARGET.csv

The source has the columns of the Destatis directory (GV100AD) as used here: `name`, `name_amtlich`,
`ags_ab_2026`, `kreis_ab_2026`, `typ_ab_2026`, `kreis_ags`, `einwohner`. Only facts are taken over; the number of
inhabitants becomes a size class. Areas without inhabitants (gemeindefreie Gebiete) are left out.
"""

from __future__ import annotations

import csv
import sys
from collections import defaultdict
from pathlib import Path

HEAD = """\
# Gemeinden und Landkreise in Hessen, Gebietsstand 01.01.2026 (Hanau als kreisfreie Stadt).
# Quelle: Statistisches Bundesamt (Destatis), Gemeindeverzeichnis GV100AD, Stand 30.11.2023, fortgeschrieben.
# Lizenz: Vervielfältigung und Verbreitung, auch auszugsweise, mit Quellenangabe gestattet (© Destatis, 2023).
# Größenklasse nach Einwohnerzahl, Stand 30.11.2023; bei Landkreisen die Summe ihrer Gemeinden.
"""
COLUMNS = ("ags", "name", "official_name", "kind", "district", "size_class")
KINDS = {"Gemeinde": "gemeinde", "Stadt": "stadt", "Kreisfreie Stadt": "kreisfreie-stadt"}
LIMITS = ((5_000, "bis-5000"), (20_000, "bis-20000"), (100_000, "bis-100000"))


def size_class(population: int) -> str:
    return next((name for limit, name in LIMITS if population <= limit), "ueber-100000")


def rows(source: Path) -> list[tuple[str, ...]]:
    """Return the rows of the target, sorted by key; a district stands before its municipalities."""
    result: list[tuple[str, ...]] = []
    districts: dict[str, str] = {}
    population: dict[str, int] = defaultdict(int)
    with source.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            kind = KINDS.get(row["typ_ab_2026"])
            if kind is None:
                continue
            ags, people = row["ags_ab_2026"], int(row["einwohner"])
            district = "" if kind == "kreisfreie-stadt" else ags[:5]
            result.append((ags, row["name"], row["name_amtlich"], kind, district, size_class(people)))
            if district:
                districts[district] = row["kreis_ab_2026"]
                population[district] += people
    for key, name in districts.items():
        result.append((key, name, name, "landkreis", key, size_class(population[key])))
    return sorted(result)


def main() -> int:
    if len(sys.argv) != 3:
        print(__doc__, file=sys.stderr)
        return 2
    made = rows(Path(sys.argv[1]))
    with Path(sys.argv[2]).open("w", encoding="utf-8", newline="") as file:
        file.write(HEAD)
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows(made)
    print(f"{len(made)} Zeilen")
    return 0


if __name__ == "__main__":
    sys.exit(main())
