"""The reading tasks are found by search, too, once the law texts are loaded beside the starter content.

The texts come from outside (docs/legal-basis.md) and take minutes to load: it runs where LAWS_DIR names them.
"""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path

import pytest
from django.core.management import call_command

from portal.core.visibility import Visibility
from search import index as search_index
from search.finding import find
from search.rebuild import rebuild
from tests.browser.reading_tasks import TASKS

ROOT = Path(__file__).resolve().parents[2]
LAWS = os.environ.get("LAWS_DIR", "")
FIRST_RESULTS = 5
# Further down with the law texts; to be taken out once the ranking finds them.
KNOWN_MISSES = {"wer zahlt Anpassung Fachverfahren"}


@pytest.mark.slow
@pytest.mark.once
@pytest.mark.django_db
@pytest.mark.skipif(not LAWS, reason="LAWS_DIR names no law texts")
def test_the_law_texts_push_no_reading_task_down() -> None:
    call_command("import_content", ROOT / "knowledge" / "starter", starter=True, verbosity=0)
    call_command("import_laws", Path(LAWS), state=date(2026, 8, 19), verbosity=0)
    rebuild()
    places = {}
    for task in TASKS:
        right = {task.address, *(address for address, _ in task.also)}
        found = [result.url for result in find(task.query, level=Visibility.PUBLIC).results]
        places[task.query] = next((place for place, url in enumerate(found, start=1) if url in right), 0)
    search_index._readers.index = None

    missed = {query: place for query, place in places.items() if not 1 <= place <= FIRST_RESULTS}
    assert missed.keys() <= KNOWN_MISSES, missed
