//! All generator processes of a run.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use anyhow::bail;
use loadgen::actions::Hand;
use loadgen::database::Probe;
use loadgen::live::Together;
use loadgen::shards::{Family, Lost, Member, Merged, Oversight, ShardRecord, Share, Start, clock_offset};
use loadgen::{LoadOutcome, Observer, Stop, Target};
use reports::model::{DatabaseFigures, Header};
use scenarios::Scenario;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior, interval};

use super::live::Live;
use super::parts::Parts;
use super::process::{News, Outcome, Process, Standing};
use super::words::Job;
use crate::console::Console;
use crate::exit::Failure;

/// Time from the moment all are ready to their start, where none is planned.
const LEAD: Duration = Duration::from_millis(500);
/// Longest time that a process may take to end in good order beyond what its scenario says.
const ENDING: Duration = Duration::from_secs(90);

/// What the processes are to play together.
pub(crate) struct CrewPlan {
    /// The scenario, everything the command line said included.
    pub(crate) scenario: Scenario,
    /// Common fields.
    pub(crate) header: Header,
    /// Base URL and target of each server; process `i` goes to the `i`-th, and around.
    pub(crate) targets: Vec<(String, Target)>,
    /// How many processes, and which part of the whole run they play.
    pub(crate) parts: Parts,
    /// Seed of the data the targets were started with, when known.
    pub(crate) data_seed: Option<u64>,
    /// The database, as far as it is known.
    pub(crate) database: DatabaseFigures,
    /// Where it can be looked into.
    pub(crate) probe: Option<Probe>,
    /// Who does what the scenario's actions say.
    pub(crate) hand: Option<Arc<dyn Hand>>,
    /// The live figures are wanted beyond those of the line.
    pub(crate) detailed: bool,
    /// Folder for what the processes bring home.
    pub(crate) folder: PathBuf,
}

/// What came of it.
pub(crate) struct CrewOutcome {
    /// The report over all processes.
    pub(crate) outcome: LoadOutcome,
    /// This machine's part of a run over many, to be merged with the others.
    pub(crate) record: Option<Box<ShardRecord>>,
}

/// Plays `plan` until its time is over or `stop` is thrown. `observer` is told once a second.
///
/// # Errors
/// A process can't be started, could not prepare, or not one came to its end.
pub(crate) async fn play(
    plan: CrewPlan,
    observer: impl Observer,
    stop: &Stop,
    console: &Console,
) -> anyhow::Result<CrewOutcome> {
    let mut crew = Crew::start(&plan).await?;
    crew.ready(stop).await?;
    let clock = match &plan.parts.shard {
        Some(_) => clock_offset(&plan.targets[0].1).await,
        None => None,
    };
    let planned = plan.parts.shard.as_ref().and_then(|shard| shard.start_at);
    let planned = planned.unwrap_or_else(|| SystemTime::now() + LEAD);
    let sessions = &plan.scenario.sessions;
    let length = loadgen::longest(&plan.scenario) + ENDING;
    let until_start = planned.duration_since(SystemTime::now()).unwrap_or_default();
    crew.standing.send_replace(Standing::Play(planned, Instant::now() + until_start + length));
    let start = tokio::select! {
        start = Start::wait(planned, sessions.ramp + sessions.settle) => start?,
        () = stop.stopped() => bail!(Failure::Target("interrupted before the run began".to_owned())),
    };
    let servers = plan.targets.iter().map(|(_, target)| target.process()).collect();
    let oversight = Oversight::begin(&plan.scenario, &start, plan.hand.as_ref(), plan.probe.clone(), servers);
    crew.follow(&start, &oversight, &observer, stop, console).await;
    let family = crew.family()?;
    let mut merged = family.merge()?;
    let mut record = None;
    if plan.parts.shard.is_some() {
        record = Some(Box::new(ShardRecord { clock, ..shard_record(&plan, &start, &merged) }));
        // A part of a load has no figures that limits of the whole, or the counters of a target that others use as
        // well, could be held against.
        merged.scenario.thresholds.clear();
        merged.takings.readings.clear();
    }
    let outcome = oversight.finish(merged, plan.header, plan.database).await;
    Ok(CrewOutcome { outcome, record })
}

