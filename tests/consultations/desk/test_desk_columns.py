"""Cells of the desk: escaped, late days in words, states as Wagtail shows them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

import pytest
import time_machine

from consultations.models import Case
from tests import factories
from tests.factories import calendar as make
from tests.factories import desk
from tests.people import signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _monday_morning() -> Iterator[None]:
    with time_machine.travel(make.NOW, tick=False):
        yield


def cells_of(html: str, case: Case) -> list[str]:
    """Return the cells of a case's line, blanks put together."""
    (line,) = [row for row in re.findall(r"<tr.*?</tr>", html, re.DOTALL) if case.reference in row]
    return [" ".join(cell.split()) for cell in re.findall(r"<td[^>]*>(.*?)</td>", line, re.DOTALL)]


def test_every_cell_says_what_it_did_as_a_template() -> None:
    lead = desk.adviser_with_role("<b>Größe</b>")
    town = make.municipality("Ober & Unter")
    topic = factories.topic("EfA <Leistungen>")
    late = desk.working_case(lead, municipality=town, topic=topic, subject="<script>")
    Case.objects.filter(pk=late.pk).update(answer_due=date(2027, 2, 26))
    fresh = make.case("Zweiter")
    Case.objects.filter(pk=fresh.pk).update(answer_due=date(2027, 3, 1), topic=None)
    client = signed_in(desk.person("Koordination", "k@kkv.example"))
    html = client.get("/cms/beratung/?ansicht=alle").content.decode()
    _, number, place, who, due, state = cells_of(html, late)
    assert number == f"{late.reference}<br><small>01.03.2027</small>"
    assert place == "Ober &amp; Unter<br><small>EfA &lt;Leistungen&gt;</small>"
    assert who == "Jörg &lt;b&gt;Größe&lt;/b&gt;"
    assert due == '26.02.2027<br><strong class="kp-admin-overdue">überfällig</strong>'
    assert "w-status--primary" in state
    assert "In Bearbeitung" in state
    assert "<script>" not in "".join(cells_of(html, late))
    _, _, place, who, due, state = cells_of(html, fresh)
    assert (place, who, due) == ("Mühltal", "niemand", "01.03.2027")
    assert "Eingegangen" in state


def test_topics_are_named_without_reading_the_rest_of_them() -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    make.case(topic=factories.topic("EfA"))
    client = signed_in(desk.person("Koordination", "k@kkv.example"))
    client.get("/cms/beratung/?ansicht=alle")
    with CaptureQueriesContext(connection) as found:
        client.get("/cms/beratung/?ansicht=alle")
    read = [each["sql"] for each in found.captured_queries if 'FROM "knowledge_topicpage"' in each["sql"]]
    assert len(read) == 2, "those to choose from, and those of the page"
    for sql in read:
        assert '"wagtailcore_page"."title"' in sql
        assert "seo_title" not in sql
