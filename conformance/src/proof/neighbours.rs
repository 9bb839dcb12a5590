//! Which other checks notice a mutant: told for people who read the matrix, so bounded in time. Each mutant
//! gets one neighbour after the other in turn, so that none is left out for the sake of another.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::Error;
use crate::checks::{Check, Pace, Stop};
use crate::runner::attempt;
use crate::target::Target;

use super::meeting::Met;
use super::stage::Stage;

/// Longest time of a neighbour on a mutant.
const LIMIT: Duration = Duration::from_secs(4);

/// Lets up to `most` neighbours meet each of `all`, for as long as `time`.
pub(super) async fn meet_neighbours(
    stage: &Arc<Stage>,
    all: &mut [Met],
    most: usize,
    time: Duration,
) -> Result<(), Error> {
    let until = Instant::now() + time;
    let mut neighbours: Vec<Vec<Check>> = Vec::with_capacity(all.len());
    for met in all.iter() {
        let mut found = stage.neighbours(stage.check(&met.result.check)?);
        found.truncate(most);
        found.reverse();
        neighbours.push(found);
    }
    let width = neighbours.iter().map(Vec::len).max().unwrap_or_default();
    let count = all.len();
    let turns = (0..width).flat_map(|_| 0..count);
    let room = stage.slots.available_permits().max(1);
    let mut running = JoinSet::new();
    for at in turns {
        if Instant::now() >= until {
            break;
        }
        let Some(check) = neighbours[at].pop() else { continue };
        let (stage, target) = (Arc::clone(stage), all[at].target.clone());
        running.spawn(async move { (at, check.id, notices(&stage, &check, &target).await) });
        while running.len() >= room {
            settle(all, running.join_next().await);
        }
    }
    while let Some(joined) = running.join_next().await {
        settle(all, Some(joined));
    }
    for met in all {
        met.result.also_killed_by.sort_unstable();
    }
    Ok(())
}

type Told = Result<(usize, &'static str, bool), tokio::task::JoinError>;

fn settle(all: &mut [Met], told: Option<Told>) {
    // A task that is lost has told nothing.
    let Some(Ok((at, id, noticed))) = told else { return };
    let result = &mut all[at].result;
    result.also_tried += 1;
    if noticed {
        result.also_killed_by.push(id.to_owned());
    }
}

async fn notices(stage: &Stage, check: &Check, target: &Target) -> bool {
    let _slot = stage.slot(check).await;
    let pace = Pace { limit: stage.pace.limit.min(LIMIT), ..stage.pace };
    matches!(attempt(check, target, pace, stage.seed).await.outcome, Err(Stop::Violation(_)))
}
