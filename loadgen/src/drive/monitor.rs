//! What goes on beside the sessions: samples for Little's law, a timeline row and a snapshot a second, the
//! watch over the target, and the end when somebody asks for it.

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, SystemTime};

use hdrhistogram::Histogram;
use indexmap::IndexMap;
use reports::model::{DatabaseSecond, Quantiles, TimelineRow};
use tokio::sync::watch;
use tokio::time::{Instant, MissedTickBehavior, interval};

use super::so_far::so_far;
use super::takings;
use crate::live::{Detail, PartSecond, SecondTimes};
use crate::measure::{HdrLog, Phase, Tally, Timeline};
use crate::options::{Ending, Observer, Snapshot};
use crate::resources::Usage;
use crate::session::Shared;
use crate::shards::SecondTexts;
use crate::stop::Stop;

/// Pace of the samples for Little's law, where questions are asked.
const TICK: Duration = Duration::from_millis(10);

/// Pace of everything else.
const LOOK: Duration = Duration::from_millis(100);

/// Figures at one moment of the run.
#[derive(Debug, Clone, Copy)]
pub(super) struct Mark {
    pub(super) at: Instant,
    pub(super) usage: Usage,
    pub(super) messages: u64,
}

/// What the monitor brings home.
#[derive(Debug)]
pub(super) struct Watched {
    pub(super) rows: Vec<TimelineRow>,
    pub(super) start: Mark,
    /// Begin of the steady phase, when it was reached.
    pub(super) steady: Option<Mark>,
    /// End of the steady phase, or of the run when that came first.
    pub(super) end: Mark,
    /// How much later than planned the monitor itself came to its turn in the steady phase, microseconds: what a
    /// machine that was taken away, or a loop that was held up, looks like from inside.
    pub(super) pauses: Histogram<u64>,
    /// Most files this process had open.
    pub(super) most_files: Option<u64>,
    /// The histogram log.
    pub(super) log: HdrLog,
    /// The times of each row, where they will be added up.
    pub(super) texts: Vec<SecondTexts>,
}

/// The same while the run goes on.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sight<'m> {
    pub(super) rows: &'m [TimelineRow],
    pub(super) start: Mark,
    pub(super) steady: Option<Mark>,
    pub(super) end: Mark,
    pub(super) pauses: &'m Histogram<u64>,
    pub(super) most_files: Option<u64>,
}

impl Watched {
    pub(super) fn sight(&self) -> Sight<'_> {
        Sight {
            rows: &self.rows,
            start: self.start,
            steady: self.steady,
            end: self.end,
            pauses: &self.pauses,
            most_files: self.most_files,
        }
    }
}

/// What the monitor is asked for beside its watch.
#[derive(Debug, Default)]
pub(super) struct Wanted {
    /// Snapshots carry their detail.
    pub(super) detailed: bool,
    /// What is measured here is added up with what others measure.
    pub(super) adds_up: bool,
    /// The observer is told what the live figures of the whole are made of.
    pub(super) tells_figures: bool,
    /// Where the newest look into the database is found.
    pub(super) database: Option<watch::Receiver<Option<DatabaseSecond>>>,
}

/// The monitor of one run.
pub(super) struct Monitor<O> {
    shared: Arc<Shared>,
    observer: O,
    wanted: Wanted,
    stop: Stop,
    timeline: Timeline,
    start: Mark,
    steady: Option<Mark>,
    drain: Option<Mark>,
    next_second: Instant,
    last_second: Instant,
    pauses: Histogram<u64>,
    most_files: Option<u64>,
    log: HdrLog,
    texts: Vec<SecondTexts>,
    /// Since when no socket has been open, and failed attempts then.
    dark_since: Option<Instant>,
    ending: Option<Ending>,
}

