"""The end of an article leads on, and whoever does not get on finds advice beside it."""

from __future__ import annotations

import pytest
from django.test import Client

from tests.factories import reading

pytestmark = pytest.mark.django_db


def end_of(url: str) -> str:
    html = Client().get(url).content.decode()
    return html[html.index('class="kp-next"') : html.index("</section>", html.index('class="kp-next"'))]


def test_a_next_page_has_advice_beside_it() -> None:
    topic = reading.topic("Ämter")
    further = reading.article(topic, "Weiterlesen")
    page = reading.article(topic, "Anfangen", next_step_label="Weiter geht es", next_step_page=further)

    end = end_of(page.url)

    assert f'href="{further.url}"' in end
    assert "Weiter geht es" in end
    assert "anliegen=beratung&amp;seite=" in end


def test_without_one_the_next_step_is_advice_alone() -> None:
    end = end_of(reading.article(reading.topic("Ämter"), "Anfangen").url)

    assert end.count("anliegen=beratung") == 1
    assert "Schildern Sie uns Ihr Anliegen" in end
