"""A handful of questions in words, and the statements they become (docs/protocol.md §6).

A question is a measure, and perhaps a grouping, a year and a top-N. In a chat, what a question says anew replaces what
was said before.
"""

import re
from dataclasses import dataclass, replace

from messages import Refusal

MEASURES = (
    # what is looked for, name, expression, type
    (
        re.compile(r"\baverage (order value|order|purchase)\b|\border value\b", re.I),
        "average order value",
        "avg(o.amount_cents)",
        "real",
    ),
    (
        re.compile(r"\b(how many|number of|count of|count) (the )?orders\b|\ball orders\b", re.I),
        "orders",
        "count(*)",
        "integer",
    ),
    (
        re.compile(r"\b(revenue|sales|turnover|income|purchase amount|purchases|spent)\b", re.I),
        "revenue",
        "sum(o.amount_cents)",
        "money_cents",
    ),
)
GROUPINGS = (
    (re.compile(r"\b(by|per|each|top \d+|which) customers?\b", re.I), "customer", "c.name", "text"),
    (re.compile(r"\b(by|per|each) regions?\b", re.I), "region", "c.region", "text"),
    (re.compile(r"\b(by|per|each) months?\b", re.I), "month", "substr(o.ordered_on, 1, 7)", "text"),
    (re.compile(r"\b(by|per|each) years?\b", re.I), "year", "substr(o.ordered_on, 1, 4)", "text"),
)
YEAR = re.compile(r"\b(?:for|in|of|during)? ?((?:19|20)\d\d)\b", re.I)
TOP = re.compile(r"\btop (\d{1,6})\b", re.I)
FOLLOW_UP = re.compile(r"^\s*(and|also|what about|how about|now|but|only|the same|too|by|per|for|in|group)\b", re.I)
SUGGESTIONS = (
    "show revenue by region",
    "What is the average order value per month for 2024?",
    "Show me the top 5 customers by total purchase amount",
)


@dataclass(frozen=True)
class Question:
    """What was understood. Parts that were not named are None."""

    measure: tuple | None = None
    grouping: tuple | None = None
    year: int | None = None
    top: int | None = None

    def understood(self):
        parts = {
            "measure": self.measure and self.measure[1],
            "grouping": self.grouping and self.grouping[1],
            "year": self.year,
            "top": self.top,
        }
        return {name: value for name, value in parts.items() if value is not None}

    def sentence(self):
        words = self.measure[1]
        if self.top:
            words += f" of the top {self.top}"
        if self.grouping:
            words += f" by {self.grouping[1]}"
        return words + (f" for {self.year}" if self.year else "")

    def statement(self):
        """One SELECT. Nothing of the question's own text gets into it but whole numbers."""
        _, measure, expression, _ = self.measure
        column = measure.replace(" ", "_")
        chosen = [f"{expression} AS {column}"]
        tables, where, order, limit = "orders o", "", "", ""
        if self.grouping:
            _, group, key, _ = self.grouping
            chosen.insert(0, f"{key} AS {group}")
            order = f" GROUP BY {key} ORDER BY " + (
                f"{column} DESC, {group}" if group in ("customer", "region") else group
            )
            if group in ("customer", "region"):
                tables += " JOIN customers c ON c.id = o.customer_id"
        if self.year:
            where = f" WHERE o.ordered_on BETWEEN '{self.year}-01-01' AND '{self.year}-12-31'"
        if self.top:
            limit = f" LIMIT {self.top}"
        return f"SELECT {', '.join(chosen)} FROM {tables}{where}{order}{limit}"

    def types(self):
        return ([self.grouping[3]] if self.grouping else []) + [self.measure[3]]


def read(text):
    measure = next((measure for measure in MEASURES if measure[0].search(text)), None)
    grouping = next((grouping for grouping in GROUPINGS if grouping[0].search(text)), None)
    year, top = YEAR.search(text), TOP.search(text)
    return Question(measure, grouping, int(year[1]) if year else None, int(top[1]) if top else None)


def after(text, before):
    """What is said, where it is a follow-up with what was said `before`."""
    question = read(text)
    if before and (question.measure is None or FOLLOW_UP.search(text)):
        said = {name: value for name, value in vars(question).items() if value is not None}
        question = replace(before, **said) if said else question
    return question


def understand(text, turns=()):
    """The question, with the `turns` before it in a chat; or QUERY_REJECTED with what was understood."""
    before = None
    for turn in turns:
        said = after(turn, before)
        before = said if said.measure else before
    question = after(text, before)
    if question.measure is None:
        details = {"reason": "not_understood", "understood": question.understood(), "suggestions": list(SUGGESTIONS)}
        raise Refusal("QUERY_REJECTED", "This question can't be read.", details)
    return question


def must_be_askable(text, settings):
    """§6: blank, over 4,000 characters or with control characters is QUERY_REJECTED."""
    reason = None
    if not text.strip():
        reason = "empty"
    elif len(text) > settings.max_query_chars:
        reason = "too_long"
    elif any(ord(letter) < 32 and letter not in "\t\r\n" or 127 <= ord(letter) < 160 for letter in text):
        reason = "control_character"
    if reason:
        raise Refusal("QUERY_REJECTED", "This is no question that can be asked.", {"reason": reason})


def chart(question, columns, rows):
    """A chart that fits the answer (AsyncAPI: `Visualization`)."""
    names = [column["name"] for column in columns]
    if not question.grouping:
        kind, x, y = "kpi", None, names[0]
    else:
        by_group = {"customer": "horizontal_bar", "region": "bar", "month": "line", "year": "line"}
        kind, (x, y) = by_group[question.grouping[1]], names
    values = [dict(zip(names, row)) for row in rows[:200]]
    mark = {"kpi": "text", "line": "line"}.get(kind, "bar")
    spec = {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        "data": {"values": values},
        "mark": mark,
        "encoding": {"x": {"field": x, "type": "nominal"}, "y": {"field": y, "type": "quantitative"}},
    }
    if x is None:
        spec["encoding"] = {"text": {"field": y, "type": "quantitative"}}
    return {"chart_type": kind, "x": x, "y": y, "title": question.sentence().capitalize(), "spec": spec}
