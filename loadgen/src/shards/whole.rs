//! What the parent of generator processes sees to itself: servers, database and actions, of which there is one of
//! each, however many processes send.

use std::sync::Arc;
use std::time::Duration;

use reports::model::{DatabaseFigures, DatabaseSecond, Header, TimelineRow};
use scenarios::Scenario;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{Instant, MissedTickBehavior, interval_at};

use super::family::Merged;
use super::{ServerTakings, Start};
use crate::actions::{Acting, Hand};
use crate::database::{Probe, Probing};
use crate::measure::Phases;
use crate::options::LoadOutcome;
use crate::resources::{Figures, figures};
use crate::target::WatchedProcess;

/// A look belongs to a row that ends no further away, seconds.
const NEAR: f64 = 0.75;

/// The name of this machine, as far as it tells.
pub fn machine_name() -> String {
    let told = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let name = told.trim();
    if name.is_empty() { "this machine".to_owned() } else { name.to_owned() }
}

/// Looks at everything beside the generator processes while they run.
pub struct Oversight {
    acting: Acting,
    probing: Option<Probing>,
    servers: JoinHandle<Vec<Look>>,
    newest: watch::Receiver<Beside>,
    over: watch::Sender<bool>,
    phases: Phases,
}

impl std::fmt::Debug for Oversight {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Oversight").finish_non_exhaustive()
    }
}

/// All servers at one moment, in seconds since the start.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Look {
    t: f64,
    seen: Option<Figures>,
}

/// What was seen beside the processes at one moment of the run.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Beside {
    first: Option<Look>,
    before: Option<Look>,
    newest: Option<Look>,
    database: Option<DatabaseSecond>,
}

impl Beside {
    fn see(&mut self, look: Look) {
        self.first.get_or_insert(look);
        self.before = self.newest.replace(look);
    }

    /// Puts the newest look into `row`.
    pub(crate) fn tell(&self, row: &mut TimelineRow) {
        if let (Some(before), Some(look)) = (self.before, self.newest) {
            tell(row, before, look);
        }
        row.database = self.database;
    }

    /// The servers from the start until now.
    pub(crate) fn server(&self) -> ServerTakings {
        let (first, newest) = (self.first.and_then(|look| look.seen), self.newest.and_then(|look| look.seen));
        let used = newest.zip(first).and_then(|(newest, first)| newest.cpu.checked_sub(first.cpu));
        ServerTakings { start: first, used }
    }
}

impl Oversight {
    /// Begins, with the schedule that counts from `start`.
    pub fn begin(
        scenario: &Scenario,
        start: &Start,
        hand: Option<&Arc<dyn Hand>>,
        probe: Option<Probe>,
        servers: Vec<WatchedProcess>,
    ) -> Self {
        let phases = Phases::new(start.at(), &scenario.sessions);
        let (over, ended) = watch::channel(false);
        let (seen, newest) = watch::channel(Beside::default());
        Self {
            acting: Acting::plan(&scenario.actions, hand, phases.start, phases.steady),
            probing: probe.map(|probe| Probing::start(probe, phases.start, phases.steady)),
            servers: tokio::spawn(look(servers, phases.start, seen, ended)),
            newest,
            over,
            phases,
        }
    }

    /// What was seen by now.
    pub fn so_far(&self) -> Beside {
        let database = self.probing.as_ref().and_then(|probing| *probing.newest().borrow());
        Beside { database, ..*self.newest.borrow() }
    }

    /// Ends, and makes the report of what the processes brought home and what was seen beside them.
    pub async fn finish(self, mut merged: Merged, header: Header, database: DatabaseFigures) -> LoadOutcome {
        self.over.send_replace(true);
        let actions = self.acting.finish().await;
        let looks = self.servers.await.unwrap_or_default();
        place(&mut merged, &looks, self.phases.drain.saturating_duration_since(self.phases.start));
        let mut outcome = merged.outcome(header, database);
        outcome.report.actions = actions;
        if let Some(probing) = self.probing {
            probing.finish(&mut outcome.report.timeline, &mut outcome.report.database).await;
        }
        outcome
    }
}

/// Looks at all servers once a second until it is over.
async fn look(
    servers: Vec<WatchedProcess>,
    start: Instant,
    newest: watch::Sender<Beside>,
    mut over: watch::Receiver<bool>,
) -> Vec<Look> {
    let first = Look { t: 0.0, seen: together(&servers) };
    newest.send_modify(|beside| beside.see(first));
    let mut looks = vec![first];
    let second = Duration::from_secs(1);
    let mut seconds = interval_at(start + second, second);
    seconds.set_missed_tick_behavior(MissedTickBehavior::Skip);
    loop {
        let ended = tokio::select! {
            _ = seconds.tick() => false,
            _ = over.wait_for(|over| *over) => true,
        };
        let look = Look { t: start.elapsed().as_secs_f64(), seen: together(&servers) };
        newest.send_modify(|beside| beside.see(look));
        looks.push(look);
        if ended {
            return looks;
        }
    }
}

/// All servers together; `None` when one of them can't be seen.
fn together(servers: &[WatchedProcess]) -> Option<Figures> {
    let mut sum: Option<Figures> = None;
    for server in servers {
        let seen = figures(server.get()?)?;
        sum = Some(sum.map_or(seen, |sum| Figures {
            rss_kib: sum.rss_kib + seen.rss_kib,
            cpu: sum.cpu + seen.cpu,
            open_files: sum.open_files.zip(seen.open_files).map(|(left, right)| left + right),
        }));
    }
    sum
}

/// Puts what was seen in `look` into `row`, and what was used since `before`.
fn tell(row: &mut TimelineRow, before: Look, look: Look) {
    row.server_rss_kib = look.seen.map(|seen| seen.rss_kib);
    row.server_sockets = look.seen.and_then(|seen| seen.open_files);
    let used = look.seen.zip(before.seen).and_then(|(seen, before)| seen.cpu.checked_sub(before.cpu));
    row.server_cpu = used.filter(|_| look.t > before.t).map(|used| used.as_secs_f64() / (look.t - before.t));
}

/// Puts the servers' figures into the timeline; their sums count until `drain` after the start.
fn place(merged: &mut Merged, looks: &[Look], drain: Duration) {
    let Some(first) = looks.first() else { return };
    for second in &mut merged.takings.seconds {
        let row = &mut second.row;
        let away = |look: &Look| (look.t - row.t).abs();
        let near = looks.windows(2).min_by(|left, right| away(&left[1]).total_cmp(&away(&right[1])));
        let Some([before, look]) = near.filter(|pair| away(&pair[1]) < NEAR) else { continue };
        tell(row, *before, *look);
    }
    let end = looks.iter().find(|look| look.t >= drain.as_secs_f64()).or(looks.last());
    let used = end.and_then(|end| end.seen?.cpu.checked_sub(first.seen?.cpu));
    merged.takings.server = Some(ServerTakings { start: first.seen, used });
}
