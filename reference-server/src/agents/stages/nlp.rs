//! From the question to one SQL statement.

use std::sync::Arc;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use serde_json::{Value, json};

use crate::agents::nlp::{Rejection, Translator};
use crate::agents::{Agent, Job, Parts, Progress};
use crate::config::Config;
use crate::database::catalog;
use crate::mcp::{TierError, unknown_database};

/// The first stage.
#[derive(Debug)]
pub(in crate::agents) struct Nlp {
    translator: Translator,
    config: Arc<Config>,
}

impl Nlp {
    pub(in crate::agents) fn new(parts: &Parts) -> Self {
        Self { translator: Translator::new(), config: Arc::clone(&parts.config) }
    }

    fn translate(&self, job: &Job) -> Result<Value, TierError> {
        let database = &job.database_context.database;
        known(database)?;
        let cap = self.config.database.max_rows;
        let max_rows = job.task.max_rows.map_or(cap, |asked| asked.clamp(1, cap));
        let before: Vec<&str> = job.task.turns.iter().map(|turn| turn.question.as_str()).collect();
        let translation = self
            .translator
            .translate_after(&job.task.query, &before, database, max_rows)
            .map_err(|rejection| refused(&rejection))?;
        Ok(json!({
            "sql": translation.sql,
            "title": translation.title,
            "understood": translation.understood,
            "query": translation.query,
        }))
    }
}

/// Refuses a database that is none.
pub(super) fn known(database: &str) -> Result<(), TierError> {
    if catalog().iter().any(|known| known.name == database) {
        Ok(())
    } else {
        Err(unknown_database(database))
    }
}

pub(super) fn refused(rejection: &Rejection) -> TierError {
    TierError::new("QUERY_REJECTED", rejection.to_string()).with_details(json!({
        "reason": "not_understood",
        "understood": rejection.understood,
        "unknown": rejection.unknown,
        "suggestions": rejection.suggestions,
    }))
}

impl Agent for Nlp {
    fn name(&self) -> &'static str {
        "nlp"
    }

    fn tasks(&self) -> &'static [&'static str] {
        &["Processing NLP...", "Matching business terms...", "Building the query..."]
    }

    fn delay_twentieths(&self) -> u32 {
        8
    }

    fn run<'a>(&'a self, job: &'a Job, _progress: &'a Progress) -> BoxFuture<'a, Result<Value, TierError>> {
        async move { self.translate(job) }.boxed()
    }
}
