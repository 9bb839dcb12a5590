//! The load stage: a scenario against a target, or against a reference server started for it.

use std::sync::Arc;
use std::time::Duration;

use loadgen::actions::Hand;
use loadgen::database::Probe;
use loadgen::{Ending, LoadOutcome, Observer, Options, Snapshot, Stop, Target, Trust};
use reference_server::config::Source;
use reference_server::database::Container;
use reports::json::{ReportFile as _, VERSION};
use reports::model::{Header, LoadReport, ReasonKind, SchemaId};
use reports::terminal::{LoadStatus, load_status};
use scenarios::Scenario;

use super::Findings;
use super::abort::Abort;
use crate::console::Console;
use crate::exit::Failure;
use crate::interrupt::Interrupts;
use crate::live::{Screen, Views};
use crate::run::{Run, trouble};
use crate::setup;
use crate::system::{System, SystemPlan};
use crate::workers::{self, CrewPlan, Parts};

/// What to play, and against whom.
pub(crate) struct LoadPlan {
    /// The scenario, overrides applied.
    pub(crate) scenario: Scenario,
    /// Sessions instead of the scenario's.
    pub(crate) sessions: Option<u64>,
    /// Length of the measured phase instead of the scenario's.
    pub(crate) duration: Option<Duration>,
    /// Arrivals a second, in the open model.
    pub(crate) rate: Option<f64>,
    /// Where a foreign target stands; without it a reference server is started.
    pub(crate) foreign: Option<Foreign>,
    /// The database instead of the scenario's. Behind a foreign target it is only looked into.
    pub(crate) database: Option<Source>,
    /// Leave a database that was started for the run running.
    pub(crate) keep_database: bool,
    /// By what the run is shown while it lasts.
    pub(crate) views: Arc<Views>,
    /// Into how many parts it is divided, and against how many servers.
    pub(crate) parts: Parts,
}

/// A target that is not ours.
#[derive(Debug, Clone)]
pub(crate) struct Foreign {
    /// Base URL.
    pub(crate) url: String,
    /// Name for the reports.
    pub(crate) name: String,
    /// Process id, when we started it.
    pub(crate) pid: Option<u32>,
    /// Whose certificates are good, where TLS is spoken.
    pub(crate) trust: Trust,
}

/// Plays the scenario and puts what came out into `findings`.
pub(crate) async fn load(
    plan: LoadPlan,
    run: &Run,
    console: &Arc<Console>,
    interrupts: &mut Interrupts,
    findings: &mut Findings,
) -> anyhow::Result<()> {
    // The limits of a whole run can't end a part of it.
    let limits = if plan.parts.shard.is_some() { &[] } else { plan.scenario.thresholds.as_slice() };
    let abort = Arc::new(Abort::new(limits, Stop::new())?);
    let (targets, system) = targets(&plan, run, console, interrupts).await?;
    let part = Part { plan: &plan, targets, system: system.as_ref(), run };
    let outcome = Box::pin(part.play(console, interrupts, &abort, findings)).await;
    let ended = match &system {
        Some(system) => system.ended().await,
        None => None,
    };
    let mut outcome = match outcome {
        Ok(outcome) => outcome,
        Err(error) => {
            let text = ended.unwrap_or_else(|| format!("{error:#}"));
            // Without any other finding there is nothing to report on: one sentence says it all.
            if findings.conformance.is_none() {
                return Err(Failure::Target(text).into());
            }
            findings.trouble.push(trouble(ReasonKind::Target, "load", text));
            return Ok(());
        }
    };
    findings.aborted = abort.tell(&mut outcome.report);
    ended_as(&outcome.ending, findings);
    lost_parts(&outcome.report, findings);
    for action in outcome.report.actions.iter().filter(|_| !findings.interrupted) {
        // A run whose outage did not take place shows nothing about outages.
        if let Some(error) = &action.error {
            let text = format!("the action {} was not done: {error}", action.name);
            findings.trouble.push(trouble(ReasonKind::Target, "action", text));
        }
    }
    findings.load = Some(outcome.report);
    findings.hdr_log = Some(outcome.hdr_log);
    if let Some(ended) = ended {
        findings.trouble.push(trouble(ReasonKind::Target, "server-ended", ended));
    } else if let Some(system) = system.and_then(Arc::into_inner)
        && let Err(error) = system.stop(console).await
    {
        findings.trouble.push(trouble(ReasonKind::Target, "server-stop", format!("{error:#}")));
    }
    Ok(())
}

