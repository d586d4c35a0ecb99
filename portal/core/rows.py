"""Several short rows of another table as one value of a row, where a query of their own would be one too many."""

from __future__ import annotations

from typing import Any

from django.db.models import JSONField, QuerySet, Subquery
from django.db.models.functions import JSONObject


class JSONRows(Subquery):
    """The rows of a queryset as a list of {name: value}, in no order; None or an empty list where there is none.

    Dates and times come as texts: ISO 8601, on SQLite without zone (UTC).
    """

    output_field = JSONField()

    def __init__(self, queryset: QuerySet[Any], *names: str) -> None:
        super().__init__(queryset.order_by().values(row=JSONObject(**{name: name for name in names})))

    def as_sqlite(self, compiler: Any, connection: Any) -> Any:
        collected = '(SELECT json_group_array(json(found."row")) FROM (%(subquery)s) AS found)'
        return self.as_sql(compiler, connection, template=collected)

    def as_postgresql(self, compiler: Any, connection: Any) -> Any:
        collected = '(SELECT jsonb_agg(found."row") FROM (%(subquery)s) AS found)'
        return self.as_sql(compiler, connection, template=collected)
