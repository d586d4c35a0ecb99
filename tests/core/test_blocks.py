"""Blocks of bodies in the editor."""

from __future__ import annotations

from portal.core.blocks import ALONE, BODY_BLOCKS, CalloutBlock


def test_text_alone_in_a_body_names_its_field_and_in_a_group_leaves_that_to_the_label() -> None:
    alone = dict(BODY_BLOCKS)[ALONE]
    assert alone.field.widget.attrs["aria-label"] == "Text in Markdown"
    assert "aria-label" not in CalloutBlock().child_blocks["text"].field.widget.attrs
