"""The blocks of which bodies are made. Rendering happens when a page is saved (knowledge.rendering)."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.functional import cached_property
from wagtail import blocks
from wagtail.contrib.typed_table_block.blocks import TypedTableBlock
from wagtail.documents.blocks import DocumentChooserBlock
from wagtail.images.blocks import ImageChooserBlock

from portal.core.markdown_limits import MAX_DEPTH, depth, footnote_error, limit_error, prose

RICH_TEXT_FEATURES = ["h2", "h3", "h4", "bold", "italic", "ol", "ul", "link", "document-link", "hr"]
MAX_MARKDOWN = 100_000
MAX_BODY = 300_000
ALONE = "markdown"  # the name of the block of plain text in a body


def markdown_error(source: str) -> str:
    """Return why a Markdown text is refused, in German; empty when it is fine."""
    if len(source) > MAX_MARKDOWN:
        return (
            f"Der Text ist mit {_thousands(len(source))} Zeichen zu lang, erlaubt sind "
            f"{_thousands(MAX_MARKDOWN)}. Teilen Sie ihn auf mehrere Seiten auf oder hängen Sie ihn als Datei an."
        )
    parts = prose(source)
    deepest = max((depth(line) for _, lines, code in parts if not code for line in lines), default=0)
    if deepest > MAX_DEPTH:
        return f"Listen oder Zitate sind {deepest} Ebenen tief verschachtelt, erlaubt sind {MAX_DEPTH}."
    return limit_error(source) or footnote_error(source)


def _thousands(number: int) -> str:
    return f"{number:,}".replace(",", ".")


class MarkdownBlock(blocks.TextBlock):
    """Markdown source (package `markdown`); everything rendered from it passes nh3."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("rows", 6)
        super().__init__(**kwargs)

    @cached_property
    def field(self) -> forms.Field:
        """The field; standing alone in a body it carries its own name, since only blocks in groups get a label."""
        field: forms.Field = super().field
        if self.name == ALONE:
            field.widget.attrs["aria-label"] = "Text in Markdown"
        return field

    def clean(self, value: Any) -> Any:
        message = markdown_error(str(value or ""))
        if message:
            raise ValidationError(message)
        return super().clean(value)

    class Meta:
        icon = "code"
        label = "Markdown"


