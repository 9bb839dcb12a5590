//! The files of a recording as text.

use std::fmt::Write as _;
use std::time::Duration;

use super::script::Script;
use super::secrets::REDACTED;
use super::trace::Trace;

/// A recorded scenario, as TOML.
pub(super) fn scenario(script: &Script, target: &str) -> String {
    let mut text = String::new();
    let out = &mut text;
    let seconds = script.length.as_secs() + 1;
    let duration = (seconds * 2).max(10);
    let sentence = |out: &mut String, line: &str| {
        // Writing to a string can't fail.
        let _ = writeln!(out, "# {line}");
    };
    sentence(out, &format!("Recorded by `tidegate record` from {target}. Play it with"));
    sentence(out, &format!("  tidegate load scenario.toml --url {target} --sessions 10"));
    if !script.secrets.is_empty() {
        sentence(out, "Secrets were not written down: give them by --set parameters.NAME=VALUE.");
    }
    sentence(
        out,
        "Values that came in an answer and were sent again are captured; docs/generic.md says what else a step",
    );
    sentence(
        out,
        "may hold. `expect` takes what came last before the user went on, and passes over what came between.",
    );
    let _ = write!(
        out,
        "\nname = \"recorded\"\ndescription = \"what was recorded from {}, one pass of {seconds} s\"\n\
         application = \"generic\"\n\nthresholds = [\"rate(errors) < 1%\"]\n",
        target.replace(['"', '\\'], "")
    );
    if !script.secrets.is_empty() {
        out.push_str("\n[parameters]\n");
        for name in &script.secrets {
            let _ = writeln!(out, "{name} = \"{REDACTED}\"");
        }
    }
    let _ = write!(
        out,
        "\n[sessions]\ncount = 1\nramp = \"0s\"\nsettle = \"0s\"\nduration = \"{duration}s\"\ndrain = \"1s\"\n\
         \n[pace]\nevery = \"{seconds}s\"\n"
    );
    for (name, table) in &script.connections {
        let _ = writeln!(out, "\n[connection.{name}]");
        put(out, table);
    }
    for step in &script.steps {
        out.push_str("\n[[step]]\n");
        put(out, step);
    }
    text
}

fn put(out: &mut String, table: &toml::Table) {
    for (key, value) in table {
        let _ = writeln!(out, "{key} = {value}");
    }
}

/// A scenario of Tidegate's own that replays the questions of `trace`.
pub(super) fn replay(trace: &Trace, length: Duration) -> String {
    let seconds = length.as_secs() + 1;
    format!(
        "# The questions of a recording, each at its time, by Tidegate's own protocol.\n\
         #   tidegate load questions.toml --url http://…\n\n\
         name = \"recorded-questions\"\nextends = \"smoke\"\n\
         description = \"questions as they were recorded, each at its time\"\n\
         thresholds = [\"rate(errors) < 1%\"]\n\n\
         [sessions]\ncount = {}\nramp = \"1s\"\nsettle = \"0s\"\nduration = \"{}s\"\ndrain = \"2s\"\n\n\
         [load]\nmodel = \"open\"\narrivals = \"trace\"\ntrace = \"trace.csv\"\n",
        trace.sessions.max(1),
        seconds.max(5)
    )
}
