//! `tidegate serve --check-env FILE…`.

use std::path::PathBuf;

use anyhow::bail;
use reference_server::config::Config;

use crate::arguments::{Format, Global};
use crate::exit::{Exit, Failure};
use crate::{addresses, console, setup};

/// Says which addresses of the files lead to these listeners.
pub(super) fn run(global: &Global, files: &[PathBuf], config: &Config) -> anyhow::Result<Exit> {
    let said = addresses::read(files).map_err(setup::usage)?;
    let listen = &config.listen;
    if listen.backend.port() == 0 {
        bail!(Failure::Usage("--listen with port 0 has no address to compare with".to_owned()));
    }
    let listeners = addresses::Listeners {
        backend: listen.backend,
        agents: listen.agents,
        mcp: listen.mcp,
        tls: config.tls.certificate.is_some(),
        doors: config.doors.iter().map(|door| door.path.clone()).filter(|path| !path.contains('{')).collect(),
    };
    let findings = addresses::judge(&said, &listeners);
    if findings.is_empty() {
        let names = addresses::VARIABLES.join(", ");
        bail!(Failure::NothingSelected(format!(
            "no address found: none of {names} is set, no port published"
        )));
    }
    if global.format == Format::Json {
        console::print(&format!("{}\n", serde_json::to_string_pretty(&findings)?))?;
    } else {
        findings.iter().try_for_each(|finding| console::print(&line_of(finding)))?;
    }
    let wrong =
        findings.iter().any(|finding| matches!(finding.verdict, addresses::Verdict::Disagrees { .. }));
    Ok(if wrong { Exit::Verdict(1) } else { Exit::Pass })
}

fn line_of(finding: &addresses::Finding) -> String {
    let addresses::Finding { place, name, value, verdict } = finding;
    match verdict {
        addresses::Verdict::Agrees => format!("  agrees    {place}: {name}={value}\n"),
        addresses::Verdict::NotJudged { text } => format!("  not told  {place}: {name}={value}: {text}\n"),
        addresses::Verdict::Disagrees { text, instead } => {
            let instead =
                instead.as_ref().map_or_else(String::new, |instead| format!("; write {name}={instead}"));
            format!("DISAGREES   {place}: {name}={value}: {text}{instead}\n")
        }
    }
}
