//! Servers that lie in every way: each check of the WebSocket part gets its verdict, with a reason, in its time.

use std::time::{Duration, Instant};

use conformance::TimeScale;
use reports::model::CheckStatus;

use super::foreign::{Manner, Place};
use super::running::{options, run};

/// Something of every area of that part.
const PART: &str = "(opening.plain | opening.query-text | frames.text-125 | frames.text-65536 | frames.ping-* | \
                    utf8.surrogate* | closing.code-1*) & !tag:slow";
/// Time for all of it, on a busy machine too: every check waits for little.
const PATIENCE: Duration = Duration::from_secs(60);

async fn judged(manner: Manner) {
    let begin = Instant::now();
    let mut options = options(PART);
    (options.timing_scale, options.jobs) = (TimeScale::new(0.1).unwrap(), 200);
    let report = run(manner, &options).await;
    assert_eq!(report.target_gone, None, "{manner:?}");
    assert!(report.counts.failed > 0, "{manner:?}: {:?}", report.counts);
    for result in &report.results {
        let told = result.reason.as_ref().is_some_and(|reason| !reason.text.is_empty());
        let judged = !matches!(result.status, CheckStatus::NotRun | CheckStatus::NotApplicable);
        assert!(judged && (told || result.status == CheckStatus::Passed), "{manner:?}: {result:#?}");
    }
    assert!(begin.elapsed() < PATIENCE, "{manner:?} took {:?}", begin.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upgrade_that_is_none() {
    for manner in
        [Manner::Hangs, Manner::EndlessHead, Manner::Garbage, Manner::WrongAccept, Manner::UpgradesToNothing]
    {
        judged(manner).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn frames_that_are_none() {
    for manner in [Manner::Masks, Manner::Mute, Manner::Announces(1 << 63), Manner::Announces((1 << 63) - 1)]
    {
        judged(manner).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_end_in_every_place() {
    for place in Place::ALL {
        judged(Manner::Ends(place)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reset_in_every_place() {
    for place in Place::ALL {
        judged(Manner::Resets(place)).await;
    }
}
