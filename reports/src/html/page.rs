//! The page as a whole.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::{
    area, capacity, check, circumstances, comparison, database, histograms, instrument, load, operations,
    progress, proof, raw, recovery, summary, timing,
};
use crate::RunReport;
use crate::wording;

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");
/// Nothing may be fetched, whatever a target managed to put into a text.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:; \
                      base-uri 'none'; form-action 'none'";

/// A part of the page with its entry in the table of contents.
struct Section {
    id: &'static str,
    title: &'static str,
    body: Markup,
}

/// The page of `run`, complete: no other file, no network.
pub fn page(run: &RunReport) -> String {
    let title = format!(
        "{} · tidegate {} · {}",
        wording::verdict_word(run.verdict.verdict),
        run.verdict.command,
        run.verdict.header.started_at.strftime("%Y-%m-%d %H:%M UTC")
    );
    let sections = sections(run);
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta http-equiv="Content-Security-Policy" content=(POLICY);
                meta name="generator" content=(format!("tidegate {}", run.verdict.header.tool_version));
                link rel="icon" href="data:,";
                title { (title) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                a.skip href="#main" { "Skip to the verdict" }
                (summary::bar(run))
                main id="main" {
                    (summary::verdict(run))
                    nav.contents aria-label="Contents" {
                        ul { @for section in &sections { li { a href=(format!("#{}", section.id)) { (section.title) } } } }
                    }
                    @for section in &sections {
                        section id=(section.id) aria-labelledby=(format!("{}-title", section.id)) {
                            h2 id=(format!("{}-title", section.id)) { (section.title) }
                            (section.body)
                        }
                    }
                }
                footer {
                    "Written by tidegate " (run.verdict.header.tool_version)
                    ". This page is complete in itself: it can be sent, printed and read without a network."
                }
                script { (PreEscaped(SCRIPT)) }
            }
        }
    }
    .into_string()
}

fn sections(run: &RunReport) -> Vec<Section> {
    let mut sections = Vec::new();
    let mut add = |id, title, body: Markup| sections.push(Section { id, title, body });
    if let Some(report) = &run.comparison {
        add("changes", "What changed", comparison::section(report));
    }
    if let Some(report) = &run.capacity {
        add("capacity", "How much it holds", capacity::answer(report));
        add("scalability", "How it scales", capacity::scaling(report));
        add("levels", "Every level", capacity::levels(report));
        if let Some(surface) = &report.surface {
            add("surface", "Sessions against rate and fan-out", capacity::surface(surface));
        }
    }
    if let Some(conformance) = &run.conformance {
        let anchors = check::anchors_of(conformance);
        if let Some(body) = check::findings(run, conformance, &anchors) {
            add("findings", "What the checks found", body);
        }
    }
    if let Some(report) = &run.proof {
        add("proof", "Proof of the checks", proof::section(run, report));
    }
    if let Some(conformance) = &run.conformance {
        add("areas", "Areas", area::overview(conformance));
        if let Some(body) = timing::section(conformance) {
            add("timing", "Are the times to be believed?", body);
        }
    }
    if let Some(report) = &run.load {
        add("thresholds", "Thresholds", load::thresholds(report));
        add("instrument", "Is the instrument to be believed?", instrument::section(report));
        if let Some(body) = database::actions(report) {
            add("actions", "What was done to the system", body);
        }
        let log = run.latency.as_ref();
        add("load", "Load over time", load::over_time(report));
        add("latency-over-time", "Latency over time", histograms::over_time(report, log));
        add("resources", "Server, database and generator", load::resources(report));
        if let Some(body) = database::section(report) {
            add("database", "The database", body);
        }
        add("latency", "Latency by operation", operations::section(report));
        if let Some(body) = progress::section(report) {
            add("progress", "Progress as a user sees it", body);
        }
        if let Some(body) = recovery::section(report, log) {
            add("recovery", "Recovery after a cut", body);
        }
        if let Some(body) = progress::delivery(report, log) {
            add("delivery", "One event to many sockets", body);
        }
        if let Some(body) = progress::heartbeats(report, log) {
            add("heartbeats", "Signs of life under load", body);
        }
        add("errors", "Errors", load::errors(report));
    }
    if let Some(conformance) = &run.conformance {
        let anchors = check::anchors_of(conformance);
        add("checks", "All checks", area::checks(run, conformance, &anchors));
    }
    add("circumstances", "Circumstances", circumstances::section(run));
    add("raw", "Raw data", raw::section(run));
    sections
}
