"""The triggers of the calendar are there, are found missing, and leave migrations alone."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.checks import run_checks
from django.db import connection

from consultations import triggers
from consultations.models import Allocation, GroupSession, Seat


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL has the constraint itself")
@pytest.mark.django_db
def test_the_triggers_are_those_of_the_models() -> None:
    assert triggers.missing() == []
    there = triggers.present()
    assert set(there) == set(triggers.wanted())
    assert {name for name in there if "overlap" in name} == {
        "consultations_allocation_no_overlap_insert", "consultations_allocation_no_overlap_update",
    }  # fmt: skip


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has no such constraint")
@pytest.mark.django_db
def test_the_constraint_is_in_the_database() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_get_constraintdef(oid) FROM pg_constraint "
            "WHERE conname = 'consultations_allocation_no_overlap'"
        )
        (definition,) = cursor.fetchone()
    assert "EXCLUDE USING gist (adviser_id WITH =, tstzrange(blocks_from, blocks_until, '[)'" in definition
    assert triggers.missing() == []


@pytest.mark.django_db
def test_lost_triggers_are_found_and_come_back_after_a_migration() -> None:
    on = {"sqlite": "", "postgresql": " ON consultations_seat"}[connection.vendor]
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TRIGGER {triggers.SEATS_FULL}_insert{on}")
        if connection.vendor == "sqlite":  # one of an earlier version
            name = "consultations_allocation_no_overlap_insert"
            cursor.execute(f"DROP TRIGGER {name}")
            cursor.execute(f"CREATE TRIGGER {name} BEFORE INSERT ON consultations_allocation BEGIN SELECT 1; END")
            cursor.execute(
                "CREATE TRIGGER consultations_old BEFORE DELETE ON consultations_seat BEGIN SELECT 1; END"
            )
    (message,) = [found for found in run_checks(databases=["default"]) if found.id == "portal.E008"]
    assert f"{triggers.SEATS_FULL}_insert" in str(message.hint)
    triggers.create()
    assert triggers.missing() == []
    assert "consultations_old" not in triggers.present()


def rebuild(model: Any) -> None:
    editor: Any
    with connection.schema_editor() as editor:
        editor._remake_table(model)


@pytest.mark.skipif(connection.vendor != "sqlite", reason="only SQLite rebuilds tables")
@pytest.mark.parametrize("model", [Allocation, GroupSession, Seat])
def test_tables_can_be_rebuilt_by_migrations_and_are_protected_again(model: Any, real_db: None) -> None:
    """As Django does it: the triggers are out of the way meanwhile, or SQLite refuses."""
    triggers.remove(plan=[])
    assert triggers.missing() == []
    triggers.remove(plan=[object()])
    assert triggers.present() == {}
    rebuild(model)
    triggers.create()
    assert triggers.missing() == []


@pytest.mark.skipif(connection.vendor != "sqlite", reason="only SQLite rebuilds tables")
def test_a_rebuilt_table_loses_its_triggers_without_a_word(real_db: None) -> None:
    rebuild(Allocation)
    assert triggers.missing() == [
        "consultations_allocation_no_overlap_insert", "consultations_allocation_no_overlap_update",
    ]  # fmt: skip
