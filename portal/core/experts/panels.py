"""What outside experts have said, on the edit screen of the page."""

from __future__ import annotations

from typing import Any

from wagtail.admin.panels import Panel


class ExpertPanel(Panel):
    """Remarks and votes of experts; nothing as long as there are none."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("heading", "Stellungnahmen externer Fachleute")
        super().__init__(**kwargs)

    class BoundPanel(Panel.BoundPanel):
        """The panel of one page."""

        template_name = "core/screens/expert_panel.html"

        def is_shown(self) -> bool:
            return bool(self.instance is not None and self.instance.pk and super().is_shown() and self.opinions)

        @property
        def opinions(self) -> list[Any]:
            from portal.core.experts import queries

            found: list[Any] | None = getattr(self, "_opinions", None)
            if found is None:
                found = self._opinions = queries.opinions(self.instance, only_said=True)
            return found

        def get_context_data(self, parent_context: Any = None) -> dict[str, Any]:
            return {**super().get_context_data(parent_context), "opinions": self.opinions}
