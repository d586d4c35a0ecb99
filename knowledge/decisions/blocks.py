"""The blocks of a decision help: questions and results, checked as a tree with the message at the field."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from wagtail import blocks
from wagtail.blocks.list_block import ListBlockValidationError
from wagtail.blocks.stream_block import StreamBlockValidationError
from wagtail.blocks.struct_block import StructBlockValidationError

from knowledge.decisions.tree import MAX_KEY, MAX_NODES, RESULT, STEP, Fault, tree_of
from portal.core.blocks import MarkdownBlock

MAX_LINE = 300
MAX_SHORT = 160


def _key_block() -> blocks.CharBlock:
    return blocks.CharBlock(
        label="Kürzel", max_length=MAX_KEY,
        help_text="Kurz und eindeutig, zum Beispiel „bundesrecht“. Steht in der Adresse; Antworten nennen es.",
    )  # fmt: skip


class AnswerBlock(blocks.StructBlock):
    label = blocks.CharBlock(label="Antwort", max_length=MAX_SHORT)
    next = blocks.CharBlock(
        label="Weiter zu", max_length=MAX_KEY, help_text="Kürzel der Frage oder des Ergebnisses."
    )

    class Meta:
        icon = "tick"
        label = "Antwort"
        label_format = "{label}: {next}"


class StepBlock(blocks.StructBlock):
    key = _key_block()
    question = blocks.CharBlock(label="Frage", max_length=MAX_LINE)
    help = MarkdownBlock(
        label="Hilfe zur Frage", required=False, rows=3,
        help_text="Woran man die Antwort erkennt oder wo sie steht. Markdown ist möglich.",
    )  # fmt: skip
    answers = blocks.ListBlock(AnswerBlock(), label="Antworten", min_num=2, max_num=12)

    class Meta:
        icon = "help"
        label = "Frage"
        label_format = "{key}: {question}"


class SourceBlock(blocks.StructBlock):
    title = blocks.CharBlock(
        label="Quelle", max_length=MAX_LINE, help_text="Mit Datum, zum Beispiel „Kommune21, 15.01.2025“."
    )
    url = blocks.URLBlock(label="Adresse", required=False, max_length=500)

    class Meta:
        icon = "link"
        label = "Quelle"


class ResultBlock(blocks.StructBlock):
    key = _key_block()
    statement = blocks.CharBlock(
        label="Aussage", max_length=MAX_LINE, help_text="Das Ergebnis in einem einfachen Satz."
    )
    why = MarkdownBlock(label="Warum", required=False, rows=4, help_text="Begründung in wenigen Sätzen.")
    legal_basis = blocks.TextBlock(
        label="Rechtsgrundlage", required=False, rows=2, max_length=2000,
        help_text="Eine Angabe je Zeile, zum Beispiel „§ 9a Abs. 5 OZG“.",
    )  # fmt: skip
    sources = blocks.ListBlock(
        SourceBlock(), label="Quellen", default=[], max_num=8,
        help_text="Jedes Ergebnis braucht eine Rechtsgrundlage oder eine Quelle.",
    )  # fmt: skip
    todo = blocks.TextBlock(
        label="Was jetzt zu tun ist", required=False, rows=4, max_length=4000, help_text="Ein Schritt je Zeile."
    )
    articles = blocks.ListBlock(
        blocks.PageChooserBlock(label="Seite", page_type=["knowledge.ArticlePage", "faq.QuestionPage"]),
        label="Artikel und Fragen dazu", default=[], max_num=6,
        help_text="Die Artikel zeigen ihrerseits einen Hinweis auf diese Entscheidungshilfe.",
    )  # fmt: skip
    advice = blocks.CharBlock(
        label="Anliegen für die Beratung", required=False, max_length=MAX_SHORT,
        help_text="Steht schon im Formular, wenn jemand von hier aus Beratung anfragt.",
    )  # fmt: skip

    def clean(self, value: Any) -> Any:
        from knowledge.validation import legal_basis_error

        cleaned = super().clean(value)
        message = legal_basis_error(cleaned.get("legal_basis") or "")
        if message:
            raise StructBlockValidationError({"legal_basis": ValidationError(message)})
        return cleaned

    class Meta:
        icon = "tick-inverse"
        label = "Ergebnis"
        label_format = "{key}: {statement}"


TREE_BLOCKS: list[tuple[str, blocks.Block]] = [(STEP, StepBlock()), (RESULT, ResultBlock())]


class TreeBlock(blocks.StreamBlock):
    """The stream of a decision help. A draft may be unfinished, but never hold a circle or a wrong key."""

    def __init__(self, local_blocks: Any = None, **kwargs: Any) -> None:
        super().__init__(TREE_BLOCKS if local_blocks is None else local_blocks, **kwargs)

    def clean(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        errors: dict[int, Any] = {}
        whole: list[Any] = []
        cleaned = None
        try:
            cleaned = super().clean(value, *args, **kwargs)
        except StreamBlockValidationError as error:
            errors, whole = dict(error.block_errors), list(error.non_block_errors.as_data())
        found = [fault for fault in tree_of(value).faults if not (fault.lacking and self.is_deferred_validation)]
        whole += [ValidationError(fault.message) for fault in found if fault.node < 0]
        for place in dict.fromkeys(fault.node for fault in found if fault.node >= 0):
            # What a field by itself is refused for comes first: the rest may follow from it.
            errors.setdefault(place, _error_of([fault for fault in found if fault.node == place]))
        if errors or whole:
            raise StreamBlockValidationError(block_errors=errors, non_block_errors=whole)
        return cleaned

    class Meta:
        required = True
        max_num = MAX_NODES


def _error_of(faults: list[Fault]) -> StructBlockValidationError:
    """Return the faults of one node as errors of its fields."""
    fields: dict[str, ValidationError] = {}
    answers: dict[int, dict[str, ValidationError]] = {}
    own: list[ValidationError] = []
    for fault in faults:
        error = ValidationError(fault.message)
        if fault.answer >= 0:
            answers.setdefault(fault.answer, {}).setdefault(fault.field, error)
        elif fault.field == "answers":
            own.append(error)
        else:
            fields.setdefault(fault.field, error)
    errors: dict[str, ValidationError] = dict(fields)
    if answers:
        rows = {number: StructBlockValidationError(found) for number, found in answers.items()}
        errors["answers"] = ListBlockValidationError(block_errors=rows)
    return StructBlockValidationError(block_errors=errors, non_block_errors=own)
