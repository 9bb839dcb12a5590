//! Servers that lie in every way: each check of the WebSocket part gets its verdict, with a reason, in its time.

use std::time::{Duration, Instant};

use conformance::TimeScale;
use conformance::checks::ReasonCode;
use reports::model::CheckStatus;

use super::foreign::{Foreign, Manner, Place};
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

/// Whatever a liar does with an upgrade, these are asked before: it refuses what is no HTTP by 400, or ends.
const REFUSALS: [&str; 3] = ["hostile.no-http", "hostile.no-colon", "hostile.ssh-banner"];

/// Gives the hostile checks that `manner` passes, when each of them has its verdict in its time.
async fn passed_hostile(manner: Manner) -> Vec<String> {
    let mut options = options("hostile");
    (options.timing_scale, options.jobs) = (TimeScale::new(0.1).unwrap(), 200);
    let foreign = Foreign::start(manner);
    let mut target = foreign.target.clone();
    target.features.insert("echo".to_owned(), true);
    let report = conformance::run(&target.into(), &options, &()).await.unwrap();
    assert_eq!(report.target_gone, None, "{manner:?}");
    for result in &report.results {
        let told = result.reason.as_ref().is_some_and(|reason| !reason.text.is_empty());
        let is_found = told && matches!(result.status, CheckStatus::Failed | CheckStatus::Warning);
        assert!(is_found || result.status == CheckStatus::Passed, "{manner:?}: {result:#?}");
        let hung = result.reason.as_ref().is_some_and(|reason| reason.code == ReasonCode::Hung.as_str());
        assert!(!hung, "{manner:?}: {result:#?}");
    }
    let passed = report.results.into_iter().filter(|result| result.status == CheckStatus::Passed);
    passed.map(|result| result.id).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn hostile_checks_pass_no_silence() {
    assert_eq!(passed_hostile(Manner::Silent).await, [""; 0], "nothing is ever answered");
    for manner in [Manner::Hangs, Manner::UpgradesToNothing, Manner::Mute] {
        let passed = passed_hostile(manner).await;
        assert!(passed.iter().all(|id| REFUSALS.contains(&id.as_str())), "{manner:?}: {passed:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn hostile_checks_pass_nothing_beside_lies() {
    let lies = [Manner::EndlessHead, Manner::Garbage, Manner::WrongAccept, Manner::Masks];
    for manner in lies.into_iter().chain([1 << 63, (1 << 63) - 1].map(Manner::Announces)) {
        let passed = passed_hostile(manner).await;
        let served = passed.iter().find(|id| SERVES.iter().any(|begin| id.starts_with(begin)));
        assert_eq!(served, None, "{manner:?} serves nobody: {passed:?}");
    }
}

/// Beginnings of the checks in which others must be served.
const SERVES: [&str; 13] = [
    "hostile.silent-",
    "hostile.half-heads",
    "hostile.half-frames",
    "hostile.half-messages",
    "hostile.cut-",
    "hostile.many-violations",
    "hostile.huge-announcements",
    "hostile.ping-flood",
    "hostile.pong-flood",
    "hostile.empty-fragments",
    "hostile.tiny-fragments",
    "hostile.empty-messages",
    "hostile.unread-echoes",
];

#[tokio::test(flavor = "multi_thread")]
async fn hostile_checks_have_a_verdict_wherever_it_ends() {
    for place in Place::ALL {
        for manner in [Manner::Ends(place), Manner::Resets(place)] {
            passed_hostile(manner).await;
        }
    }
}
