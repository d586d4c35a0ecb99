"""Tags and filters of all templates; a builtin library, so that no template has to load it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import unquote

from django import template
from django.conf import settings
from django.core.paginator import Paginator
from django.forms import BoundField, CheckboxInput, FileInput, HiddenInput, RadioSelect, Select, SelectMultiple
from django.utils.safestring import SafeString

from portal.core import typed

register = template.Library()

MESSAGE_KINDS = {"debug": "info", "info": "info", "success": "success", "warning": "warning", "error": "danger"}
SECTIONS = {"themen", "glossar", "recht", "fristen", "vorlagen", "rollen", "schlagwort", "entscheidungshilfen"}
"""First parts of our own addresses: they say where something stands, not what it is about."""
FILE_WORD = re.compile(r"\.(?:html?|php|aspx?|pdf|md|docx|xlsx|odt)$", re.IGNORECASE)


@register.simple_tag
def site_name() -> str:
    """Return the name of this installation."""
    return str(settings.SITE_NAME)


@register.simple_tag(takes_context=True)
def typed_text(context: Any) -> str:
    """Return what was typed into the form a page answers instead of taking it (portal.core.typed)."""
    request = context.get("request")
    return typed.text_of(request) if request is not None else ""


@register.inclusion_tag("components/corrections.html", takes_context=True)
def correction_notices(context: Any) -> dict[str, Any]:
    """Show the correction notices of the page at hand; views without a page have none."""
    from portal.core.review.corrections import notices_of

    page = context.get("page")
    found = getattr(page, "found_notices", None)
    if found is None:
        found = notices_of(page) if getattr(page, "pk", None) else []
    return {"notices": found}


@register.filter
def message_kind(message: Any) -> str:
    """Return the KERN kind of a Django message."""
    return MESSAGE_KINDS.get(getattr(message, "level_tag", ""), "info")


@register.filter
def is_current(url: str, path: str) -> bool:
    """True when a menu entry leads to the page at `path` or to one above it."""
    return url == path or (url not in ("", "/") and url.endswith("/") and path.startswith(url))


@register.filter
def elided_pages(paginator: Paginator[Any], number: int) -> Iterable[int | str]:
    """Return the page numbers to show around the current one, with "…" for gaps."""
    return paginator.get_elided_page_range(number, on_each_side=1, on_ends=1)


@register.filter
def filesize(size: int | str | None) -> str:
    """Return a size in bytes as a German text ("240 kB"); texts pass unchanged."""
    if not isinstance(size, int):
        return str(size or "")
    if size < 1_000_000:
        return f"{max(1, round(size / 1000))} kB"
    return f"{size / 1_000_000:.1f} MB".replace(".", ",")


@register.filter
def path_words(path: str) -> str:
    """Return the words of an address as a search text, for the page that says "not found"."""
    parts = [FILE_WORD.sub("", part) for part in unquote(path or "").split("/") if part]
    parts = parts[1:] if len(parts) > 1 and parts[0] in SECTIONS else parts
    words = dict.fromkeys(word for part in parts for word in re.findall(r"[^\W_]+", part) if not word.isdigit())
    return " ".join(words)[:100]


def _kern_class(field: BoundField) -> str:
    widget = field.field.widget
    if isinstance(widget, CheckboxInput):
        name = "kern-form-check__checkbox"
    elif isinstance(widget, Select) and not isinstance(widget, SelectMultiple | RadioSelect):
        name = "kern-form-input__select"
    else:
        name = "kern-form-input__input"
    if isinstance(widget, FileInput):
        name += " kp-file-input"
    if field.errors:
        name += f" {name.split()[0]}--error"
    return " ".join(filter(None, [str(widget.attrs.get("class", "")), name]))


@register.simple_tag
def kern_widget(field: BoundField) -> SafeString:
    """Return the field's control with KERN's classes; descriptions and errors are linked by Django."""
    if isinstance(field.field.widget, HiddenInput):
        return field.as_widget()
    return field.as_widget(attrs={"class": _kern_class(field)})


@register.simple_tag
def kern_options(field: BoundField) -> list[dict[str, Any]]:
    """Return the options of a radio or check box group: control, label and id of each."""
    # Django derives the check boxes from the radio buttons, so the type of the input decides.
    kind = str(getattr(field.field.widget, "input_type", "checkbox"))
    classes = f"kern-form-check__{kind}"
    if field.errors:
        classes += f" {classes}--error"
    options = []
    for option in field.subwidgets:
        option.data["attrs"]["class"] = classes
        options.append({"tag": option.tag(), "label": option.choice_label, "id": option.id_for_label})
    return options


@register.filter
def says_optional(field: BoundField) -> bool:
    """True when a label says that the field may stay empty; a lone check box may by its nature."""
    filled: frozenset[str] = getattr(field.form, "always_filled", frozenset())
    return not (field.field.required or field.name in filled or field_kind(field) == "check")


@register.filter
def groups_of_four(text: str) -> list[str]:
    """Return a key in groups that the eye can keep while typing it."""
    return [text[start : start + 4] for start in range(0, len(text), 4)]


@register.filter
def field_kind(field: BoundField) -> str:
    """Return which markup a field needs: hidden, check, group, select or input."""
    widget = field.field.widget
    if field.is_hidden:
        return "hidden"
    if isinstance(widget, CheckboxInput):
        return "check"
    if field.use_fieldset:
        return "group"
    if isinstance(widget, Select) and not isinstance(widget, SelectMultiple):
        return "select"
    return "input"
