//! A client that comes back before its old connection is known to be dead.

use super::events::{begin, resume};
use crate::checks::query::run::stay;
use crate::checks::{Context, ReasonCode, Step, Stop, fail, field};
use crate::target::Door;

/// More connections than this are not opened for one check.
const MOST: u64 = 128;

/// The old connection of the same agent is closed; the new one lives.
pub(super) async fn closes_old(cx: Context) -> Step {
    let (mut old, session) = begin(&cx).await?;
    stay(&cx, &mut old).await?;
    let (mut new, _) = resume(&cx, &session, "suite", &session.epoch, 0).await?;
    old.expect_close(1000, Some("Superseded"), cx.soon()).await?;
    new.expect_open(cx.soon()).await
}

/// A session that has all the connections it may have lets its agent come back all the same.
pub(super) async fn before_the_limit(cx: Context) -> Step {
    let (old, session) = begin(&cx).await?;
    let most = field::integer(old.established(), "/limits/max_connections_per_session")?;
    if most > MOST {
        let why = format!("a session may have {most} connections: start the target with at most {MOST}");
        return Err(Stop::Harness(why));
    }
    let mut others = Vec::new();
    for _ in 1..most {
        others.push(cx.open(Door::Progress(session.id.clone())).await?);
    }
    match resume(&cx, &session, "suite", &session.epoch, 0).await {
        Ok((mut new, _)) => new.expect_open(cx.soon()).await?,
        Err(Stop::Violation(violation)) => {
            return fail(ReasonCode::Refused, "the agent back in its full session", violation.actual);
        }
        Err(stop) => return Err(stop),
    }
    for other in &mut others {
        other.expect_open(cx.soon()).await?;
    }
    Ok(())
}

/// Without resume the same agent is one connection more, and the old one stays.
pub(super) async fn only_by_resume(cx: Context) -> Step {
    let (mut old, session) = begin(&cx).await?;
    stay(&cx, &mut old).await?;
    let (mut new, _) = cx.join(Door::Query, &session.id).await?;
    new.expect_open(cx.soon()).await?;
    old.expect_open(cx.soon()).await
}
