//! The `tidegate` command: arguments → validated configuration → one library call each.
//!
//! One file per command under `commands/`. Nothing here knows a protocol, a chart or a statistic: those live
//! in the libraries. Exit codes stand in [`exit`], and only `main` ends the process.

mod addresses;
mod arguments;
mod commands;
mod console;
mod exit;
mod github;
mod interrupt;
mod live;
mod log;
mod reference;
mod results;
mod run;
mod setup;
mod stages;
mod system;
mod targets;
mod workers;

use std::process::ExitCode;
use std::sync::Arc;

use crate::arguments::{Arguments, Command};

fn main() -> ExitCode {
    let arguments = Arguments::read();
    let console = Arc::new(console::Console::new(&arguments.global));
    let outcome = dispatch(arguments, &console);
    match outcome {
        Ok(code) => code.into(),
        Err(failure) => {
            console.failure(&failure);
            exit::code_of(&failure).into()
        }
    }
}

fn dispatch(arguments: Arguments, console: &Arc<console::Console>) -> anyhow::Result<exit::Exit> {
    let global = &arguments.global;
    // A server's log is configured with the server.
    if !matches!(arguments.command, Some(Command::Serve(_))) {
        log::start(global, console.color_stderr());
    }
    match arguments.command.unwrap_or(Command::Gate(arguments.gate)) {
        Command::Gate(gate) => commands::gate::run(global, &gate, console),
        Command::Serve(serve) => commands::serve::run(global, &serve, console),
        Command::Query(query) => commands::query::run(global, &query, console),
        Command::Check(check) => commands::check::run(global, &check, console),
        Command::CheckClient(check) => commands::check_client::run(global, &check, console),
        Command::ClientContract => commands::check_client::play(),
        Command::Load(load) => commands::load::run(global, &load, console),
        Command::LoadWorker => commands::load::work(),
        Command::Record(record) => commands::record::run(&record, console),
        Command::Plan(plan) => commands::plan::run(global, &plan, console),
        Command::Compare(compare) => commands::compare::run(global, &compare, console),
        Command::Report(report) => commands::report::run(global, &report, console),
        Command::List(list) => commands::list::run(global, &list),
        Command::Explain(explain) => commands::explain::run(global, &explain),
        Command::Schema(schema) => commands::schema::run(&schema),
        Command::Completions(completions) => commands::completions::run(&completions),
        Command::Man => commands::man::run(),
    }
}
