//! From the question to one SQL statement: by a language model where one is configured, else, or where the model
//! fails, by the built-in translator. Which of them it was is said in the output.

use std::sync::Arc;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use serde_json::{Value, json};

use super::spoken::Spoken;
use crate::agents::llm::{ChatClient, ChatMessage, Prompt, repair, statement};
use crate::agents::nlp::{Dialect, Rejection, Translation, Translator};
use crate::agents::{Agent, Belief, EventType, Job, Parts, Progress};
use crate::config::Config;
use crate::database::{DatabaseInfo, catalog};
use crate::mcp::{McpClient, McpError, Statement, TierError, guard, unknown_database};

/// Longest title made of a question, characters.
const TITLE: usize = 80;

/// The first stage.
#[derive(Debug)]
pub(in crate::agents) struct Nlp {
    translator: Translator,
    model: Option<ChatClient>,
    mcp: McpClient,
    config: Arc<Config>,
    spoken: Spoken,
}

impl Nlp {
    pub(in crate::agents) fn new(parts: &Parts) -> Self {
        Self {
            translator: Translator::new(),
            model: ChatClient::new(&parts.config.llm),
            mcp: parts.mcp.clone(),
            config: Arc::clone(&parts.config),
            spoken: Spoken::new(parts),
        }
    }

    async fn translate(&self, job: &Job, progress: &Progress) -> Result<Value, TierError> {
        let database = known(&job.database_context.database)?;
        let cap = self.config.database.max_rows;
        let max_rows = job.task.max_rows.map_or(cap, |asked| asked.clamp(1, cap));
        let before: Vec<&str> = job.task.turns.iter().map(|turn| turn.question.as_str()).collect();
        let built_in = self.translator.translate_after(&job.task.query, &before, &database.name, max_rows);
        tell(progress, &built_in).await;
        let dialect = self.spoken.dialect().await;
        if let Some(model) = &self.model {
            match self.by_model(model, job, database, dialect, max_rows).await {
                Ok(sql) => return Ok(self.of_model(model, job, built_in.ok(), &sql)),
                Err(why) => {
                    tracing::warn!(%why, "the built-in translator takes over");
                    let warning = format!("{why}; the built-in translator takes over");
                    progress.event(EventType::Warning, warning).await;
                }
            }
        }
        let translation = built_in.map_err(|rejection| refused(&rejection))?;
        Ok(json!({
            "sql": translation.query.render(dialect),
            "title": translation.title,
            "understood": translation.understood,
            "query": translation.query,
            "translator": "built-in",
        }))
    }

    /// Asks the model, and once more if its statement is refused.
    async fn by_model(
        &self,
        model: &ChatClient,
        job: &Job,
        database: &DatabaseInfo,
        dialect: Dialect,
        max_rows: u64,
    ) -> Result<String, String> {
        let terms = self.translator.terms(&job.task.query, &database.name);
        let tables = job.database_context.tables.as_deref();
        let prompt = Prompt { database, tables, terms: &terms, dialect, max_rows };
        let mut messages: Vec<ChatMessage> = prompt.messages(job);
        let mut problem = String::new();
        for _ in 0..2 {
            let answer = model.ask(&messages).await.map_err(|error| error.to_string())?;
            match self.checked(&answer, database, dialect).await {
                Ok(sql) => return Ok(sql),
                Err(refusal) => {
                    messages.extend(repair(&answer, &refusal));
                    problem = refusal;
                }
            }
        }
        Err(format!("the model's statement was refused twice ({problem})"))
    }

    /// The statement in an answer, if the guard and the database take it.
    async fn checked(
        &self,
        answer: &str,
        database: &DatabaseInfo,
        dialect: Dialect,
    ) -> Result<String, String> {
        let found = statement(answer).ok_or("it has no SQL statement in it")?;
        let limit = self.config.database.max_sql_bytes;
        let admitted =
            guard::admit(&found, database, dialect, limit).map_err(|refusal| refusal.to_string())?;
        let sql = admitted.sql().to_owned();
        let tried = Statement { database: database.name.clone(), sql: sql.clone(), max_rows: Some(1) };
        match self.mcp.execute(&tried).await {
            Err(McpError::Tool(error))
                if matches!(error.code.as_str(), "QUERY_FAILED" | "QUERY_REJECTED") =>
            {
                Err(error.message)
            }
            // What else fails here will fail for the next stage too, and be told by it.
            _ => Ok(sql),
        }
    }

    fn of_model(&self, model: &ChatClient, job: &Job, built_in: Option<Translation>, sql: &str) -> Value {
        let terms = self.translator.terms(&job.task.query, &job.database_context.database);
        let title =
            built_in.map_or_else(|| job.task.query.chars().take(TITLE).collect(), |known| known.title);
        json!({
            "sql": sql,
            "title": title,
            "understood": terms.into_iter().map(|(term, _)| term).collect::<Vec<_>>(),
            "translator": format!("llm:{}", model.model()),
        })
    }
}

/// What is understood of the question, and how surely.
async fn tell(progress: &Progress, translated: &Result<Translation, Rejection>) {
    let (understood, unknown) = match translated {
        Ok(translation) => (&translation.understood, None),
        Err(rejection) => (&rejection.understood, Some(&rejection.unknown)),
    };
    let mut beliefs: Vec<Belief> =
        understood.iter().map(|term| Belief::new(format!("{term:?} is understood"), 1.0)).collect();
    for word in unknown.into_iter().flatten() {
        beliefs.push(Belief::new(format!("{word:?} is not understood"), 0.9));
    }
    progress.beliefs(&["put the question into one statement"], beliefs).await;
}

/// The database of that name.
pub(super) fn known(name: &str) -> Result<&'static DatabaseInfo, TierError> {
    catalog().iter().find(|known| known.name == name).ok_or_else(|| unknown_database(name))
}

/// The refusal of a question that can't be read.
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

    fn run<'a>(&'a self, job: &'a Job, progress: &'a Progress) -> BoxFuture<'a, Result<Value, TierError>> {
        self.translate(job, progress).boxed()
    }
}