impl<O: Observer> Monitor<O> {
    pub(super) fn new(
        shared: Arc<Shared>,
        observer: O,
        wanted: Wanted,
        stop: Stop,
        started: SystemTime,
    ) -> Self {
        let at = shared.recorder.phases().start;
        let usage = Usage::now(shared.target.pid());
        Self {
            timeline: Timeline::new(at, usage),
            start: Mark { at, usage, messages: 0 },
            next_second: at + Duration::from_secs(1),
            last_second: at,
            pauses: Histogram::new(3).expect("the number of digits is a constant in range"),
            most_files: None,
            log: HdrLog::new(started),
            texts: Vec::new(),
            shared,
            observer,
            wanted,
            stop,
            steady: None,
            drain: None,
            dark_since: None,
            ending: None,
        }
    }

    /// Watches for ever; dropped when the sessions are through.
    pub(super) async fn watch(&mut self) {
        let pace = if self.shared.asks() { TICK } else { LOOK };
        let mut ticks = interval(pace);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
        let mut next_look = Instant::now();
        loop {
            let planned = ticks.tick().await;
            let now = Instant::now();
            self.pause(planned, now);
            self.shared.flow.sample(now, self.shared.recorder.counters.in_flight.load(Relaxed));
            if now < next_look && now < self.next_second {
                continue;
            }
            next_look = now + LOOK;
            self.shared.recorder.collect();
            self.mark(now);
            if now >= self.next_second {
                self.second(now, false);
                while self.next_second <= now {
                    self.next_second += Duration::from_secs(1);
                }
            }
            self.look(now);
        }
    }

    fn pause(&mut self, planned: Instant, now: Instant) {
        if self.shared.recorder.phases().is_steady(now) {
            let late = now.saturating_duration_since(planned).as_micros();
            // It grows as it must, so that no value is out of range.
            let _ = self.pauses.record(u64::try_from(late).unwrap_or(u64::MAX));
        }
    }

    /// How the run ended, and what was seen.
    pub(super) fn finish(mut self) -> (Ending, Watched) {
        let now = Instant::now();
        self.mark(now);
        self.second(now, true);
        let end = self.drain.unwrap_or_else(|| self.here(now));
        let watched = Watched {
            rows: self.timeline.into_rows(),
            start: self.start,
            steady: self.steady,
            end,
            pauses: self.pauses,
            most_files: self.most_files,
            log: self.log,
            texts: self.texts,
        };
        (self.ending.unwrap_or(Ending::Completed), watched)
    }

    fn here(&self, at: Instant) -> Mark {
        let counters = &self.shared.recorder.counters;
        let messages = counters.sent.load(Relaxed) + counters.received.load(Relaxed);
        Mark { at, usage: Usage::now(self.shared.target.pid()), messages }
    }

    fn mark(&mut self, now: Instant) {
        let phase = self.shared.recorder.phases().at(now);
        if phase != Phase::Ramp && self.steady.is_none() {
            self.steady = Some(self.here(now));
        }
        if phase == Phase::Drain && self.drain.is_none() {
            self.drain = Some(self.here(now));
        }
    }

    fn second(&mut self, now: Instant, over: bool) {
        let recorder = &self.shared.recorder;
        let phases = recorder.phases();
        let usage = Usage::now(self.shared.target.pid());
        self.most_files = self.most_files.max(usage.generator.and_then(|figures| figures.open_files));
        let from = self.last_second.saturating_duration_since(phases.start);
        let length = now.saturating_duration_since(self.last_second);
        self.last_second = now;
        let log = &mut self.log;
        let mut second = self.wanted.detailed.then(Vec::new);
        let mut news = self.wanted.tells_figures.then(IndexMap::new);
        let times = recorder.take_second(|operation, tally| {
            log.interval(operation, tally, from, length);
            if let Some(second) = &mut second {
                second.push(times_of(operation, tally));
            }
            if let Some(news) = &mut news {
                news.insert(operation.to_owned(), tally.clone());
            }
        });
        self.timeline.second(now, recorder, &times, usage);
        if self.wanted.adds_up {
            let times = SecondTexts::of(&times);
            self.texts.push(times.clone());
            let figures = news.map(|news| Box::new(takings::part(&self.shared, self.sight(now), news)));
            self.observer.part(PartSecond { times, figures });
        }
        let detail = second.map(|second| Arc::new(self.detail(now, second, over)));
        self.observer.second(&self.snapshot(now, detail));
    }