/// This machine's part, whatever became of single processes.
fn shard_record(plan: &CrewPlan, start: &Start, merged: &Merged) -> ShardRecord {
    ShardRecord {
        header: Header { schema: ShardRecord::schema(), ..plan.header.clone() },
        run: plan.parts.shard.as_ref().and_then(|shard| shard.run.clone()),
        share: plan.parts.share(),
        scenario: plan.scenario.clone(),
        target: merged.target.clone(),
        database: plan.database.clone(),
        planned_at: jiff::Timestamp::try_from(start.planned()).unwrap_or(plan.header.started_at),
        late_us: u64::try_from(start.late().as_micros()).unwrap_or(u64::MAX),
        clock: None,
        ending: merged.ending.clone(),
        reasons: merged.reasons.clone(),
        takings: merged.takings.clone(),
    }
}

fn worker_name(index: usize, of: usize) -> String {
    format!("worker {} of {of}", index + 1)
}

/// What makes the live figures of all processes.
fn together(plan: &CrewPlan) -> Together {
    let mut scenario = plan.scenario.clone();
    if plan.parts.shard.is_some() {
        // Limits of the whole say nothing about a part of it.
        scenario.thresholds.clear();
    }
    let mut targets: Vec<&str> = plan.targets.iter().map(|(_, target)| target.name()).collect();
    targets.sort_unstable();
    targets.dedup();
    let workers = plan.parts.workers as usize;
    let names = (0..workers).map(|index| worker_name(index, workers)).collect();
    Together::new(scenario, targets.join(", "), names)
}

/// The processes, and what was heard of them.
struct Crew {
    shares: Vec<Share>,
    pids: Vec<Option<u32>>,
    live: Live,
    outcomes: Vec<Option<Outcome>>,
    /// For each that is lost: when, and with how many sessions.
    losses: Vec<Option<(Duration, u64)>>,
    standing: watch::Sender<Standing>,
    news: mpsc::UnboundedReceiver<(usize, News)>,
    /// Ends the processes when dropped.
    _tasks: JoinSet<()>,
}

impl Crew {
    async fn start(plan: &CrewPlan) -> anyhow::Result<Self> {
        let standing = watch::Sender::new(Standing::Wait);
        let (sender, news) = mpsc::unbounded_channel();
        let (mut tasks, mut shares, mut pids) = (JoinSet::new(), Vec::new(), Vec::new());
        let folders = plan.folder.join("workers");
        let workers = plan.parts.workers;
        for (index, number) in (0..workers).enumerate() {
            let share = Share::new(number, workers).and_then(|within| plan.parts.share().part(within));
            let Some(share) = share else { bail!(Failure::Usage("too many shards and workers".to_owned())) };
            let (url, target) = &plan.targets[index % plan.targets.len()];
            let job = Job {
                scenario: Scenario { actions: Vec::new(), ..plan.scenario.clone() },
                url: url.clone(),
                trust: target.trust().clone(),
                target: target.name().to_owned(),
                share,
                header: plan.header.clone(),
                data_seed: plan.data_seed,
                tells_figures: plan.detailed,
                folder: folders.join((number + 1).to_string()),
            };
            let process = Process::start(&job).await?;
            pids.push(process.pid());
            shares.push(share);
            tasks.spawn(process.tend(index, standing.subscribe(), sender.clone()));
        }
        let requested = plan.parts.share().count(plan.scenario.sessions.count);
        let together = plan.detailed.then(|| together(plan));
        let live = Live::new(shares.len(), &plan.scenario.sessions, requested, together);
        let (outcomes, losses) = (shares.iter().map(|_| None).collect(), vec![None; shares.len()]);
        Ok(Self { shares, pids, live, outcomes, losses, standing, news, _tasks: tasks })
    }

    fn name(&self, index: usize) -> String {
        worker_name(index, self.shares.len())
    }

