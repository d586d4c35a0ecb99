from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from portal.accounts.models import District, Municipality

pytestmark = pytest.mark.django_db
HEAD = "# Testdaten\nags,name,official_name,kind,district,size_class\n"


def run(path: Path, *options: str) -> str:
    out = StringIO()
    call_command("import_municipalities", str(path), *options, stdout=out)
    return out.getvalue()


def write(folder: Path, *lines: str, head: str = HEAD) -> Path:
    path = folder / "kommunen.csv"
    path.write_text(head + "\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_the_reference_data_are_421_municipalities_in_21_districts() -> None:
    kinds = Municipality.Kind
    towns = Municipality.objects.exclude(kind=kinds.LANDKREIS)
    assert towns.count() == 421
    assert towns.filter(kind=kinds.KREISFREIE_STADT).count() == 6
    assert District.objects.count() == Municipality.objects.filter(kind=kinds.LANDKREIS).count() == 21
    hanau = Municipality.objects.get(name="Hanau")
    assert (hanau.ags, hanau.kind, hanau.district) == ("06415000", kinds.KREISFREIE_STADT, None)
    assert not Municipality.objects.filter(district=None).exclude(kind=kinds.KREISFREIE_STADT).exists()
    fulda = Municipality.objects.get(slug="landkreis-fulda")
    assert fulda.district == District.objects.get(name="Landkreis Fulda")


def test_importing_again_changes_nothing() -> None:
    out = StringIO()
    call_command("import_municipalities", stdout=out)
    assert out.getvalue().strip() == "Kommunen: 0 neu, 0 geändert, 442 unverändert, 0 nicht mehr geführt."


def test_another_state_replaces_the_first(tmp_path: Path) -> None:
    own = Municipality.objects.create(
        name="Zweckverband Süd", slug="zweckverband-sued", kind=Municipality.Kind.KREISFREIE_STADT
    )
    path = write(
        tmp_path,
        "09172,Berchtesgadener Land,,landkreis,09172,ueber-100000",
        "09172111,Anger,,gemeinde,09172,bis-5000",
        "09161000,Fulda,,kreisfreie-stadt,,ueber-100000",
    )
    assert "3 neu" in run(path)
    assert Municipality.objects.filter(active=True).count() == 4
    own.refresh_from_db()
    assert own.active
    # The name is taken by the former one: the key makes the slug unique.
    assert Municipality.objects.get(ags="09161000").slug == "fulda-09161000"
    assert Municipality.objects.get(ags="09172111").district.name == "Berchtesgadener Land"  # type: ignore[union-attr]


def test_missing_ones_may_be_kept(tmp_path: Path) -> None:
    run(write(tmp_path, "09161000,Ingolstadt,,kreisfreie-stadt,,ueber-100000"), "--keep-missing")
    assert Municipality.objects.filter(active=True).count() == 443


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("0643,Kurz,,stadt,06431,bis-5000", "Zeile 3: Der Schlüssel „0643“ muss aus 8 Ziffern bestehen."),
        ("06431999,Großstadt,,metropole,06431,bis-5000", "Die Art „metropole“ ist unbekannt"),
        ("06431999,Ohnekreis,,gemeinde,,bis-5000", "braucht den Schlüssel ihres Landkreises"),
        ("06431999,Fremd,,gemeinde,06499,bis-5000", "Den Landkreis 06499 gibt es in der Datei nicht"),
        ("06431999,Groß,,kreisfreie-stadt,,riesig", "Die Größenklasse „riesig“ ist unbekannt"),
        ("06431999,,,kreisfreie-stadt,,", "Der Name fehlt"),
        ("06431999,Zuviel,,kreisfreie-stadt,,,x", "7 Spalten statt 6"),
    ],
)
def test_a_bad_line_is_named_and_nothing_is_stored(tmp_path: Path, line: str, message: str) -> None:
    path = write(tmp_path, line, "06431998,Gut,,kreisfreie-stadt,,")
    with pytest.raises(CommandError, match="wurde nicht übernommen") as problem:
        run(path)
    assert "Zeile 3" in str(problem.value)
    assert message in str(problem.value)
    assert not Municipality.objects.filter(ags="06431998").exists()


def test_a_key_named_twice_and_a_wrong_header_are_refused(tmp_path: Path) -> None:
    twice = write(tmp_path, "06431998,Eins,,kreisfreie-stadt,,", "06431998,Zwei,,kreisfreie-stadt,,")
    with pytest.raises(CommandError, match="Zeile 4: Der Schlüssel 06431998 steht schon in Zeile 3"):
        run(twice)
    with pytest.raises(CommandError, match="Zeile 1: Es fehlen die Spalten"):
        run(write(tmp_path, "x", head="ags;name\n"))
    with pytest.raises(CommandError, match="gibt es nicht"):
        run(tmp_path / "nirgends.csv")
