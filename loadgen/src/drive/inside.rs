//! Looking into a target while a run goes on: how far its pools and stages are used, from its page of figures.
//!
//! Counters are exact between the first and the last look of the measured phase; what rises and falls is a mean over
//! one look a second.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use http::Method;
use reports::model::{InsideFigures, PlaceFigures, StageFigures};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{Instant, MissedTickBehavior, interval_at};

use crate::client::request;
use crate::measure::Phase;
use crate::session::Shared;

/// Longest time one look may take: a target that hangs leaves holes, it holds nothing up.
const PATIENCE: Duration = Duration::from_secs(2);
const PACE: Duration = Duration::from_secs(1);

/// The look-out at work.
pub(super) struct Watching {
    task: JoinHandle<Seen>,
    over: watch::Sender<bool>,
}

impl Watching {
    /// Looks once a second in the measured phase.
    pub(super) fn start(shared: &Arc<Shared>) -> Self {
        let (over, ended) = watch::channel(false);
        Self { task: tokio::spawn(watch(Arc::clone(shared), ended)), over }
    }

    /// What was seen; `None` when that was nothing.
    pub(super) async fn finish(self) -> Option<InsideFigures> {
        self.over.send_replace(true);
        self.task.await.ok()?.figures()
    }
}

async fn watch(shared: Arc<Shared>, mut over: watch::Receiver<bool>) -> Seen {
    let mut seen = Seen::default();
    let mut looks = interval_at(shared.recorder.phases().steady.max(Instant::now()), PACE);
    looks.set_missed_tick_behavior(MissedTickBehavior::Skip);
    loop {
        tokio::select! {
            _ = looks.tick() => {}
            _ = over.wait_for(|over| *over) => return seen,
        }
        if shared.recorder.phases().at(Instant::now()) == Phase::Drain {
            return seen;
        }
        let answer = tokio::select! {
            answer = request(&shared.target, Method::GET, "/metrics", None, PATIENCE) => answer,
            _ = over.wait_for(|over| *over) => return seen,
        };
        if let Ok(answer) = answer
            && answer.status == 200
        {
            seen.take(Page::read(&String::from_utf8_lossy(&answer.body)));
        }
    }
}

