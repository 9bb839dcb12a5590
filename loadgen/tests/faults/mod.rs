//! Every fault of a target is seen for what it is, and nothing hangs.

use std::time::Duration;

use loadgen::{Ending, LoadOutcome, Options, Snapshot, Stop, Target, run};

use super::attack::{TURN, header};
use super::mini::{Faults, Mini};
use super::{count_of, play, scenario};

/// Far beyond what any of these runs takes; a hang is a failure, not a wait for ever.
const PATIENCE: Duration = Duration::from_secs(180);

fn codes(outcome: &LoadOutcome) -> Vec<&str> {
    outcome.report.errors.iter().map(|error| error.code.as_str()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_target_that_resets_connections_loses_no_event_and_every_reset_is_told() {
    let _turn = TURN.lock().await;
    let playing = play(Faults { reset: Some(7), ..Faults::default() }, "");
    let outcome = tokio::time::timeout(PATIENCE, playing).await.unwrap();
    assert_eq!(outcome.ending, Ending::Completed);
    assert!(codes(&outcome).contains(&"connection_lost"), "{:?}", outcome.report.errors);
    let messages = &outcome.report.messages;
    assert_eq!((messages.lost, messages.duplicated, messages.wrong_answers), (0, 0, 0));
    assert!(count_of(&outcome, "resume") > 0 && messages.verified_answers > 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_question_that_was_too_large_has_failed_and_is_not_sent_again() {
    let _turn = TURN.lock().await;
    let (mut scenario, _folder) = scenario("");
    scenario.reconnect.share = 0.0;
    let server = Mini::start(Faults { too_large: Some(7), ..Faults::default() });
    let target = Target::resolve(&server.url()).await.unwrap();
    let playing = run(&scenario, &target, Options::new(header()), (), Stop::new());
    let outcome = tokio::time::timeout(PATIENCE, playing).await.unwrap().unwrap();
    let (large, again) = server.too_large();
    assert!(large > 0);
    assert_eq!(again, 0);
    let result = outcome.report.operations.iter().find(|operation| operation.name == "query.result").unwrap();
    assert!(result.errors["closed_1009"] > 0, "{result:?}");
    assert_eq!(outcome.report.messages.wrong_answers, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_target_that_leaves_is_left_alone_as_long_as_it_asks_for() {
    let _turn = TURN.lock().await;
    let (mut scenario, _folder) = scenario("");
    (scenario.sessions.count, scenario.sessions.duration) = (4, Duration::from_secs(8));
    scenario.reconnect.share = 0.0;
    // Longer than the schedule's own first wait, which ends within two seconds.
    let server = Mini::start(Faults { leave: Some((9, 2_500)), ..Faults::default() });
    let target = Target::resolve(&server.url()).await.unwrap();
    let playing = run(&scenario, &target, Options::new(header()), (), Stop::new());
    let outcome = tokio::time::timeout(PATIENCE, playing).await.unwrap().unwrap();
    let recovery = outcome.report.operations.iter().find(|operation| operation.name == "recovery").unwrap();
    assert!(recovery.count > 0 && recovery.service_us.p50 >= 2_490_000, "{recovery:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_target_that_refuses_some_upgrades_is_asked_again_and_the_refusals_are_counted() {
    let _turn = TURN.lock().await;
    let playing = play(Faults { refuse_upgrades: Some(9), ..Faults::default() }, "");
    let outcome = tokio::time::timeout(PATIENCE, playing).await.unwrap();
    assert_eq!(outcome.ending, Ending::Completed);
    let refused = outcome.report.errors.iter().find(|error| error.code == "SERVER_FULL").unwrap();
    assert!(refused.example.contains("503"), "{refused:?}");
    assert!(outcome.report.sessions.established > 0 && outcome.report.messages.wrong_answers == 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_target_that_refuses_every_upgrade_ends_the_run_with_its_own_words() {
    let _turn = TURN.lock().await;
    let (mut scenario, _folder) = scenario("[patience]\ntarget_gone = \"500ms\"");
    scenario.sessions.duration = Duration::from_secs(600);
    let server = Mini::start(Faults { refuse_upgrades: Some(1), ..Faults::default() });
    let target = Target::resolve(&server.url()).await.unwrap();
    let playing = run(&scenario, &target, Options::new(header()), (), Stop::new());
    let outcome = tokio::time::timeout(PATIENCE, playing).await.unwrap().unwrap();
    let Ending::TargetLost { cause, .. } = &outcome.ending else { panic!("{:?}", outcome.ending) };
    assert!(cause.contains("HTTP status 503"), "{cause}");
    assert_eq!(outcome.report.sessions.established, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_target_that_answers_too_slowly_is_given_up_question_by_question_and_the_wait_counts() {
    let _turn = TURN.lock().await;
    let slow = Duration::from_secs(60);
    let (mut scenario, _folder) = scenario("");
    scenario.questions.timeout = Duration::from_millis(400);
    scenario.reconnect.share = 0.0;
    let server = Mini::start(Faults { slow, ..Faults::default() });
    let target = Target::resolve(&server.url()).await.unwrap();
    let playing = run(&scenario, &target, Options::new(header()), (), Stop::new());
    let outcome = tokio::time::timeout(PATIENCE, playing).await.unwrap().unwrap();
    let result = outcome.report.operations.iter().find(|operation| operation.name == "query.result").unwrap();
    assert_eq!(result.errors.values().sum::<u64>(), result.count, "{result:?}");
    assert!(result.errors["query_timeout"] > 0 && result.service_us.p50 >= 399_000, "{result:?}");
    assert_eq!(outcome.report.messages.verified_answers, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_target_that_answers_wrongly_is_told_by_the_row_and_what_is_no_message_by_its_text() {
    let _turn = TURN.lock().await;
    let playing = play(Faults { wrong_rows: true, garbage: Some(3), ..Faults::default() }, "");
    let outcome = tokio::time::timeout(PATIENCE, playing).await.unwrap();
    assert_eq!(outcome.ending, Ending::Completed);
    assert!(outcome.report.messages.wrong_answers > 0);
    let of = |code: &str| outcome.report.errors.iter().find(|error| error.code == code).unwrap();
    assert!(of("wrong_answer").example.starts_with("pair: row 2 is [2,\"x\"]"));
    assert!(of("unreadable").example.contains("{\"type\":"), "{:?}", of("unreadable"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_target_that_is_started_again_gets_its_sessions_back() {
    let _turn = TURN.lock().await;
    let (mut scenario, _folder) = scenario("[patience]\ntarget_gone = \"60s\"");
    scenario.sessions.duration = Duration::from_secs(600);
    scenario.reconnect.share = 0.0;
    let server = Mini::start(Faults::default());
    let target = Target::resolve(&server.url()).await.unwrap();
    let stop = Stop::new();
    let restarter = {
        let stop = stop.clone();
        let verified = std::sync::Mutex::new(None);
        move |snapshot: &Snapshot| {
            let mut verified = verified.lock().unwrap();
            match *verified {
                // Once answers came, it is started again; once as many came after that, all is shown.
                None if snapshot.verified > 20 => {
                    server.restart();
                    *verified = Some(snapshot.verified);
                }
                Some(before) if snapshot.verified > before + 40 => stop.stop(),
                _ => {}
            }
        }
    };
    let playing = run(&scenario, &target, Options::new(header()), restarter, stop);
    let outcome = tokio::time::timeout(PATIENCE, playing).await.unwrap().unwrap();
    assert_eq!(outcome.ending, Ending::Stopped);
    assert!(codes(&outcome).contains(&"not_recovered_EPOCH_MISMATCH"), "{:?}", outcome.report.errors);
    assert!(count_of(&outcome, "resume") > 0);
    assert_eq!(outcome.report.messages.wrong_answers, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn slow_readers_have_no_times_and_take_none_from_the_others() {
    let _turn = TURN.lock().await;
    let (mut scenario, _folder) = scenario("");
    scenario.reconnect.share = 0.0;
    scenario.slow_readers.share = 0.5;
    scenario.slow_readers.deaf = 0.5;
    scenario.slow_readers.pause = Duration::from_millis(300);
    let server = Mini::start(Faults::default());
    let target = Target::resolve(&server.url()).await.unwrap();
    let playing = run(&scenario, &target, Options::new(header()), (), Stop::new());
    let mixed = tokio::time::timeout(PATIENCE, playing).await.unwrap().unwrap();
    assert_eq!(mixed.ending, Ending::Completed);
    assert!(mixed.report.errors.is_empty(), "{:?}", mixed.report.errors);
    assert_eq!((mixed.report.sessions.established, mixed.report.sessions.peak), (20, 20));
    assert!(count_of(&mixed, "query.result") > 0 && mixed.report.messages.lost == 0);
    scenario.slow_readers.share = 1.0;
    let playing = run(&scenario, &target, Options::new(header()), (), Stop::new());
    let all = tokio::time::timeout(PATIENCE, playing).await.unwrap().unwrap();
    assert_eq!((count_of(&all, "query.result"), count_of(&all, "heartbeat")), (0, 0));
    assert!(
        all.report.messages.verified_answers > 0 && all.report.messages.lost == 0,
        "who reads slowly reads"
    );
    assert!(all.report.errors.is_empty(), "{:?}", all.report.errors);
}
