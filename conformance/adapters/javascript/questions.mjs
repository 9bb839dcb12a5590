// Questions between being asked and being answered, and what was seen of the session's history.

import { randomUUID } from "node:crypto";
import { now } from "./rules.mjs";

const LAST = ["query_result", "chat_reply", "error", "query_cancelled"];

/** The questions that wait for an answer, oldest first: each under one id for ever, sent once a connection. */
export class Questions {
  waiting = [];
  lastTransaction;

  /** Takes a question of the user. */
  add({ query, query_id = `q_${randomUUID()}`, database, max_rows }) {
    const message = { type: "query", query, query_id };
    if (database) message.database_context = { database };
    if (max_rows) message.preferences = { max_rows };
    this.waiting.push({ message, sent: false, accepted: false, rows: [] });
  }

  /** What is to be sent now; counts as sent. */
  due() {
    const due = this.waiting.filter((question) => !question.sent && !question.accepted);
    for (const question of due) question.sent = true;
    return due.map(({ message }) => ({ ...message, timestamp: now() }));
  }

  /** What was not accepted has to be sent again. */
  connectionLost() {
    for (const question of this.waiting) question.sent = false;
  }

  /** Nothing is replayed: the server has to be asked again; it knows the ids. */
  historyLost() {
    for (const question of this.waiting) Object.assign(question, { sent: false, accepted: false, rows: [] });
  }

  /** Takes out what was sent and not accepted: one of it was too large. */
  takeUnaccepted() {
    const lost = (question) => question.sent && !question.accepted;
    const taken = this.waiting.filter(lost);
    this.waiting = this.waiting.filter((question) => !lost(question));
    return taken.map(({ message }) => message.query_id);
  }

  /** Takes out everything. */
  takeAll() {
    return this.waiting.splice(0);
  }

  /** Takes note of a message about a question; gives the rows that came before when it is the last one. */
  note(message) {
    const transaction = message.transaction_id;
    const question = this.waiting.find(
      ({ message: asked, transaction: known }) =>
        message.query_id === asked.query_id || (transaction && transaction === known),
    );
    if (!question) return undefined;
    if (transaction) question.transaction = this.lastTransaction = transaction;
    if (message.type === "query_accepted") question.accepted = true;
    else if (message.type === "partial_result") question.rows.push(...(message.rows ?? []));
    else if (LAST.includes(message.type)) {
      this.waiting = this.waiting.filter((other) => other !== question);
      return question.rows;
    }
    return undefined;
  }
}

/** The last event seen: where to go on, and what comes a second time. */
export class Seen {
  /** Where to go on. */
  point;

  /** False for an event that was seen before. Another epoch is another history. */
  take({ epoch, offset }) {
    if (typeof epoch !== "string" || !Number.isInteger(offset)) return true;
    if (this.point?.epoch === epoch && offset <= this.point.offset) return false;
    this.point = { epoch, offset };
    return true;
  }

  /** Begins at `top` of `epoch`, unless something of it was seen. */
  begin(epoch, top) {
    if (this.point?.epoch !== epoch && Number.isInteger(top)) this.point = { epoch, offset: top };
  }
}