/// One look: figures by name and label, those without a label under an empty one.
#[derive(Debug, Default)]
struct Page(BTreeMap<(&'static str, String), f64>);

/// What is of interest, with the label that tells its figures apart.
const NAMES: [(&str, &str); 8] = [
    ("database_pool_size", "database"),
    ("database_pool_running", "database"),
    ("database_pool_waiting", "database"),
    ("queries_limit", ""),
    ("queries_running", ""),
    ("queue_depth", "queue"),
    ("query_stage_duration_seconds_sum", "agent"),
    ("query_stage_duration_seconds_count", "agent"),
];

impl Page {
    /// Reads the text format of Prometheus; what is not understood is passed over.
    fn read(text: &str) -> Self {
        let mut page = Self::default();
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            let (series, value) = match line.find('}') {
                Some(end) => line.split_at(end + 1),
                None => line.split_once(' ').unwrap_or((line, "")),
            };
            let (name, labels) = series.split_once('{').unwrap_or((series, ""));
            let Some((name, label)) = NAMES.iter().find(|(known, _)| *known == name) else { continue };
            let Some(value) = value.split_whitespace().next().and_then(|value| value.parse::<f64>().ok())
            else {
                continue;
            };
            let of = labels.split(',').find_map(|pair| {
                pair.trim_end_matches('}').strip_prefix(label)?.strip_prefix("=\"")?.strip_suffix('"')
            });
            if value.is_finite() {
                page.0.insert((name, of.unwrap_or_default().to_owned()), value);
            }
        }
        page
    }

    fn of(&self, name: &'static str, label: &str) -> Option<f64> {
        self.0.get(&(name, label.to_owned())).copied()
    }

    fn labels(&self, name: &'static str) -> impl Iterator<Item = &str> {
        self.0.keys().filter(move |key| key.0 == name).map(|key| key.1.as_str())
    }
}

/// Everything that was seen.
#[derive(Debug, Default)]
struct Seen {
    pools: BTreeMap<String, Places>,
    queries: Places,
    first: Option<Page>,
    last: Option<Page>,
}

/// Sums over the looks.
#[derive(Debug, Default, Clone, Copy)]
struct Places {
    looks: f64,
    size: f64,
    taken: f64,
    waiting: f64,
}

impl Places {
    fn take(&mut self, size: Option<f64>, taken: Option<f64>, waiting: Option<f64>) {
        let (Some(size), Some(taken)) = (size.filter(|size| *size > 0.0), taken) else { return };
        self.looks += 1.0;
        self.size += size;
        self.taken += taken;
        self.waiting += waiting.unwrap_or_default();
    }

    fn figures(&self, name: &str) -> Option<PlaceFigures> {
        let mean = |sum: f64| sum / self.looks;
        (self.looks > 0.0).then(|| PlaceFigures {
            name: name.to_owned(),
            size: mean(self.size),
            taken: mean(self.taken),
            waiting: mean(self.waiting),
        })
    }
}

impl Seen {
    fn take(&mut self, page: Page) {
        let databases: Vec<String> = page.labels("database_pool_size").map(str::to_owned).collect();
        for database in databases {
            let of = |name| page.of(name, &database);
            let (size, running) = (of("database_pool_size"), of("database_pool_running"));
            let waiting = of("database_pool_waiting");
            self.pools.entry(database).or_default().take(size, running, waiting);
        }
        let (limit, running) = (page.of("queries_limit", ""), page.of("queries_running", ""));
        self.queries.take(limit, running, page.of("queue_depth", "queries"));
        match self.first {
            None => self.first = Some(page),
            Some(_) => self.last = Some(page),
        }
    }

    fn figures(self) -> Option<InsideFigures> {
        let figures = InsideFigures {
            pools: self.pools.iter().filter_map(|(database, places)| places.figures(database)).collect(),
            queries: self.queries.figures("queries"),
            stages: stages(self.first.as_ref(), self.last.as_ref()),
        };
        (figures != InsideFigures::default()).then_some(figures)
    }
}

/// What came to its end between two looks. A counter that fell is that of another process: nothing is said then.
fn stages(first: Option<&Page>, last: Option<&Page>) -> Vec<StageFigures> {
    const SUM: &str = "query_stage_duration_seconds_sum";
    const COUNT: &str = "query_stage_duration_seconds_count";
    let (Some(first), Some(last)) = (first, last) else { return Vec::new() };
    let grown = |name, agent: &str| {
        let grown = last.of(name, agent)? - first.of(name, agent).unwrap_or_default();
        (grown > 0.0).then_some(grown)
    };
    let stage = |agent: &str| {
        let (count, seconds) = (grown(COUNT, agent)?, grown(SUM, agent)?);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "counts and microseconds: not negative, and far below 2^53"
        )]
        let (count, mean_us) = (count.round() as u64, (seconds / count * 1e6).round() as u64);
        Some(StageFigures { agent: agent.to_owned(), count, mean_us })
    };
    last.labels(COUNT).filter_map(stage).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(running: u32, waiting: u32, count: u32, sum: f64) -> Page {
        Page::read(&format!(
            "# TYPE database_pool_size gauge\n\
             database_pool_size{{database=\"financial_db\"}} 4\n\
             database_pool_running{{database=\"financial_db\"}} {running}\n\
             database_pool_waiting{{database=\"financial_db\"}} {waiting}\n\
             database_pool_size{{database=\"tpch\"}} 4\n\
             database_pool_running{{database=\"tpch\"}} 0\n\
             queries_running 10\nqueries_limit 2000\nqueue_depth{{queue=\"queries\"}} 0\n\
             query_stage_duration_seconds_bucket{{agent=\"data\",le=\"1\"}} 7\n\
             query_stage_duration_seconds_sum{{agent=\"data\"}} {sum}\n\
             query_stage_duration_seconds_count{{agent=\"data\"}} {count}\n"
        ))
    }

    #[test]
    fn pools_are_means_of_the_looks_and_stages_what_came_between_them() {
        let mut seen = Seen::default();
        for look in [page(4, 2, 10, 1.0), page(3, 0, 20, 3.0), page(2, 1, 30, 6.0)] {
            seen.take(look);
        }
        let figures = seen.figures().unwrap();
        let place =
            |name: &str, size, taken, waiting| PlaceFigures { name: name.to_owned(), size, taken, waiting };
        assert_eq!(figures.pools, [place("financial_db", 4.0, 3.0, 1.0), place("tpch", 4.0, 0.0, 0.0)]);
        assert_eq!(figures.queries, Some(place("queries", 2_000.0, 10.0, 0.0)));
        let stage = StageFigures { agent: "data".to_owned(), count: 20, mean_us: 250_000 };
        assert_eq!(figures.stages, [stage]);
    }

    #[test]
    fn a_target_that_was_started_anew_or_tells_nothing_has_no_figures() {
        let mut seen = Seen::default();
        for look in [page(4, 2, 10, 1.0), page(3, 0, 5, 0.2)] {
            seen.take(look);
        }
        assert!(seen.figures().unwrap().stages.is_empty());
        let mut seen = Seen::default();
        seen.take(Page::read("messages_sent_total 3\nqueries_running many\nqueue_depth{queue=\"queries\n"));
        assert_eq!(seen.figures(), None);
    }

    proptest::proptest! {
        #[test]
        fn random_pages_never_panic(text in "((queue_depth|queries_limit|database_pool_size)?[{}=\", a-z0-9.]{0,30}\n){0,5}") {
            let mut seen = Seen::default();
            seen.take(Page::read(&text));
            let _ = seen.figures();
        }
    }
}