/// Puts how a run ended into `findings`.
pub(crate) fn ended_as(ending: &Ending, findings: &mut Findings) {
    match ending {
        Ending::Completed => {}
        Ending::Stopped if findings.aborted => {}
        Ending::Stopped => findings.interrupted = true,
        Ending::TargetLost { after, cause } => {
            let text = format!("the target was lost {:.0} s into the load run: {cause}", after.as_secs_f64());
            findings.trouble.push(trouble(ReasonKind::Target, "target-lost", text));
        }
    }
}

/// Puts what became of parts whose results are not in the report into `findings`: it comes before any figure.
pub(crate) fn lost_parts(report: &LoadReport, findings: &mut Findings) {
    for shard in &report.shards {
        if let Some(fate) = &shard.lost {
            let text = format!("{} {fate}", shard.name);
            findings.trouble.push(trouble(ReasonKind::Harness, "part-lost", text));
        }
    }
}

/// Starts the system; an interrupt gives that up and leaves nothing behind.
async fn started(
    plan: &LoadPlan,
    run: &Run,
    console: &Arc<Console>,
    interrupts: &mut Interrupts,
) -> anyhow::Result<System> {
    let wanted = SystemPlan {
        scenario: &plan.scenario,
        database: plan.database.as_ref(),
        keep_database: plan.keep_database,
        servers: plan.parts.servers,
    };
    tokio::select! {
        system = System::start(&wanted, run, console) => system,
        () = interrupts.next() => {
            // A start that was given up half-way has no handle on what it made.
            Container::sweep_own().await;
            Err(Failure::Target("interrupted before the run began".to_owned()).into())
        }
    }
}

/// Seed of the embedded databases: the scenario's, else the server's own. Answers that were made with another are
/// not compared.
fn data_seed(scenario: &Scenario) -> u64 {
    let seed = scenario.server.get("database").and_then(|database| database.get("seed"));
    let seed = seed.and_then(toml::Value::as_integer).and_then(|seed| u64::try_from(seed).ok());
    seed.unwrap_or_else(|| reference_server::config::Database::default().seed)
}

/// Where the sessions go: the targets that are there, or those of a system that is started for the run.
async fn targets(
    plan: &LoadPlan,
    run: &Run,
    console: &Arc<Console>,
    interrupts: &mut Interrupts,
) -> anyhow::Result<(Vec<(String, Target)>, Option<Arc<System>>)> {
    let mut targets = Vec::new();
    if let Some(foreign) = &plan.foreign {
        for foreign in std::iter::once(foreign).chain(&plan.parts.others) {
            let target = Target::trusting(&foreign.url, &foreign.trust).await.map_err(setup::target)?;
            targets.push((foreign.url.clone(), target.named(&foreign.name).with_pid(foreign.pid)));
        }
        return Ok((targets, None));
    }
    let system = started(plan, run, console, interrupts).await?;
    for (url, pid) in system.backends().await {
        let target = Target::resolve(&url).await.map_err(setup::target)?;
        targets.push((url, target.named("reference server").with_pid(pid)));
    }
    system.watch(targets[0].1.process());
    Ok((targets, Some(Arc::new(system))))
}

/// What is played, against whom, and where its results go.
struct Part<'p> {
    plan: &'p LoadPlan,
    targets: Vec<(String, Target)>,
    system: Option<&'p Arc<System>>,
    run: &'p Run,
}

