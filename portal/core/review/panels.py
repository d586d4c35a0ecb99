"""The panel that asks what a change means for readers."""

from __future__ import annotations

from wagtail.admin.panels import FieldPanel, MultiFieldPanel


def change_panel() -> MultiFieldPanel:
    """Significance and note of the change at hand; asked for when it is submitted, empty again afterwards."""
    return MultiFieldPanel(
        [FieldPanel("change_significance"), FieldPanel("change_summary")],
        heading="Diese Änderung",
        help_text="Wird mit der Fassung freigegeben und den Leserinnen und Lesern gezeigt.",
    )
