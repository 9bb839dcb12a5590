//! The command line, as a contract: names are added to, never renamed.

mod bounds;
mod capacity;
mod check_client;
mod gate;
mod global;
mod live;
mod record;
mod serve;
mod shards;
mod testing;

use clap::{CommandFactory as _, Parser, Subcommand};

pub(crate) use bounds::{MOST_A_SECOND, period};
pub(crate) use capacity::{CompareArguments, PlanArguments};
pub(crate) use check_client::{CheckClientArguments, ClientSuite};
pub(crate) use gate::GateArguments;
pub(crate) use global::{ColorChoice, Format, Global};
pub(crate) use live::LiveArguments;
pub(crate) use record::RecordArguments;
pub(crate) use serve::{Role, ServeArguments};
pub(crate) use shards::ShardArguments;
pub(crate) use testing::{
    CheckArguments, CompletionsArguments, ExplainArguments, ListArguments, ListKind, LoadArguments,
    MergeArguments, QueryArguments, ReportArguments, ReportCommand, SchemaArguments, Suite, Transcripts,
};

/// Conformance suite, load generator and reference server for realtime query systems.
///
/// Without a command the main job runs: it starts the reference server, checks it, puts a load on it, writes
/// the reports and prints the verdict.
#[derive(Debug, Parser)]
#[command(name = "tidegate", version, max_term_width = 100)]
#[command(after_help = "\
Exit codes: 0 pass; 1 violation or missed threshold; 2 usage or configuration; 3 target unreachable, \
instrument failed or run invalid; 4 nothing selected.

Examples:
  tidegate                                    the main job on the embedded reference server
  tidegate check --target target.toml         check a server of yours")]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
    #[command(flatten)]
    pub(crate) gate: GateArguments,
}

impl Arguments {
    /// Reads the command line; prints help or mistakes and ends the process as clap does (exit code 2).
    pub(crate) fn read() -> Self {
        let arguments = Self::parse();
        if let Some(flag) = arguments.misplaced() {
            let message =
                format!("{flag} stands before a command that is not the gate; put it behind the command");
            Self::command().error(clap::error::ErrorKind::ArgumentConflict, message).exit();
        }
        arguments
    }

    /// A flag of the gate given before another command, where it would have no effect.
    fn misplaced(&self) -> Option<&'static str> {
        let gate = &self.gate;
        self.command.as_ref()?;
        [
            ("--target", gate.target.is_some()),
            ("--scenario", gate.scenario.is_some()),
            ("--set", !gate.set.is_empty()),
            ("--baseline", gate.baseline.is_some()),
            ("--allow-not-run", gate.allow_not_run),
        ]
        .into_iter()
        .chain(gate.live.given())
        .find_map(|(flag, given)| given.then_some(flag))
    }
}

/// One command each.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// The main job: reference server or target, all checks, a load run, reports, verdict.
    Gate(GateArguments),
    /// The reference server, all tiers in one process or one each.
    Serve(ServeArguments),
    /// Asks one question: live progress, then the table and a chart in the terminal.
    Query(QueryArguments),
    /// Server under test: the conformance suite against a URL, a target file, or the embedded reference.
    Check(CheckArguments),
    /// Client under test: the suite plays the server for a client that is started as a command.
    CheckClient(CheckClientArguments),
    /// The reference client, as `check-client` starts it.
    #[command(hide = true)]
    ClientContract,
    /// A load run: many live sessions, judged by the thresholds of a scenario.
    Load(LoadArguments),
    /// A generator process of `load --workers N`, as its parent starts it.
    #[command(hide = true)]
    LoadWorker,
    /// A proxy that writes what passes through it as a scenario and a trace.
    Record(RecordArguments),
    /// How much a server holds: searches the highest load inside the limits, and says how many servers users need.
    Plan(PlanArguments),
    /// What changed between two runs, and whether it can be told from noise.
    Compare(CompareArguments),
    /// Renders the reports of a finished run again from its recorded data.
    Report(ReportArguments),
    /// All checks, requirements, mutants and scenarios.
    List(ListArguments),
    /// One check, requirement, mutant or scenario in full.
    Explain(ExplainArguments),
    /// The JSON Schema of a file format.
    Schema(SchemaArguments),
    /// A completion script for a shell.
    Completions(CompletionsArguments),
    /// The manual page, in roff.
    Man,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_definition_is_consistent() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn no_command_is_the_gate() {
        let arguments = Arguments::parse_from(["tidegate", "--scenario", "smoke"]);
        assert!(arguments.command.is_none());
        assert_eq!(arguments.gate.scenario.as_deref(), Some("smoke"));
    }

    #[test]
    fn a_flag_of_the_gate_is_not_lost_before_another_command() {
        let misplaced = |line: &[&str]| Arguments::parse_from(line).misplaced();
        assert_eq!(misplaced(&["tidegate", "--scenario", "smoke", "list"]), Some("--scenario"));
        assert_eq!(misplaced(&["tidegate", "--tui", "load"]), Some("--tui"));
        assert_eq!(misplaced(&["tidegate", "gate", "--scenario", "smoke"]), None);
        assert_eq!(misplaced(&["tidegate", "load", "--tui"]), None);
    }

    #[test]
    fn global_flags_stand_before_or_after_the_command() {
        for line in [["tidegate", "--seed", "7", "list"], ["tidegate", "list", "--seed", "7"]] {
            assert_eq!(Arguments::parse_from(line).global.seed, 7);
        }
    }

    #[test]
    fn every_command_has_two_examples_in_its_help() {
        for command in Arguments::command().get_subcommands() {
            let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
            let examples = help.lines().filter(|line| line.trim_start().starts_with("tidegate ")).count();
            let told = examples >= 2 || command.get_name() == "man" || command.is_hide_set();
            assert!(told, "{} has {examples}", command.get_name());
        }
    }
}
