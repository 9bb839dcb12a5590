//! Questions between being asked and being answered: each is sent once a connection, under one id for ever.

use std::collections::VecDeque;

use serde_json::{Value, json};

use crate::message::{now, text};

/// One question.
#[derive(Debug, Clone)]
pub(crate) struct Question {
    pub(crate) query_id: String,
    query: String,
    database: Option<String>,
    max_rows: Option<u64>,
    /// Sent on this connection.
    sent: bool,
    /// The server has it.
    accepted: bool,
    transaction_id: Option<String>,
    rows: Vec<Value>,
}

impl Question {
    /// `query`.
    pub(crate) fn message(&self) -> Value {
        let mut message = json!({
            "type": "query", "timestamp": now(), "query": self.query, "query_id": self.query_id,
        });
        if let Some(database) = &self.database {
            message["database_context"] = json!({"database": database});
        }
        if let Some(max_rows) = self.max_rows {
            message["preferences"] = json!({"max_rows": max_rows});
        }
        message
    }

    fn is_meant(&self, message: &Value) -> bool {
        let transaction = text(message, "transaction_id");
        text(message, "query_id") == self.query_id
            || (!transaction.is_empty() && self.transaction_id.as_deref() == Some(transaction))
    }
}

/// The questions that wait for an answer, oldest first.
#[derive(Debug, Default)]
pub(crate) struct Questions {
    waiting: VecDeque<Question>,
    count: u64,
    /// The last transaction there was, for commands.
    pub(crate) last_transaction: Option<String>,
}

impl Questions {
    /// Adds a question.
    pub(crate) fn add(
        &mut self,
        query: String,
        query_id: Option<String>,
        database: Option<String>,
        max_rows: Option<u64>,
    ) {
        self.count += 1;
        let made = || format!("q{}_{:08x}", self.count, rand::random::<u32>());
        let query_id = query_id.unwrap_or_else(made);
        self.waiting.push_back(Question {
            query_id,
            query,
            database,
            max_rows,
            sent: false,
            accepted: false,
            transaction_id: None,
            rows: Vec::new(),
        });
    }

    /// True when nothing waits.
    #[cfg(test)]
    pub(crate) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// What is to be sent now, in the order it was asked; counts as sent.
    pub(crate) fn due(&mut self) -> Vec<Value> {
        let due = self.waiting.iter_mut().filter(|question| !question.sent && !question.accepted);
        due.map(|question| {
            question.sent = true;
            question.message()
        })
        .collect()
    }

    /// The connection is gone: what was not accepted has to be sent again.
    pub(crate) fn connection_lost(&mut self) {
        for question in &mut self.waiting {
            question.sent = false;
        }
    }

    /// Nothing of the past is replayed: the server has to be asked again; it knows the ids.
    pub(crate) fn history_lost(&mut self) {
        for question in &mut self.waiting {
            (question.sent, question.accepted) = (false, false);
            question.rows.clear();
        }
    }

    /// Takes out what was sent and not accepted: one of it was too large.
    pub(crate) fn take_unaccepted(&mut self) -> Vec<Question> {
        let (taken, kept) = self.waiting.drain(..).partition(|question| question.sent && !question.accepted);
        self.waiting = kept;
        Vec::from_iter::<VecDeque<Question>>(taken)
    }

    /// Takes out everything.
    pub(crate) fn take_all(&mut self) -> Vec<Question> {
        self.waiting.drain(..).collect()
    }

    /// Puts a question back, as one that was not sent.
    pub(crate) fn put_back(&mut self, question: Question) {
        self.waiting.push_back(Question { sent: false, accepted: false, ..question });
    }

    /// Takes note of a message about a question; gives the rows that came before when it is the last one.
    pub(crate) fn note(&mut self, message: &Value) -> Option<Vec<Value>> {
        let at = self.waiting.iter().position(|question| question.is_meant(message))?;
        let question = &mut self.waiting[at];
        if let Some(transaction) = message.get("transaction_id").and_then(Value::as_str) {
            question.transaction_id = Some(transaction.to_owned());
            self.last_transaction = Some(transaction.to_owned());
        }
        match text(message, "type") {
            "query_accepted" => question.accepted = true,
            "partial_result" => {
                let rows = message.get("rows").and_then(Value::as_array);
                question.rows.extend(rows.into_iter().flatten().cloned());
            }
            "query_result" | "chat_reply" | "error" | "query_cancelled" => {
                return self.waiting.remove(at).map(|question| question.rows);
            }
            _ => {}
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_is_sent_again_only_until_it_is_accepted() {
        let mut questions = Questions::default();
        questions.add("one".to_owned(), Some("a".to_owned()), None, None);
        assert_eq!(questions.due().len(), 1);
        assert!(questions.due().is_empty());
        questions.connection_lost();
        assert_eq!(questions.due()[0]["query_id"], "a");
        questions.note(&json!({"type": "query_accepted", "query_id": "a", "transaction_id": "t"}));
        questions.connection_lost();
        assert!(questions.due().is_empty() && !questions.is_empty());
        questions.note(&json!({"type": "partial_result", "transaction_id": "t", "rows": [[1]]}));
        let rows = questions.note(&json!({"type": "query_result", "transaction_id": "t"}));
        assert_eq!(rows, Some(vec![json!([1])]));
        assert!(questions.is_empty());
    }
}
