"""Public holidays of the state, and the centre's own closures."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.core.checks import run_checks
from django.core.exceptions import ValidationError
from django.core.management import call_command

from consultations.closures import closed_days, public_holidays
from consultations.models import Closure

pytestmark = pytest.mark.django_db
# Hessisches Feiertagsgesetz, section 1: ten days a year beside the Sundays of Easter and Whitsun.
HESSEN_2027 = {
    date(2027, 1, 1): "Neujahr", date(2027, 3, 26): "Karfreitag", date(2027, 3, 29): "Ostermontag",
    date(2027, 5, 1): "Erster Mai", date(2027, 5, 6): "Christi Himmelfahrt", date(2027, 5, 17): "Pfingstmontag",
    date(2027, 5, 27): "Fronleichnam", date(2027, 10, 3): "Tag der Deutschen Einheit",
    date(2027, 12, 25): "Erster Weihnachtstag", date(2027, 12, 26): "Zweiter Weihnachtstag",
}  # fmt: skip


def test_the_holidays_of_hessen() -> None:
    assert public_holidays("DE-HE", 2027) == HESSEN_2027


def test_another_state_has_others_and_none_has_none(settings: Any) -> None:
    assert date(2027, 11, 1) in public_holidays("DE-BY", 2027)
    settings.HOLIDAYS = "DE-BY"
    assert closed_days(date(2027, 11, 1), date(2027, 11, 1)) == {date(2027, 11, 1): "Allerheiligen"}
    settings.HOLIDAYS = ""
    assert closed_days(date(2027, 1, 1), date(2027, 12, 31)) == {}


def test_christmas_and_new_years_eve_are_closed_as_shipped() -> None:
    call_command("import_formats", verbosity=0)
    found = closed_days(date(2026, 12, 20), date(2027, 1, 2))
    assert found == {
        date(2026, 12, 24): "Heiligabend", date(2026, 12, 25): "Erster Weihnachtstag",
        date(2026, 12, 26): "Zweiter Weihnachtstag", date(2026, 12, 31): "Silvester", date(2027, 1, 1): "Neujahr",
    }  # fmt: skip


def test_closures_of_one_year_and_of_leap_days() -> None:
    Closure.objects.create(name="Betriebsausflug", day=3, month=3, year=2027)
    Closure.objects.create(name="Schalttag", day=29, month=2)
    found = closed_days(date(2026, 3, 1), date(2028, 3, 25))
    assert [day for day, name in found.items() if name == "Betriebsausflug"] == [date(2027, 3, 3)]
    assert [day for day, name in found.items() if name == "Schalttag"] == [date(2028, 2, 29)]


@pytest.mark.parametrize(("day", "month", "year"), [(30, 2, None), (31, 4, None), (29, 2, 2027)])
def test_days_no_year_has_are_refused(day: int, month: int, year: int | None) -> None:
    with pytest.raises(ValidationError, match="gibt es in dem Monat nicht"):
        Closure(name="x", day=day, month=month, year=year).full_clean()


def test_a_code_nobody_knows_is_reported(settings: Any) -> None:
    for code, wrong in (("DE-HE", False), ("DE", False), ("", False), ("DE-XX", True), ("Hessen", True)):
        settings.HOLIDAYS = code
        assert ("portal.E009" in [message.id for message in run_checks()]) is wrong, code
