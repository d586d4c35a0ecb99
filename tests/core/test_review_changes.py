"""What of a revision counts as a change."""

from __future__ import annotations

import json

from portal.core.review.changes import substance

BLOCK = {"type": "callout", "value": {"title": "Frist", "kind": "frist", "text": "Zeile\r\nzwei"}, "id": "a1"}
SHUFFLED = {"id": "a1", "type": "callout", "value": {"kind": "frist", "text": "Zeile\nzwei", "title": "Frist"}}


def test_the_order_of_names_within_a_body_is_no_change() -> None:
    """PostgreSQL has an order of its own: a body read from the page is not written as a form sends it."""
    assert substance({"body": json.dumps([BLOCK])}) == substance({"body": json.dumps([SHUFFLED])})


def test_the_order_of_blocks_and_every_value_is_one() -> None:
    other = {**BLOCK, "id": "b2"}
    changed = {**BLOCK, "value": {**BLOCK["value"], "kind": "wichtig"}}  # type: ignore[dict-item]  # a mapping
    first = substance({"body": json.dumps([BLOCK, other])})
    assert first != substance({"body": json.dumps([other, BLOCK])})
    assert substance({"body": json.dumps([BLOCK])}) != substance({"body": json.dumps([changed])})


def test_what_only_looks_like_a_body_is_compared_as_text() -> None:
    assert substance({"title": "[{ nicht fertig"}) == substance({"title": "[{ nicht fertig"})
    assert substance({"title": "[{ nicht fertig"}) != substance({"title": "[{ fertig"})
    deep = "[{" + "[" * 100_000
    assert substance({"title": deep})["title"] == deep
