//! Looking into a database while a run goes on.

use std::time::Duration;

use http::Method;
use mysql_async::prelude::Queryable;
use mysql_async::{Conn, Opts, OptsBuilder};
use reports::model::{DatabaseFigures, DatabaseSecond, TimelineRow};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{Instant, MissedTickBehavior, interval_at, timeout};

use super::metrics::Metrics;
use super::statements::{self, Summary};
use super::store;
use crate::client::request;
use crate::target::Target;

/// Longest time one look may take: a database that hangs leaves holes, it holds nothing up.
const PATIENCE: Duration = Duration::from_secs(2);

/// Where a database can be looked into.
#[derive(Clone)]
pub struct Probe {
    url: String,
    status: Option<String>,
}

impl std::fmt::Debug for Probe {
    /// The address may hold a password.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Probe").field("status", &self.status).finish_non_exhaustive()
    }
}

impl Probe {
    /// A server that speaks MySQL's protocol at `url`, with a page of metrics below `status`, such as
    /// `http://127.0.0.1:10080`, where it has one.
    pub fn new(url: &str, status: Option<&str>) -> Self {
        Self { url: url.to_owned(), status: status.map(str::to_owned) }
    }
}

/// A probe at work.
pub(crate) struct Probing {
    task: JoinHandle<Seen>,
    over: watch::Sender<bool>,
    newest: watch::Receiver<Option<DatabaseSecond>>,
}

/// What was seen.
#[derive(Default)]
struct Seen {
    samples: Vec<(f64, Sample)>,
    version: Option<String>,
    store: Option<String>,
    before: Option<Vec<Summary>>,
    after: Vec<Summary>,
}

/// One look.
#[derive(Debug, Clone, Copy, Default)]
struct Sample {
    connections: Option<u64>,
    running: Option<u64>,
    metrics: Metrics,
}

impl Probing {
    /// Looks once a second; times count from `start`, statements from `steady`.
    pub(crate) fn start(probe: Probe, start: Instant, steady: Instant) -> Self {
        let (over, ended) = watch::channel(false);
        let (seen, newest) = watch::channel(None);
        Self { task: tokio::spawn(Looker::new(probe, seen).watch(start, steady, ended)), over, newest }
    }

    /// What the newest look showed; `None` while it shows nothing.
    pub(crate) fn newest(&self) -> watch::Receiver<Option<DatabaseSecond>> {
        self.newest.clone()
    }

    /// Takes the last look, and puts what was seen where it belongs.
    pub(crate) async fn finish(self, rows: &mut [TimelineRow], figures: &mut DatabaseFigures) {
        self.over.send_replace(true);
        let Ok(seen) = self.task.await else { return };
        place(rows, &seen.samples);
        figures.version = seen.version.or(figures.version.take());
        figures.store = seen.store;
        figures.statements = statements::between(&seen.before.unwrap_or_default(), seen.after);
    }
}

struct Looker {
    probe: Probe,
    conn: Option<Conn>,
    page: Option<Target>,
    seen: Seen,
    newest: watch::Sender<Option<DatabaseSecond>>,
}

impl Looker {
    fn new(probe: Probe, newest: watch::Sender<Option<DatabaseSecond>>) -> Self {
        Self { probe, conn: None, page: None, seen: Seen::default(), newest }
    }

    async fn watch(mut self, start: Instant, steady: Instant, mut over: watch::Receiver<bool>) -> Seen {
        let mut seconds = interval_at(start, Duration::from_secs(1));
        seconds.set_missed_tick_behavior(MissedTickBehavior::Skip);
        loop {
            tokio::select! {
                _ = seconds.tick() => {}
                _ = over.wait_for(|over| *over) => break,
            }
            let t = start.elapsed().as_secs_f64();
            self.connect().await;
            if self.seen.before.is_none() && Instant::now() >= steady {
                self.seen.before = self.summaries().await;
            }
            let sample = self.sample().await;
            let before = self.seen.samples.last();
            self.newest.send_replace(before.and_then(|(earlier, last)| second(t - earlier, last, &sample)));
            self.seen.samples.push((t, sample));
        }
        self.connect().await;
        self.seen.after = self.summaries().await.unwrap_or_default();
        if let Some(conn) = self.conn.take() {
            let _ = timeout(PATIENCE, conn.disconnect()).await;
        }
        self.seen
    }

    /// Connects where there is no connection; says nothing when that fails, the next second tries again.
    async fn connect(&mut self) {
        if self.page.is_none()
            && let Some(status) = &self.probe.status
        {
            self.page = Target::resolve(status).await.ok();
        }
        if self.conn.is_some() {
            return;
        }
        let Ok(opts) = Opts::from_url(&self.probe.url) else { return };
        let opts = OptsBuilder::from_opts(opts).prefer_socket(false).db_name(None::<String>);
        let Ok(Ok(mut conn)) = timeout(PATIENCE, Conn::new(opts)).await else { return };
        if self.seen.version.is_none() {
            let Ok(Ok((version, store))) = timeout(PATIENCE, store::identify(&mut conn)).await else {
                return;
            };
            (self.seen.version, self.seen.store) = (Some(version), store);
        }
        self.conn = Some(conn);
    }

    async fn summaries(&mut self) -> Option<Vec<Summary>> {
        // A connection that was left in the middle of an answer is never used again.
        let mut conn = self.conn.take()?;
        let read = timeout(PATIENCE, statements::look(&mut conn)).await.ok()?;
        match read {
            Ok(summaries) => {
                self.conn = Some(conn);
                Some(summaries)
            }
            Err(mysql_async::Error::Server(refused)) => {
                tracing::debug!(%refused, "no summary of statements");
                self.conn = Some(conn);
                Some(Vec::new())
            }
            Err(_) => None,
        }
    }

