//! Resume as a state machine: a model that reads like the rule, beside the real sessions, in random
//! interleavings of publishing, cutting, resuming, superseding, filtering, ageing, sweeping and restarting.
//!
//! A few seconds of it run with every test. The long run counts:
//! `cargo test -p reference-server --test end_to_end -- --ignored a_million_steps --nocapture`

mod model;
mod system;

use std::time::Instant;

use proptest::strategy::{Strategy as _, ValueTree as _};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use proptest_state_machine::{ReferenceStateMachine, StateMachineTest, prop_state_machine};

use model::Model;
use system::{System, Tally};

/// The real sessions under the model's steps.
struct Resume;

impl StateMachineTest for Resume {
    type SystemUnderTest = System;
    type Reference = Model;

    fn init_test(_: &Model) -> System {
        System::new()
    }

    fn apply(mut system: System, model: &Model, step: model::Step) -> System {
        system.apply(model, &step);
        assert_eq!(system.tally.failed(), 0, "{step:?}: {:?}", system.tally);
        system
    }

    fn check_invariants(system: &System, model: &Model) {
        system.check(model);
    }
}

prop_state_machine! {
    #![proptest_config(Config { cases: 48, failure_persistence: None, ..Config::default() })]

    /// Whatever happens, each connection gets exactly what the rule says: nothing lost, nothing doubled.
    #[test]
    fn model_and_sessions_agree(sequential 1..60 => Resume);
}

/// Steps of the long run.
const STEPS: u64 = 1_000_000;
/// Steps until everything begins anew.
const LIFE: u64 = 2_000;

#[test]
#[ignore = "takes minutes; the figures are for the record"]
fn a_million_steps() {
    let seed = std::env::var("TIDEGATE_TEST_SEED").ok().and_then(|text| text.parse().ok()).unwrap_or(1_u8);
    let mut runner =
        TestRunner::new_with_rng(Config::default(), TestRng::from_seed(RngAlgorithm::ChaCha, &[seed; 32]));
    let (began, mut total) = (Instant::now(), Tally::default());
    while total.steps < STEPS {
        let mut model = Model::init_state().new_tree(&mut runner).unwrap().current();
        let mut system = System::new();
        while system.tally.steps < LIFE {
            let step = Model::transitions(&model).new_tree(&mut runner).unwrap().current();
            if !Model::preconditions(&model, &step) {
                continue;
            }
            model = Model::apply(model, &step);
            system.apply(&model, &step);
            system.check(&model);
        }
        total.add(&system.tally);
    }
    println!("seed {seed}, {:.0?}: {total:?}", began.elapsed());
    assert_eq!((total.lost, total.doubled, total.failed()), (0, 0, 0));
}
