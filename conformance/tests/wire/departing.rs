//! Servers that die: the check that kills one fails, the others are judged where the server can be started again, and
//! the run says that it is gone where not.

use std::sync::Mutex;

use conformance::target::{Places, Processes, Starting};
use conformance::{Error, Running, Target, Targets, Variant};
use reports::model::{CheckResult, CheckStatus, ConformanceReport};

use super::foreign::{Foreign, Manner};
use super::running::{UPGRADES, options, run};

/// What kills a server that dies of lengths.
const KILLER: &str = "frames.text-length-8000000000000000";
/// It and others, all of which a server that echoes passes.
const SELECTION: &str =
    "frames.text-length-8000000000000000 | frames.text-1* | frames.binary-1* | frames.ping-text";

/// Starts its server again wherever it was.
struct Again {
    first: Mutex<Option<Foreign>>,
    starts: Mutex<usize>,
}

impl Processes for Again {
    fn start<'a>(&'a self, _variant: Option<&'static Variant>, _places: &'a Places) -> Starting<'a> {
        let cause = "nothing else is started".to_owned();
        Box::pin(async { Err(Error::Start { target: "made".to_owned(), cause }) })
    }

    fn start_again<'a>(&'a self, _variant: Option<&'static Variant>, target: &'a Target) -> Starting<'a> {
        Box::pin(async move {
            *self.starts.lock().unwrap() += 1;
            drop(self.first.lock().unwrap().take());
            let foreign = Foreign::start_at(target.address(), Manner::DiesOfLength);
            let foreign = foreign
                .map_err(|error| Error::Start { target: "made".to_owned(), cause: error.to_string() })?;
            Ok(Running::guarded(target.clone(), foreign))
        })
    }
}

fn of<'a>(report: &'a ConformanceReport, id: &str) -> &'a CheckResult {
    report.results.iter().find(|result| result.id == id).unwrap()
}

#[tokio::test]
async fn the_check_that_kills_the_target_fails_and_the_others_are_judged() {
    for jobs in [1, 32] {
        let foreign = Foreign::start(Manner::DiesOfLength);
        let mut targets = Targets::from(foreign.target.clone());
        let again = std::sync::Arc::new(Again { first: Mutex::new(Some(foreign)), starts: Mutex::default() });
        targets.set_processes(again.clone());
        let mut options = options(SELECTION);
        options.jobs = jobs;
        let report = conformance::run(&targets, &options, &()).await.unwrap();
        let killer = of(&report, KILLER);
        let code = killer.reason.as_ref().map(|reason| reason.code.as_str());
        assert_eq!((killer.status, code), (CheckStatus::Failed, Some("gone")), "{jobs} jobs");
        assert_eq!(report.target_gone, None, "{jobs} jobs: it was there again");
        assert_eq!(
            (report.counts.failed, report.counts.not_run),
            (1, 0),
            "{jobs} jobs: {:#?}",
            report.results
        );
        assert!(*again.starts.lock().unwrap() >= 1);
    }
}

#[tokio::test]
async fn one_that_is_not_started_again_is_gone_and_its_check_is_named() {
    let mut options = options(SELECTION);
    options.jobs = 1;
    let report = run(Manner::DiesOfLength, &options).await;
    let how = report.target_gone.as_ref().unwrap();
    assert!(how.contains("takes no connection any more"), "{how}");
    assert_eq!(of(&report, KILLER).status, CheckStatus::Failed);
    assert_eq!(report.counts.failed, 1, "{:#?}", report.results);
    assert!(report.counts.not_run > 0);
}

#[tokio::test]
async fn beside_others_none_is_accused_that_may_be_innocent() {
    let report = run(Manner::DiesOfLength, &options(SELECTION)).await;
    assert!(report.target_gone.is_some());
    assert_eq!(report.counts.failed, 0, "{:#?}", report.results);
    let told = of(&report, KILLER).reason.as_ref().unwrap();
    assert!(told.text.contains("--jobs 1 tells in which it goes away"), "{told:?}");
}

#[tokio::test]
async fn a_target_that_dies_by_itself_ends_the_run_and_is_named() {
    let mut options = options(UPGRADES);
    options.jobs = 1;
    // Five connections measure the round trip.
    let report = run(Manner::DiesAfter(7), &options).await;
    assert!(report.counts.failed <= 1, "{:#?}", report.results);
    assert!(report.counts.not_run > 15);
    let last = report.results.last().unwrap().reason.as_ref().unwrap();
    assert!(last.text.contains("takes no connection any more"), "{last:?}");
    assert_eq!(report.target_gone.as_ref(), Some(&last.actual));
}
