"""The proposed formats come in once; what Koordination changes stays; a faulty file changes nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from consultations.models import Closure, Format

pytestmark = pytest.mark.django_db


def run(*arguments: str, **options: object) -> None:
    call_command("import_formats", *arguments, verbosity=0, **options)


def test_the_six_formats_come_in() -> None:
    run()
    rows = list(Format.objects.values_list("key", "kind", "entry", "duration"))
    assert rows == [
        ("erstgespraech", "single", "direct", 45), ("fachberatung", "single", "triage", 90),
        ("workshop", "single", "triage", 240), ("sprechstunde", "group", "direct", 90),
        ("vor-ort", "single", "triage", 120), ("schriftliche-auskunft", "written", "triage", 0),
    ]  # fmt: skip
    assert Closure.objects.count() == 2
    first = Format.objects.get(key="erstgespraech")
    assert [question.question for question in first.questions.all()] == [
        "Was möchten Sie erreichen?", "Bis wann brauchen Sie eine Antwort?",
    ]  # fmt: skip
    assert len(Format.objects.get(key="fachberatung").files) == 2
    for form in Format.objects.all():
        form.full_clean()
        assert form.text
        assert not form.text.startswith("\n")


def test_again_nothing_happens_and_changes_stay(capsys: pytest.CaptureFixture[str]) -> None:
    run()
    form = Format.objects.get(key="erstgespraech")
    Format.objects.filter(pk=form.pk).update(duration=30, per_day=None)
    form.questions.all().delete()
    call_command("import_formats")
    assert "0 aufgenommen, 8 unverändert" in capsys.readouterr().out
    form.refresh_from_db()
    assert (form.duration, form.per_day, form.questions.count()) == (30, None, 0)
    run(overwrite=True)
    form.refresh_from_db()
    assert (form.duration, form.per_day, form.questions.count()) == (45, 4, 2)
    assert Format.objects.count() == 6


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[[format]\n", "kein lesbares TOML"),
        ("[[formate]]\n", "Unbekannt sind formate"),
        ('[[format]]\nname = "x"\n', "Angabe fehlt"),
        ('[[format]]\nkey = "a"\nname = "x"\ndauer = 3\n', "fehlt oder ist unbekannt"),
        ('[[format]]\nkey = "a"\nname = "x"\nduration = 0\n', "mindestens 5 Minuten"),
        ('[[format]]\nkey = "a"\nname = "x"\ncapacity = 3\n', "mehrere Kommunen"),
        ('[[format]]\nkey = "a"\nname = "x"\nplaces = ["mond"]\n', "mond"),
        ('[[closure]]\nname = "x"\nday = 31\nmonth = 2\n', "gibt es in dem Monat nicht"),
    ],
)
def test_faults_are_named_and_nothing_is_stored(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "formate.toml"
    path.write_text(f'{text}[[format]]\nkey = "gut"\nname = "Gut"\n', encoding="utf-8")
    with pytest.raises(CommandError, match=message):
        run(str(path))
    assert not Format.objects.exists()
    with pytest.raises(CommandError, match="gibt es nicht"):
        run(str(tmp_path / "fehlt.toml"))
