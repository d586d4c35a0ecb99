"""A panel of the form: the ways through the tree as text, what is missing, how often results were shown."""

from __future__ import annotations

from typing import Any

from wagtail.admin.panels import Panel

from knowledge.decisions.tree import MAX_WAYS


class TreePanel(Panel):
    """The ways of the tree as it was saved last."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("heading", "Wege durch die Fragen")
        super().__init__(**kwargs)

    class BoundPanel(Panel.BoundPanel):
        """The panel of one page."""

        template_name = "knowledge/decisions/ways.html"

        def is_shown(self) -> bool:
            return bool(self.instance is not None and self.instance.pk and super().is_shown())

        def get_context_data(self, parent_context: Any = None) -> dict[str, Any]:
            from knowledge.decisions.queries import result_counts

            tree, counts = self.instance.tree, result_counts(self.instance)
            ways = tree.ways()
            known = [node for node in tree.nodes if node.is_result]
            gone = sum(number for key, number in counts.items() if tree.get(key) is None)
            return {
                **super().get_context_data(parent_context),
                "ways": [{"said": said, "end": end} for said, end in ways],
                "is_cut": len(ways) >= MAX_WAYS,
                "faults": list(dict.fromkeys(fault.message for fault in tree.faults)),
                "results": [{"node": node, "count": counts.get(node.key, 0)} for node in known],
                "gone": gone,
            }
