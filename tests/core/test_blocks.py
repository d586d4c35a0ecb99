"""Blocks of bodies in the editor."""

from __future__ import annotations

from portal.core.blocks import ALONE, BODY_BLOCKS, CalloutBlock


def test_text_alone_in_a_body_names_its_field_and_in_a_group_leaves_that_to_the_label() -> None:
    alone = dict(BODY_BLOCKS)[ALONE]
    assert alone.field.widget.attrs["aria-label"] == "Text in Markdown"
    assert "aria-label" not in CalloutBlock().child_blocks["text"].field.widget.attrs


def test_controls_without_a_label_say_their_names() -> None:
    blocks = dict(BODY_BLOCKS)
    cell = blocks["table"].child_blocks["table"].child_blocks["text"]
    assert 'aria-label="Zelle der Tabelle"' in cell.field.widget.render("zelle", "")
    assert "&quot;ariaLabel&quot;: &quot;Text&quot;" in blocks["text"].field.widget.render("text", None)


def test_migrations_know_labelled_blocks_as_those_of_wagtail() -> None:
    blocks = dict(BODY_BLOCKS)
    cell = blocks["table"].child_blocks["table"].child_blocks["text"]
    assert cell.deconstruct()[0] == "wagtail.blocks.CharBlock"
    assert blocks["text"].deconstruct()[0] == "wagtail.blocks.RichTextBlock"
