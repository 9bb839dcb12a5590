"""Two small databases in memory, real SQL; and which of them a question asks (docs/protocol.md §6)."""

import random
import sqlite3
import threading
import time
from dataclasses import dataclass

from messages import Refusal, field, instant, texts

DEFAULT = "shop"
REGIONS = ("North", "South", "East", "West")
TABLES = """
CREATE TABLE customers (id INTEGER PRIMARY KEY, name TEXT NOT NULL, region TEXT NOT NULL);
CREATE TABLE orders (id INTEGER PRIMARY KEY, customer_id INTEGER NOT NULL REFERENCES customers(id),
                     ordered_on TEXT NOT NULL, amount_cents INTEGER NOT NULL);
CREATE INDEX orders_customer ON orders (customer_id);
"""


@dataclass(frozen=True)
class Context:
    """The database that is asked, and why that one."""

    database: str
    tables: tuple | None
    source: str

    def fields(self):
        tables = {} if self.tables is None else {"tables": list(self.tables)}
        return {"database": self.database, **tables, "source": self.source}


@dataclass(frozen=True)
class Selection:
    database: str
    tables: tuple | None
    expires: float

    def context(self, source):
        return Context(self.database, self.tables, source)


class Databases:
    def __init__(self, settings):
        self.settings = settings
        self.open = {
            DEFAULT: ("Customers and their orders", _made(seed=1, customers=4_200, years=(2023, 2024, 2025))),
            "shop_archive": ("The same, of the years before", _made(seed=2, customers=300, years=(2020, 2021, 2022))),
        }
        self.lock = threading.Lock()  # statements run beside the event loop
        self.users = {}  # what a user selected last

    def tables(self, database):
        rows = self.open[database][1].execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
        return [name for (name,) in rows]

    def listed(self):
        databases = [
            {
                "name": name,
                "description": about,
                "tables": self.tables(name),
                "status": "unavailable" if self.settings.no_database else "available",
            }
            for name, (about, _) in self.open.items()
        ]
        return {"databases": databases, "default": DEFAULT}

    def run(self, database, sql, most):
        """Column names and rows of a statement, at most `most`; and whether there were more."""
        with self.lock:
            cursor = self.open[database][1].execute(sql)
            rows = [list(row) for row in cursor.fetchmany(most + 1)]
        names = [column[0] for column in cursor.description]
        return names, rows[:most], len(rows) > most

    def must_answer(self, database):
        if self.settings.no_database:
            raise self.refusal("DATABASE_CONTEXT_UNAVAILABLE", f"{database} does not answer.", "Ask again later.")

    def wanted(self, message, name="database_context"):
        """What a message names, or None. Only its form is looked at."""
        context = field(message, name, dict)
        if context is None:
            return None
        return self.named(context, "message")

    def named(self, fields, source):
        database = field(fields, "database", str, required=True)
        tables = texts(fields, "tables")
        return Context(database, None if tables is None else tuple(tables), source)

    def refusal(self, code, message, hint):
        details = {"user_message": message, "available_databases": list(self.open), "hint": hint}
        return Refusal(code, message, details)

    def must_exist(self, context):
        """§6: an unknown database or table is DATABASE_CONTEXT_INVALID, wherever it came from."""
        if context.database not in self.open:
            raise self.refusal("DATABASE_CONTEXT_INVALID", "There is no such database.", "Name one of those available.")
        known = self.tables(context.database)
        unknown = [table for table in context.tables or () if table not in known]
        if unknown:
            hint = "It has the tables " + ", ".join(known) + "."
            raise self.refusal("DATABASE_CONTEXT_INVALID", "There is no such table in this database.", hint)
        return context

    def must_be_allowed(self, context, token):
        """§2: the scopes `db:NAME` and `db:*` of a token."""
        if token and not token.allows(f"db:{context.database}"):
            refusal = self.refusal(
                "DATABASE_CONTEXT_FORBIDDEN", "The token does not allow this database.", "Ask another one."
            )
            refusal.details["available_databases"] = [name for name in self.open if token.allows(f"db:{name}")]
            raise refusal

    def resolve(self, wanted, session):
        """The order of §6: the message's, the session's, the user's, the default."""
        policy = self.settings.context_policy
        if policy == "off":
            return Context(DEFAULT, None, "default")
        if wanted:
            return self.must_exist(wanted)
        selected = session.selection
        if selected and selected.expires > time.time():
            return self.must_exist(selected.context("session"))
        lasting = self.of_user(session.user)
        if lasting:
            return self.must_exist(lasting.context("user"))
        if policy == "warn":
            return Context(DEFAULT, None, "default")
        if selected:
            raise self.refusal("DATABASE_CONTEXT_EXPIRED", "The selected database has run out.", "Select one again.")
        raise self.refusal(
            "DATABASE_CONTEXT_MISSING", "No database is selected.", "Select one, or name one with the question."
        )

    def of_user(self, user):
        """§6, *Here*: users without a name recover nothing from each other."""
        selected = self.users.get(user) if user not in (None, "anonymous") else None
        return selected if selected and selected.expires > time.time() else None

    def recovered(self, session):
        """What a handshake finds selected (§6, `recovered_database_context`)."""
        if session.selection and session.selection.expires > time.time():
            return session.selection.context("session").fields()
        lasting = self.of_user(session.user)
        return lasting.context("user").fields() if lasting else None

    def select(self, session, context):
        """Gives the fields of `database_context_changed`."""
        self.must_exist(context)
        self.must_answer(context.database)
        if self.settings.context_policy == "off" and context.database != DEFAULT:
            hint = "This server asks its default database only."
            raise self.refusal("DATABASE_CONTEXT_FORBIDDEN", "Another database can't be selected here.", hint)
        now = time.time()
        expires = now + self.settings.context_session_ttl_ms / 1000
        session.selection = Selection(context.database, context.tables, expires)
        if session.user not in (None, "anonymous"):
            until = now + self.settings.context_user_ttl_ms / 1000
            self.users[session.user] = Selection(context.database, context.tables, until)
        return {"database_context": session.selection.context("session").fields(), "expires_at": instant(expires)}


def _made(seed, customers, years):
    chance = random.Random(seed)
    database = sqlite3.connect(":memory:", check_same_thread=False)
    database.executescript(TABLES)
    people = [(at, f"Customer {at:04}", chance.choice(REGIONS)) for at in range(1, customers + 1)]
    orders = []
    for at in range(1, customers * 2 + 1):
        # Everybody has an order, so that there is something to say of each.
        customer = at if at <= customers else chance.randint(1, customers)
        day = f"{chance.choice(years)}-{chance.randint(1, 12):02}-{chance.randint(1, 28):02}"
        orders.append((at, customer, day, chance.randint(500, 250_000)))
    database.executemany("INSERT INTO customers VALUES (?, ?, ?)", people)
    database.executemany("INSERT INTO orders VALUES (?, ?, ?, ?)", orders)
    database.commit()
    database.execute("PRAGMA query_only = ON")
    return database
