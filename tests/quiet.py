"""Saving and publishing without what follows: indexes, caches, mails and Wagtail's log.

For tests that make thousands of changes and look at nothing but what is live. Review, its guard, its locks and the
recording of publications work as ever.
"""

from __future__ import annotations

import gc
import logging
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest.mock import patch

from django.template import loader
from django.template.response import SimpleTemplateResponse
from wagtail.admin.views.pages.create import CreateView
from wagtail.admin.views.pages.edit import EditView
from wagtail.log_actions import registry
from wagtail.signal_handlers import disable_reference_index_auto_update
from wagtail.signals import workflow_approved, workflow_rejected, workflow_submitted

from portal.core.review import notify
from portal.core.signals import content_changed, version_published

SIGNALS = (content_changed, version_published, workflow_approved, workflow_rejected, workflow_submitted)


@contextmanager
def _deaf(signal: Any) -> Iterator[None]:
    kept, signal.receivers = signal.receivers, []
    signal.sender_receivers_cache.clear()
    try:
        yield
    finally:
        signal.receivers = kept
        signal.sender_receivers_cache.clear()


@contextmanager
def _without_log() -> Iterator[None]:
    kept, registry.get_log_model_for_instance = registry.get_log_model_for_instance, lambda instance: None
    try:
        yield
    finally:
        registry.get_log_model_for_instance = kept


@contextmanager
def _without_mail() -> Iterator[None]:
    kept, notify.next_confirmation = notify.next_confirmation, lambda *args, **kwargs: None
    try:
        yield
    finally:
        notify.next_confirmation = kept


@contextmanager
def _without_collector() -> Iterator[None]:
    """Many small objects live long here, and the collector looks at all of them again and again."""
    gc.freeze()
    threshold = gc.get_threshold()
    gc.set_threshold(200_000, 50, 50)
    try:
        yield
    finally:
        gc.set_threshold(*threshold)
        gc.unfreeze()


@contextmanager
def _without_journal() -> Iterator[None]:
    """Refused requests are what the trials are made of; writing each down with its traceback takes long."""
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        yield
    finally:
        logging.disable(before)


@contextmanager
def quiet() -> Iterator[None]:
    with ExitStack() as stack:
        for signal in SIGNALS:
            stack.enter_context(_deaf(signal))
        stack.enter_context(_without_log())
        stack.enter_context(_without_mail())
        stack.enter_context(_without_journal())
        stack.enter_context(_without_collector())
        stack.enter_context(disable_reference_index_auto_update())
        yield


@contextmanager
def without_rendering() -> Iterator[None]:
    """Answer with empty pages: what a request has written is written before its answer is drawn."""
    with (
        patch.object(SimpleTemplateResponse, "rendered_content", ""),
        patch.object(loader, "render_to_string", lambda *args, **kwargs: ""),
    ):
        yield


@contextmanager
def without_context() -> Iterator[None]:
    """Prepare nothing for the forms of pages and snippets to be drawn with."""
    with (
        patch.object(EditView, "get_context_data", lambda *args, **kwargs: {}),
        patch.object(CreateView, "get_context_data", lambda *args, **kwargs: {}),
    ):
        yield