    /// Waits until all could begin; the first that can't ends it.
    async fn ready(&mut self, stop: &Stop) -> anyhow::Result<()> {
        let mut waiting = self.shares.len();
        while waiting > 0 {
            let news = tokio::select! {
                news = self.news.recv() => news,
                () = stop.stopped() => bail!(Failure::Target("interrupted before the run began".to_owned())),
            };
            match news {
                Some((_, News::Ready)) => waiting -= 1,
                Some((_, News::Second(_))) => {}
                Some((_, News::Ended(Outcome::Failed(text)))) => bail!(Failure::Target(text)),
                Some((index, News::Ended(Outcome::Lost(fate)))) => {
                    bail!(Failure::Target(format!("{} {fate} before the run began", self.name(index))))
                }
                Some((index, News::Ended(Outcome::Done(..)))) => {
                    bail!(Failure::Target(format!("{} ended before the run began", self.name(index))))
                }
                None => bail!("no generator process is there any more"),
            }
        }
        Ok(())
    }

    /// Listens until all are through.
    async fn follow(
        &mut self,
        start: &Start,
        oversight: &Oversight,
        observer: &impl Observer,
        stop: &Stop,
        console: &Console,
    ) {
        let mut looks = interval(Duration::from_secs(1));
        looks.set_missed_tick_behavior(MissedTickBehavior::Skip);
        // Half a second after the seconds of the processes, which come a little late.
        looks.reset_after(Duration::from_millis(1_500).saturating_sub(start.at().elapsed()));
        let mut stopping = false;
        while self.outcomes.iter().any(Option::is_none) {
            tokio::select! {
                news = self.news.recv() => match news {
                    Some((index, news)) => self.hear(index, news, start.at().elapsed(), console),
                    None => return,
                },
                _ = looks.tick() => {
                    observer.second(&self.live.snapshot(start.at().elapsed(), &oversight.so_far(), false));
                }
                () = stop.stopped(), if !stopping => {
                    stopping = true;
                    self.standing.send_replace(Standing::Stop(Instant::now() + ENDING));
                }
            }
        }
        observer.second(&self.live.snapshot(start.at().elapsed(), &oversight.so_far(), true));
    }

    fn hear(&mut self, index: usize, news: News, elapsed: Duration, console: &Console) {
        match news {
            News::Ready => {}
            News::Second(told) => self.live.second(index, *told),
            News::Ended(outcome) => {
                if let Outcome::Failed(why) | Outcome::Lost(why) = &outcome {
                    self.losses[index] = Some((elapsed, self.live.sessions(index)));
                    let pid = self.pids[index].map_or_else(String::new, |pid| format!(" (process {pid})"));
                    console.line(&format!("{}{pid}: {why}", self.name(index)));
                }
                self.live.gone(index);
                self.outcomes[index] = Some(outcome);
            }
        }
    }

    /// What they brought home.
    fn family(mut self) -> anyhow::Result<Family> {
        let (mut members, mut lost, mut first_fate) = (Vec::new(), Vec::new(), None);
        for index in 0..self.shares.len() {
            let (name, share) = (self.name(index), self.shares[index]);
            let fate = match self.outcomes[index].take() {
                Some(Outcome::Done(mut record, hdr_log)) => {
                    record.share = share;
                    members.push(Member { origin: name.clone(), name, record: *record, hdr_log });
                    continue;
                }
                Some(Outcome::Lost(how)) => how,
                Some(Outcome::Failed(why)) => format!("failed ({why})"),
                None => "was not heard of".to_owned(),
            };
            let (after, sessions) = self.losses[index].unwrap_or_default();
            let fate = format!(
                "{fate} {:.0} s into the run, with {sessions} sessions connected",
                after.as_secs_f64()
            );
            first_fate.get_or_insert_with(|| format!("{name} {fate}"));
            lost.push(Lost { share, name, fate });
        }
        if members.is_empty() {
            let text = first_fate.unwrap_or_else(|| "no generator process was started".to_owned());
            bail!(Failure::Target(format!("not one generator process came to its end: {text}")));
        }
        Ok(Family::of(members)?.without(lost))
    }
}
