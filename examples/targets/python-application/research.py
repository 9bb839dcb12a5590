"""The workflow `research`: one measure over time, and what there is to say of it (docs/protocol.md §12)."""

from dataclasses import replace

from messages import Refusal
from questions import GROUPINGS, chart, read

STAGES = ("research", "analyst", "reporting")
GROUPING = {grouping[1]: grouping for grouping in GROUPINGS}
PERIODS = {"month": 7, "year": 4}  # letters of a day that name its period
DAYS = "SELECT min(o.ordered_on), max(o.ordered_on) FROM orders o"


class Study:
    """What the three agents hand on."""

    def __init__(self, text):
        question = read(text)
        if question.measure is None:
            raise Refusal("QUERY_REJECTED", "There is nothing to measure in this.", {"reason": "not_understood"})
        period = question.grouping if question.grouping and question.grouping[1] in PERIODS else GROUPING["month"]
        self.question = replace(question, grouping=period, top=None)
        self.statements, self.findings = [], []
        self.columns, self.rows, self.split = [], [], []

    def read(self, run):
        """The series, its split by region, and the days between which there is anything. `run` runs a statement."""
        self.rows = self._whole_periods(run(self._noted(self.question.statement()))[1], run(self._noted(DAYS))[1][0])
        if not self.rows:
            raise Refusal("QUERY_REJECTED", "There is no data for this.", {"reason": "no_data"})
        by_region = replace(self.question, grouping=GROUPING["region"])
        self.split = run(self._noted(by_region.statement()))[1]
        names = (self.question.grouping[1], self.question.measure[1].replace(" ", "_"))
        self.columns = [{"name": name, "type": kind} for name, kind in zip(names, self.question.types())]

    def _noted(self, statement):
        self.statements.append(statement)
        return statement

    def _whole_periods(self, rows, days):
        """§12: periods that the first or the last day of the data cuts are left out. Months have 28 days here."""
        first, last = days
        letters = PERIODS[self.question.grouping[1]]
        begins, ends = ("-01", "-28") if letters == 7 else ("-01-01", "-12-28")
        cut = {first[:letters]} if first > first[:letters] + begins else set()
        cut |= {last[:letters]} if last < last[:letters] + ends else set()
        return [row for row in rows if row[0] not in cut]

    def analyse(self):
        """Statements that the numbers bear out; the fewer numbers, the less sure."""
        measure, period = self.question.measure[1], self.question.grouping[1]
        best = max(self.rows, key=lambda row: row[1])
        least = min(self.rows, key=lambda row: row[1])
        sure = round(1 - 1 / (len(self.rows) + 1), 3)
        self._find("extreme", f"The {measure} is highest in {best[0]} and lowest in {least[0]}.", 1.0)
        half = len(self.rows) // 2
        if half:
            before, behind = (sum(row[1] for row in part) / len(part) for part in (self.rows[:half], self.rows[half:]))
            way = "grows" if behind > before else "falls"
            self._find("trend", f"Over {len(self.rows)} {period}s the {measure} {way}.", sure)
        if self.split:
            self._find("split", f"{self.split[0][0]} is the region with most {measure}.", sure)

    def _find(self, kind, statement, confidence):
        self.findings.append({"kind": kind, "statement": statement, "confidence": confidence})

    def result(self, statement, most):
        rows = self.rows[:most]
        shown = {"columns": self.columns, "rows": rows, "row_count": len(rows), "truncated": len(rows) < len(self.rows)}
        drawn = chart(self.question, self.columns, rows)
        return {"sql": statement, **shown, "visualization": drawn, "report": self.report()}

    def report(self):
        title = self.question.sentence().capitalize()
        lines = [f"# {title}", "", *(f"- {finding['statement']}" for finding in self.findings)]
        return {"title": title, "text": "\n".join(lines), "findings": self.findings, "statements": self.statements}
