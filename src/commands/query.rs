//! `tidegate query TEXT`.

mod asking;
mod chart;
mod rows;

use std::sync::Arc;

use loadgen::Target;
use serde_json::Value;

use crate::arguments::{Format, Global, QueryArguments};
use crate::console::{self, Console};
use crate::exit::{Exit, Failure};
use crate::reference::Reference;
use crate::setup;

use self::asking::{Answer, AskError, News, Question, ask};

/// Asks one question of a running server, or of an embedded one.
pub(crate) fn run(
    global: &Global,
    arguments: &QueryArguments,
    console: &Arc<Console>,
) -> anyhow::Result<Exit> {
    let answer = setup::block_on(async {
        if let Some(url) = &arguments.url {
            return put(url, arguments, console).await;
        }
        std::fs::create_dir_all(&global.out)
            .map_err(|error| Failure::Target(format!("can't make {}: {error}", global.out.display())))?;
        let log = global.out.join("query-server.log");
        console.progress("starting the reference server");
        let reference = Reference::start(&global.out.join("data"), &[], log).await?;
        let answer = put(&reference.url(), arguments, console).await?;
        reference.stop().await?;
        Ok(answer)
    })?;
    console.settle();
    match answer {
        Ok(answer) => {
            console::print(&rendered(&answer, global.format)?)?;
            Ok(Exit::Pass)
        }
        Err(refusal) => {
            if global.format == Format::Json {
                console::print(&(serde_json::to_string_pretty(&refusal.body)? + "\n"))?;
            } else {
                console.line(&refusal.to_string());
            }
            Ok(Exit::Verdict(1))
        }
    }
}

/// The server understood and said no.
struct Refusal {
    code: String,
    message: String,
    body: Value,
}

async fn put(
    url: &str,
    arguments: &QueryArguments,
    console: &Console,
) -> anyhow::Result<Result<Answer, Refusal>> {
    let target = Target::resolve(url).await.map_err(setup::target)?;
    let door = format!("ws://{}{}", target.authority(), target.query_door());
    let question = Question {
        text: arguments.text.clone(),
        database: arguments.database.clone(),
        max_rows: arguments.max_rows,
    };
    match ask(&door, &question, |news| show(&news, console)).await {
        Ok(answer) => Ok(Ok(answer)),
        Err(AskError::Refused { code, message, body }) => Ok(Err(Refusal { code, message, body: *body })),
        Err(error) => Err(Failure::Target(format!("{url}: {:#}", anyhow::Error::new(error))).into()),
    }
}

fn show(news: &News, console: &Console) {
    let update = match news {
        News::Progress(update) => update,
        News::Lost(wait) => {
            console.line(&format!("the connection is lost, back in {:.1} s", wait.as_secs_f64()));
            return;
        }
        News::Fallback => {
            console.line("no connection any more: the question goes by HTTP");
            return;
        }
    };
    let percent = update.get("percent").and_then(Value::as_f64).unwrap_or_default();
    let agent = update.get("current_agent").and_then(Value::as_str).unwrap_or_default();
    let eta = update.get("eta_ms").and_then(Value::as_f64);
    let eta = eta.map(|ms| format!(", {:.1} s to go", ms / 1000.0)).unwrap_or_default();
    let tasks = update.get("progress_events").and_then(Value::as_array);
    for event in tasks.into_iter().flatten() {
        let text = |key: &str| event.get(key).and_then(Value::as_str).unwrap_or_default();
        if matches!(text("event_type"), "task_started" | "warning" | "error") {
            console.line(&format!("{percent:>3.0} %  {:<5} {}", text("agent"), text("message")));
        }
    }
    console.progress(&format!("{percent:.0} % {agent}{eta}"));
}

fn rendered(answer: &Answer, format: Format) -> anyhow::Result<String> {
    let result = &answer.result;
    Ok(match format {
        Format::Json => serde_json::to_string_pretty(result)? + "\n",
        Format::Csv => rows::csv(result),
        Format::Human => {
            let text = |pointer: &str| result.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
            let count = result.get("row_count").and_then(Value::as_u64).unwrap_or_default();
            let cut =
                if result.get("truncated") == Some(&Value::Bool(true)) { ", cut at the limit" } else { "" };
            format!(
                "{}\n\n{}\n{}{} row{} from {} in {:.0} ms{cut}\n{}\n",
                text("/visualization/title"),
                rows::table(result),
                chart::bars(result).map(|bars| bars + "\n").unwrap_or_default(),
                count,
                if count == 1 { "" } else { "s" },
                text("/database_context/database"),
                answer.elapsed.as_secs_f64() * 1000.0,
                text("/sql"),
            )
        }
    })
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.code, self.message)?;
        for (name, title) in
            [("understood", "understood"), ("unknown", "not understood"), ("suggestions", "try")]
        {
            let list = self.body.pointer(&format!("/details/{name}")).and_then(Value::as_array);
            let list: Vec<&str> = list.into_iter().flatten().filter_map(Value::as_str).collect();
            if !list.is_empty() {
                write!(f, "\n  {title}: {}", list.join("; "))?;
            }
        }
        Ok(())
    }
}
