//! From what was seen to the steps of a script.

mod draft;
mod name;
mod step;

use std::collections::BTreeMap;
use std::time::Duration;

use super::capture::Values;
use super::seen::Seen;
use draft::{Draft, Kind};

/// A script to be written.
#[derive(Debug, Default)]
pub(super) struct Script {
    /// Connections: names and the tables that describe them.
    pub(super) connections: Vec<(String, toml::Table)>,
    /// Steps, each a table.
    pub(super) steps: Vec<toml::Table>,
    /// Parameters that stand for secrets.
    pub(super) secrets: Vec<String>,
    /// How long one pass takes.
    pub(super) length: Duration,
}

/// The script that does what was seen.
pub(super) fn make(seen: &[Seen]) -> Script {
    let drafts = draft::drafts(seen);
    let mut values = Values::default();
    for (number, draft) in drafts.iter().enumerate() {
        draft.said(&mut |text| values.said(text));
        if let Some(json) = draft.answer() {
            values.heard(number, &json);
        }
    }
    let mut writer = step::Writer::new(&values);
    if values.made().next().is_some() {
        let made = values.made().map(|(name, template)| (name.to_owned(), toml::Value::from(template)));
        let mut set = toml::Table::new();
        set.insert("do".to_owned(), "set".into());
        set.insert("values".to_owned(), toml::Value::Table(made.collect()));
        writer.steps.push(set);
    }
    let mut before: Option<Duration> = None;
    let mut open: BTreeMap<usize, bool> = BTreeMap::new();
    for (number, draft) in drafts.iter().enumerate() {
        match &draft.kind {
            Kind::Heard { .. } if !is_wanted(&drafts, &values, number) => continue,
            Kind::Heard { .. } => {}
            Kind::Close { channel, .. } if open.get(channel) != Some(&true) => continue,
            _ => {
                if let Some(before) = before {
                    writer.wait(draft.at.saturating_sub(before));
                }
            }
        }
        match &draft.kind {
            Kind::Connect { channel, .. } => {
                open.insert(*channel, true);
            }
            Kind::Close { channel, .. } => {
                open.insert(*channel, false);
            }
            _ => {}
        }
        writer.write(number, draft);
        before = Some(draft.ended);
    }
    for (channel, _) in open.into_iter().filter(|(_, is_open)| *is_open) {
        writer.close(channel);
    }
    let length = match (drafts.first(), drafts.last()) {
        (Some(first), Some(last)) => last.ended.saturating_sub(first.at),
        _ => Duration::ZERO,
    };
    let step::Writer { connections, steps, secrets, .. } = writer;
    Script { connections: connections.into_values().collect(), steps, secrets, length }
}

/// True when a message must be waited for: something is taken out of it, or it is the last one on its connection
/// before the user did something else.
fn is_wanted(drafts: &[Draft], values: &Values, number: usize) -> bool {
    let channel = drafts[number].channel();
    if !values.captures(number).is_empty() {
        return true;
    }
    let next = drafts[number + 1..].iter().find(|draft| {
        let is_heard = matches!(draft.kind, Kind::Heard { .. });
        !is_heard || draft.channel() == channel
    });
    next.is_none_or(|next| !matches!(next.kind, Kind::Heard { .. }))
}
