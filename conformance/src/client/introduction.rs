//! Before the first case: the client is started once to say what it has.

use std::time::Duration;

use crate::Error;
use crate::checks::{Context, Pace, Stop};
use crate::target::Target;

use super::contract::FEATURES;
use super::program::ClientProgram;
use super::stage::Stage;

/// The client as a target, with the features it declares; and what was wrong when it said nothing of the kind:
/// then each case finds out by itself.
pub async fn introduce(program: ClientProgram) -> Result<(Target, Option<String>), Error> {
    let mut target = Target::of_client(program)?;
    let pace = Pace { round_trip: Duration::ZERO, scale: 1.0, limit: Duration::from_secs(30) };
    let cx = Context::new("introduction", target.clone(), pace, 0);
    let name = target.name.clone();
    let started = async {
        let mut stage = Stage::open(cx).await?;
        stage.start("/ws/query").await
    };
    let introduction = match started.await {
        Ok(introduction) => introduction,
        Err(Stop::Violation(violation)) => return Ok((target, Some(violation.to_reason().text))),
        Err(Stop::Harness(cause) | Stop::NotApplicable(cause)) => {
            return Err(Error::Start { target: name, cause });
        }
    };
    if let Some(name) = introduction.name {
        target.name = name;
    }
    for (feature, _) in FEATURES {
        let has = introduction.features.iter().any(|name| name == feature);
        target.features.insert((*feature).to_owned(), has);
    }
    Ok((target, None))
}