impl Part<'_> {
    /// Plays it, in this process or in several.
    async fn play(
        &self,
        console: &Arc<Console>,
        interrupts: &mut Interrupts,
        abort: &Arc<Abort>,
        findings: &mut Findings,
    ) -> anyhow::Result<LoadOutcome> {
        let mut options = self.options().await;
        options.detailed = self.plan.views.are_wanted() || abort.is_wanted();
        let trimming = tokio::spawn(setup::give_memory_back());
        let stop = abort.switch();
        let screen = self.plan.views.screen(console)?;
        let observer = observer(self.plan, abort, console, screen.as_ref());
        let playing = async {
            if self.plan.parts.is_one() {
                let target = &self.targets[0].1;
                return Ok(loadgen::run(&self.plan.scenario, target, options, observer, stop.clone()).await?);
            }
            let crew = workers::play(self.crew(options), observer, &stop, console).await?;
            findings.shard = crew.record;
            Ok(crew.outcome)
        };
        tokio::pin!(playing);
        let outcome = loop {
            tokio::select! {
                outcome = &mut playing => break outcome,
                () = interrupts.next(), if !stop.is_stopped() => {}
                () = asked(screen.as_ref()), if !stop.is_stopped() => {}
            }
            console.line("interrupted: ending the sessions and writing the reports");
            stop.stop();
        };
        trimming.abort();
        outcome
    }

    /// What the load generator is told beyond the scenario.
    async fn options(&self) -> Options {
        let (plan, run) = (self.plan, self.run);
        let schema = SchemaId::new(LoadReport::SCHEMA, VERSION);
        let mut options = Options::new(Header { schema, ..run.header().clone() });
        options.sessions = plan.sessions;
        options.duration = plan.duration;
        options.rate = plan.rate;
        match self.system {
            Some(system) => {
                options.database = system.figures().await;
                options.data_seed = Some(data_seed(&plan.scenario));
                options.probe = system.probe();
                options.hand = Some(Arc::clone(system) as Arc<dyn Hand>);
            }
            None => {
                if let Some(Source::MySql(address)) = &plan.database {
                    options.probe = Some(Probe::new(address.expose(), None));
                }
            }
        }
        options
    }

    /// The same for several processes.
    fn crew(&self, options: Options) -> CrewPlan {
        let parts = &self.plan.parts;
        CrewPlan {
            scenario: loadgen::overridden(&self.plan.scenario, &options),
            header: options.header,
            targets: self.targets.clone(),
            parts: parts.clone(),
            data_seed: options.data_seed,
            database: options.database,
            probe: options.probe,
            hand: options.hand,
            detailed: options.detailed,
            folder: self.run.path().to_owned(),
        }
    }
}

/// What is told once a second: the thresholds that may end the run, the views, and one line unless the full screen
/// has the terminal.
fn observer(
    plan: &LoadPlan,
    abort: &Arc<Abort>,
    console: &Arc<Console>,
    screen: Option<&Screen>,
) -> impl Observer + use<> {
    let (views, console, abort) = (Arc::clone(&plan.views), Arc::clone(console), Arc::clone(abort));
    let feed = screen.map(Screen::feed);
    move |snapshot: &Snapshot| {
        abort.second(snapshot);
        views.second(snapshot);
        // A view that was left hears nothing any more: then the line is there again.
        let shown = feed.as_ref().is_some_and(|feed| feed.send(Arc::new(snapshot.clone())).is_ok());
        if !shown {
            console.progress(&load_status(&status(snapshot), console.color_stderr()));
        }
    }
}

/// Comes back when somebody at the full screen wants the run to end.
async fn asked(screen: Option<&Screen>) {
    match screen {
        Some(screen) => screen.asked().await,
        None => std::future::pending().await,
    }
}

fn status(snapshot: &Snapshot) -> LoadStatus {
    LoadStatus {
        phase: snapshot.phase.to_owned(),
        elapsed: snapshot.elapsed,
        left: Some(snapshot.left),
        sessions: snapshot.sessions,
        requested: snapshot.requested,
        messages_per_s: (snapshot.sent + snapshot.received) as f64,
        queries_per_s: snapshot.queries as f64,
        p99: snapshot.p99,
        errors: snapshot.errors,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_seed_of_the_data_is_the_one_the_server_is_given() {
        let own = reference_server::config::Database::default().seed;
        assert_eq!(data_seed(&scenarios::load("smoke", &[]).unwrap()), own);
        let other = scenarios::load("smoke", &["server.database.seed=7".to_owned()]).unwrap();
        assert_eq!(data_seed(&other), 7);
    }
}
