//! The schedule of a run's actions.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use reports::model::ActionReport;
use scenarios::Action;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until, timeout};

use super::Hand;

/// Longest time that doing or undoing one may take: a container that starts is the slowest.
const PATIENCE: Duration = Duration::from_secs(90);

/// Actions that are waiting for their time, or going on.
pub(crate) struct Acting {
    tasks: JoinSet<(usize, ActionReport)>,
    over: watch::Sender<bool>,
}

impl Acting {
    /// Plans `actions` by the measured phase that begins at `steady`; times in the report count from `start`.
    pub(crate) fn plan(
        actions: &[Action],
        hand: Option<&Arc<dyn Hand>>,
        start: Instant,
        steady: Instant,
    ) -> Self {
        let over = watch::Sender::new(false);
        let mut tasks = JoinSet::new();
        for (number, action) in actions.iter().cloned().enumerate() {
            let Some(hand) = hand.map(Arc::clone) else {
                let report = ActionReport {
                    name: action.to_string(),
                    from_s: (steady + action.at).saturating_duration_since(start).as_secs_f64(),
                    until_s: None,
                    error: Some(
                        "nobody is there to do it: the target was not started for this run".to_owned(),
                    ),
                };
                tasks.spawn(async move { (number, report) });
                continue;
            };
            let over = over.subscribe();
            tasks.spawn(async move { (number, act(&action, &*hand, start, steady + action.at, over).await) });
        }
        Self { tasks, over }
    }

    /// Undoes what still lasts; all that was planned, in its order.
    pub(crate) async fn finish(mut self) -> Vec<ActionReport> {
        self.over.send_replace(true);
        let mut reports = Vec::new();
        while let Some(ended) = self.tasks.join_next().await {
            reports.extend(ended.ok());
        }
        reports.sort_by_key(|(number, _)| *number);
        reports.into_iter().map(|(_, report)| report).collect()
    }
}

async fn act(
    action: &Action,
    hand: &dyn Hand,
    start: Instant,
    due: Instant,
    mut over: watch::Receiver<bool>,
) -> ActionReport {
    let since = |at: Instant| at.saturating_duration_since(start).as_secs_f64();
    let mut report =
        ActionReport { name: action.to_string(), from_s: since(due), until_s: None, error: None };
    if !reached(due, &mut over).await {
        report.error = Some("the run ended before its time".to_owned());
        return report;
    }
    tracing::info!(action = %report.name, "begun");
    report.from_s = since(Instant::now());
    let begun = patiently(hand.begin(action)).await;
    reached(due + action.lasting, &mut over).await;
    // Also when the begin failed: half of it may be done.
    let ended = patiently(hand.end(action)).await;
    tracing::info!(action = %report.name, "over");
    report.until_s = Some(since(Instant::now()));
    report.error = begun.and(ended).err();
    report
}

/// Waits until `due`; false when the run is over before.
async fn reached(due: Instant, over: &mut watch::Receiver<bool>) -> bool {
    tokio::select! {
        () = sleep_until(due) => true,
        _ = over.wait_for(|over| *over) => false,
    }
}

async fn patiently(work: impl Future<Output = Result<(), String>>) -> Result<(), String> {
    timeout(PATIENCE, work).await.unwrap_or_else(|_| Err(format!("not done within {PATIENCE:?}")))
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use scenarios::Deed;

    use super::*;
    use crate::actions::Done;

    #[derive(Debug, Default)]
    struct Diary(Mutex<Vec<(String, u64)>>);

    impl Diary {
        fn note(&self, what: &str, zero: Instant) -> Done<'_> {
            let second = Instant::now().duration_since(zero).as_secs();
            self.0.lock().unwrap().push((what.to_owned(), second));
            Box::pin(async { Ok(()) })
        }
    }

    #[derive(Debug)]
    struct Scribe {
        diary: Diary,
        zero: Instant,
    }

    impl Hand for Scribe {
        fn begin<'h>(&'h self, action: &'h Action) -> Done<'h> {
            if action.deed == Deed::KillServer {
                return Box::pin(async { Err("it would not die".to_owned()) });
            }
            self.diary.note("begin", self.zero)
        }

        fn end<'h>(&'h self, _: &'h Action) -> Done<'h> {
            self.diary.note("end", self.zero)
        }
    }

    fn action(deed: Deed, at: u64, lasting: u64) -> Action {
        Action { at: Duration::from_secs(at), deed, lasting: Duration::from_secs(lasting), agent: None }
    }

    #[tokio::test(start_paused = true)]
    async fn actions_keep_their_times_and_are_undone_when_the_run_ends_early() {
        let zero = Instant::now();
        let scribe = Arc::new(Scribe { diary: Diary::default(), zero });
        let hand: Arc<dyn Hand> = Arc::<Scribe>::clone(&scribe);
        let steady = zero + Duration::from_secs(10);
        let actions = [
            action(Deed::StopDatabase, 5, 3),
            action(Deed::FreezeServer, 20, 100),
            action(Deed::RestartServer, 60, 1),
            action(Deed::KillServer, 1, 1),
        ];
        let acting = Acting::plan(&actions, Some(&hand), zero, steady);
        sleep_until(zero + Duration::from_secs(40)).await;
        let reports = acting.finish().await;
        let times: Vec<(f64, Option<f64>)> =
            reports.iter().map(|report| (report.from_s.floor(), report.until_s.map(f64::floor))).collect();
        assert_eq!(
            times,
            [(15.0, Some(18.0)), (30.0, Some(40.0)), (70.0, None), (11.0, Some(12.0))],
            "{reports:?}"
        );
        assert_eq!(reports[0].error, None);
        assert_eq!(reports[2].error.as_deref(), Some("the run ended before its time"));
        assert_eq!(reports[3].error.as_deref(), Some("it would not die"));
        let diary = scribe.diary.0.lock().unwrap();
        let told: Vec<(&str, u64)> = diary.iter().map(|(what, second)| (what.as_str(), *second)).collect();
        assert_eq!(told, [("end", 12), ("begin", 15), ("end", 18), ("begin", 30), ("end", 40)]);
    }

    #[tokio::test(start_paused = true)]
    async fn without_a_hand_the_report_says_that_nothing_was_done() {
        let now = Instant::now();
        let acting = Acting::plan(&[action(Deed::StopDatabase, 5, 3)], None, now, now);
        let reports = acting.finish().await;
        assert!(reports[0].error.as_ref().unwrap().starts_with("nobody is there"));
    }
}