    async fn sample(&mut self) -> Sample {
        let mut sample = Sample::default();
        if let Some(mut conn) = self.conn.take() {
            let sql = "SELECT COUNT(*), CAST(COALESCE(SUM(COMMAND <> 'Sleep'), 0) AS UNSIGNED) \
                       FROM information_schema.processlist WHERE ID <> CONNECTION_ID()";
            let read = timeout(PATIENCE, conn.query_first::<(u64, u64), _>(sql)).await;
            if let Ok(Ok(counted)) = read {
                (sample.connections, sample.running) = counted.unzip();
                self.conn = Some(conn);
            }
        }
        if let Some(page) = &self.page {
            let answer = request(page, Method::GET, "/metrics", None, PATIENCE).await;
            if let Ok(answer) = answer
                && answer.status == 200
            {
                sample.metrics = Metrics::read(&String::from_utf8_lossy(&answer.body));
            }
        }
        sample
    }
}

/// Puts each sample into the row of its second.
fn place(rows: &mut [TimelineRow], samples: &[(f64, Sample)]) {
    let mut before: Option<(f64, Sample)> = None;
    for (t, sample) in samples {
        // A row is that of the second which ends at its time; on a busy machine both come a little late.
        let near = |row: &TimelineRow| row.t >= *t - 0.2 && row.t < *t + 1.5 && row.database.is_none();
        if let Some((earlier, last)) = before
            && let Some(row) = rows.iter_mut().find(|row| near(row))
        {
            row.database = second(t - earlier, &last, sample);
        }
        before = Some((*t, *sample));
    }
}

/// What happened between two looks; `None` when the second one saw nothing at all.
fn second(seconds: f64, last: &Sample, sample: &Sample) -> Option<DatabaseSecond> {
    // A counter that fell is that of another process: the database was started anew.
    let grown = |of: fn(&Metrics) -> Option<f64>| {
        let grown = of(&sample.metrics)? - of(&last.metrics)?;
        (grown >= 0.0).then_some(grown)
    };
    let statements = grown(|metrics| metrics.statements);
    let spent = grown(|metrics| metrics.seconds);
    let mean = statements.zip(spent).filter(|(count, _)| *count > 0.0).map(|(count, spent)| spent / count);
    let second = DatabaseSecond {
        connections: sample.connections,
        running: sample.running,
        statements: statements.map(whole),
        mean_us: mean.map(|seconds| whole(seconds * 1e6)),
        rss_kib: sample.metrics.rss.map(|bytes| whole(bytes / 1024.0)),
        cpu: grown(|metrics| metrics.cpu).filter(|_| seconds > 0.0).map(|cpu| cpu / seconds),
    };
    (second != DatabaseSecond::default()).then_some(second)
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "counts, bytes and microseconds: not negative, and far below 2^53"
)]
fn whole(value: f64) -> u64 {
    value.max(0.0).round() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(statements: f64, seconds: f64, cpu: f64) -> Sample {
        let metrics = Metrics {
            statements: Some(statements),
            seconds: Some(seconds),
            rss: Some(1_048_576.0),
            cpu: Some(cpu),
        };
        Sample { connections: Some(9), running: Some(2), metrics }
    }

    #[test]
    fn samples_come_into_the_rows_of_their_seconds() {
        let mut rows: Vec<TimelineRow> =
            (1..=4).map(|t| TimelineRow { t: f64::from(t), ..TimelineRow::default() }).collect();
        let gone = Sample::default();
        let samples = [
            (0.0, sample(100.0, 1.0, 5.0)),
            (1.0, sample(150.0, 1.5, 5.5)),
            (2.0, gone),
            (3.0, sample(10.0, 0.1, 0.2)),
            (4.0, sample(20.0, 0.3, 0.4)),
        ];
        place(&mut rows, &samples);
        let first = rows[0].database.unwrap();
        assert_eq!((first.connections, first.running), (Some(9), Some(2)));
        assert_eq!((first.statements, first.mean_us, first.rss_kib), (Some(50), Some(10_000), Some(1_024)));
        assert_eq!(first.cpu, Some(0.5));
        assert_eq!(rows[1].database, None, "a hole, not a zero");
        let back = rows[2].database.unwrap();
        assert_eq!((back.statements, back.connections), (None, Some(9)), "nothing to compare with");
        assert_eq!(rows[3].database.unwrap().statements, Some(10));
    }

    #[test]
    fn a_row_that_comes_late_does_not_lose_the_sample_of_the_next_second() {
        let mut rows: Vec<TimelineRow> =
            [1.0, 2.9, 3.1].map(|t| TimelineRow { t, ..TimelineRow::default() }).into();
        let samples: Vec<(f64, Sample)> = [0.0, 1.0, 2.0, 3.0].map(|t| (t, sample(100.0 * t, t, t))).into();
        place(&mut rows, &samples);
        assert!(rows.iter().all(|row| row.database.is_some_and(|seen| seen.statements == Some(100))));
    }

    #[tokio::test]
    async fn a_database_that_is_not_there_costs_nothing_but_its_figures() {
        let probe = Probe::new("mysql://root@127.0.0.1:1/", Some("http://127.0.0.1:1"));
        let now = Instant::now();
        let probing = Probing::start(probe, now, now);
        let mut rows = [TimelineRow { t: 1.0, ..TimelineRow::default() }];
        let mut figures = DatabaseFigures { version: Some("known".to_owned()), ..DatabaseFigures::default() };
        probing.finish(&mut rows, &mut figures).await;
        assert_eq!((rows[0].database, figures.version.as_deref()), (None, Some("known")));
    }
}
