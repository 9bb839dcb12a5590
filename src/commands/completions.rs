//! `tidegate completions SHELL`.

use clap::CommandFactory as _;

use crate::arguments::{Arguments, CompletionsArguments};
use crate::console;
use crate::exit::Exit;

/// Prints the completion script of a shell.
pub(crate) fn run(arguments: &CompletionsArguments) -> anyhow::Result<Exit> {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut Arguments::command(), "tidegate", &mut script);
    console::print(&String::from_utf8(script)?)?;
    Ok(Exit::Pass)
}