    /// What the row of the second that is over says, and what is known beyond it.
    fn snapshot(&self, now: Instant, detail: Option<Arc<Detail>>) -> Snapshot {
        let counters = &self.shared.recorder.counters;
        let phases = self.shared.recorder.phases();
        let row = self.timeline.rows().last().cloned().unwrap_or_default();
        Snapshot {
            phase: phases.at(now).name(),
            elapsed: now.saturating_duration_since(phases.start),
            left: phases.end.saturating_duration_since(now),
            sessions: row.sessions,
            requested: self.shared.share.count(self.shared.scenario.sessions.count),
            sent: row.sent,
            received: row.received,
            queries: row.queries,
            in_flight: row.in_flight,
            p99: row.p99_us.map(Duration::from_micros),
            errors: counters.errors.load(Relaxed),
            verified: counters.verified.load(Relaxed),
            wrong: counters.wrong.load(Relaxed),
            detail,
        }
    }

    fn detail(&self, now: Instant, second: Vec<SecondTimes>, over: bool) -> Detail {
        let mut detail = so_far(&self.shared, self.sight(now));
        detail.second = second;
        detail.over = over;
        detail.row.database = self.wanted.database.as_ref().and_then(|database| *database.borrow());
        detail
    }

    fn sight(&self, now: Instant) -> Sight<'_> {
        Sight {
            rows: self.timeline.rows(),
            start: self.start,
            steady: self.steady,
            end: self.drain.unwrap_or_else(|| self.here(now)),
            pauses: &self.pauses,
            most_files: self.most_files,
        }
    }

    /// Is there a reason to end?
    fn look(&mut self, now: Instant) {
        if self.ending.is_some() {
            // goose forgets the switch when it was thrown before its own start.
            goose::trigger_killswitch("ending");
            return;
        }
        if self.stop.is_stopped() || goose::is_killswitch_triggered() {
            self.end_with(Ending::Stopped, "stopped by the caller");
            return;
        }
        self.look_for_target(now);
    }

    /// The target is gone when no socket is open, attempts fail, and that for long enough.
    fn look_for_target(&mut self, now: Instant) {
        let counters = &self.shared.recorder.counters;
        let drained = self.shared.recorder.phases().at(now) == Phase::Drain;
        let failure = self.shared.last_failure();
        if drained || counters.sockets.load(Relaxed) > 0 || failure.is_none() {
            self.dark_since = None;
            return;
        }
        let since = *self.dark_since.get_or_insert(now);
        let vanished = self.shared.target.pid().is_some() && self.process_is_gone();
        if !vanished && now.saturating_duration_since(since) < self.shared.scenario.patience.target_gone {
            return;
        }
        let cause = self.cause(vanished);
        let after = since.saturating_duration_since(self.shared.recorder.phases().start);
        self.shared.abandoned.store(true, Relaxed);
        self.end_with(Ending::TargetLost { after, cause }, "the target is gone");
    }

    fn process_is_gone(&self) -> bool {
        let seen = self.start.usage.server.is_some();
        seen && Usage::now(self.shared.target.pid()).server.is_none()
    }

    fn cause(&self, vanished: bool) -> String {
        let address = self.shared.target.authority();
        let reason = self.shared.last_failure().map_or_else(String::new, |error| error.to_string());
        let process = match self.shared.target.pid() {
            Some(pid) if vanished => format!("its process {pid} is gone, "),
            _ => String::new(),
        };
        let established = self.shared.recorder.counters.established.load(Relaxed);
        format!(
            "{address} went away: {process}no socket of {established} sessions is open any more, {reason}"
        )
    }

    fn end_with(&mut self, ending: Ending, reason: &str) {
        self.ending = Some(ending);
        self.shared.hurry();
        goose::trigger_killswitch(reason);
    }
}

fn times_of(operation: &str, tally: &Tally) -> SecondTimes {
    SecondTimes {
        name: operation.to_owned().into(),
        service_us: Quantiles::of(&tally.service),
        intended_us: Quantiles::of(&tally.intended),
    }
}