class CellBlock(blocks.CharBlock):
    """A cell of a table; Wagtail draws it without a label. Migrations know it as what it stores: characters."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.field.widget.attrs["aria-label"] = "Zelle der Tabelle"

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        _, args, kwargs = super().deconstruct()
        return "wagtail.blocks.CharBlock", args, kwargs


class RichBlock(blocks.RichTextBlock):
    """Rich text whose editor says its name. Migrations know it as what it stores: rich text."""

    @cached_property
    def field(self) -> forms.Field:
        field: forms.Field = super().field
        field.widget.options["ariaLabel"] = str(self.label)
        return field

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        _, args, kwargs = super().deconstruct()
        return "wagtail.blocks.RichTextBlock", args, kwargs


class CalloutBlock(blocks.StructBlock):
    kind = blocks.ChoiceBlock(
        label="Art",
        choices=[
            ("hinweis", "Hinweis"),
            ("wichtig", "Wichtig"),
            ("frist", "Frist"),
            ("praxisbeispiel", "Praxisbeispiel"),
        ],
        default="hinweis",
    )
    title = blocks.CharBlock(label="Überschrift", required=False, max_length=120)
    text = MarkdownBlock(label="Text")

    class Meta:
        icon = "info-circle"
        label = "Hinweiskasten"


class ItemBlock(blocks.StructBlock):
    title = blocks.CharBlock(label="Überschrift", max_length=160)
    text = MarkdownBlock(label="Text", required=False)


class StepsBlock(blocks.StructBlock):
    title = blocks.CharBlock(label="Überschrift", required=False, max_length=120, default="So gehen Sie vor")
    items = blocks.ListBlock(ItemBlock(), label="Schritte", min_num=1)

    class Meta:
        icon = "list-ol"
        label = "Schritte"


class AccordionBlock(blocks.StructBlock):
    title = blocks.CharBlock(label="Überschrift", required=False, max_length=120)
    items = blocks.ListBlock(ItemBlock(), label="Abschnitte", min_num=1)

    class Meta:
        icon = "collapse-down"
        label = "Akkordeon"


class ChecklistItemBlock(blocks.StructBlock):
    text = blocks.CharBlock(label="Aufgabe", max_length=500)
    role = blocks.CharBlock(label="Rolle", required=False, max_length=120)
    reason = blocks.CharBlock(label="Grund", required=False, max_length=500)


class ChecklistBlock(blocks.StructBlock):
    title = blocks.CharBlock(label="Überschrift", required=False, max_length=120)
    items = blocks.ListBlock(ChecklistItemBlock(), label="Punkte", min_num=1)

    class Meta:
        icon = "tick"
        label = "Checkliste"


class TableBlock(blocks.StructBlock):
    caption = blocks.CharBlock(label="Beschriftung", max_length=200)
    first_column_is_header = blocks.BooleanBlock(label="Erste Spalte ist Überschrift", required=False)
    table = TypedTableBlock([("text", CellBlock(label="Text", required=False))], label="Tabelle")

    class Meta:
        icon = "table"
        label = "Tabelle"


class ImageBlock(blocks.StructBlock):
    image = ImageChooserBlock(label="Bild")
    alt = blocks.CharBlock(
        label="Alternativtext an dieser Stelle", required=False, max_length=255,
        help_text="Leer: der Alternativtext des Bildes gilt.",
    )  # fmt: skip
    caption = blocks.CharBlock(label="Bildunterschrift", required=False, max_length=300)

    class Meta:
        icon = "image"
        label = "Bild"


class FileBlock(blocks.StructBlock):
    document = DocumentChooserBlock(label="Datei")
    title = blocks.CharBlock(label="Titel", required=False, max_length=200)

    class Meta:
        icon = "doc-full"
        label = "Datei"


class QuoteBlock(blocks.StructBlock):
    text = MarkdownBlock(label="Zitat")
    source = blocks.CharBlock(label="Quelle", max_length=255)
    url = blocks.URLBlock(label="Adresse der Quelle", required=False)

    class Meta:
        icon = "openquote"
        label = "Zitat"

    def clean(self, value: Any) -> Any:
        cleaned = super().clean(value)
        if not str(cleaned.get("source") or "").strip():
            raise blocks.StructBlockValidationError({"source": ValidationError("Ein Zitat braucht seine Quelle.")})
        return cleaned


BODY_BLOCKS: list[tuple[str, blocks.Block]] = [
    (ALONE, MarkdownBlock()),
    ("text", RichBlock(label="Text", features=RICH_TEXT_FEATURES, icon="pilcrow")),
    ("callout", CalloutBlock()),
    ("steps", StepsBlock()),
    ("checklist", ChecklistBlock()),
    ("table", TableBlock()),
    ("accordion", AccordionBlock()),
    ("image", ImageBlock()),
    ("file", FileBlock()),
    ("quote", QuoteBlock()),
    (
        "question",
        blocks.PageChooserBlock(label="Verwandte Frage", page_type=["faq.QuestionPage"], icon="help"),
    ),
]


class BodyBlock(blocks.StreamBlock):
    """The stream of an article, a question or a service page."""

    def clean(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        cleaned = super().clean(value, *args, **kwargs)
        size = len(str(self.get_prep_value(cleaned)))
        if size > MAX_BODY:
            raise blocks.StreamBlockValidationError(
                non_block_errors=[
                    f"Der Inhalt ist mit {_thousands(size)} Zeichen zu lang, erlaubt sind {_thousands(MAX_BODY)}. "
                    "Teilen Sie ihn auf mehrere Seiten auf."
                ]
            )
        return cleaned

    def __init__(self, local_blocks: Any = None, **kwargs: Any) -> None:
        super().__init__(BODY_BLOCKS if local_blocks is None else local_blocks, **kwargs)

    class Meta:
        required = False
