//! Shrinking: the shortest script that still fails, by taking moves out.

use tokio::time::Instant;

use super::script::Script;

/// The shortest script found until `end` that `fails`, beginning with one that does. First halves are taken
/// out, then quarters, down to single moves.
pub(crate) async fn shrink<F, Fut>(script: Script, end: Instant, fails: F) -> Script
where
    F: Fn(Script) -> Fut + Send,
    Fut: Future<Output = bool> + Send,
{
    let mut best = script;
    let mut size = best.moves.len().div_ceil(2);
    while size > 0 {
        let mut at = 0;
        let mut shorter = false;
        while at < best.moves.len() {
            if Instant::now() >= end {
                return best;
            }
            let candidate = best.without(at..at + size);
            if !candidate.moves.is_empty() && fails(candidate.clone()).await {
                best = candidate;
                shorter = true;
            } else {
                at += size;
            }
        }
        size = match size {
            1 if shorter => 1,
            1 => 0,
            _ => size.div_ceil(2),
        };
    }
    best
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::script::Move;
    use super::*;

    fn waits(times: &[u16]) -> Script {
        Script { moves: times.iter().map(|ms| Move::Wait { ms: *ms }).collect() }
    }

    #[tokio::test]
    async fn what_the_failure_does_not_need_is_taken_out() {
        let end = Instant::now() + Duration::from_secs(60);
        let all: Vec<u16> = (0..40).collect();
        let needs = [Move::Wait { ms: 3 }, Move::Wait { ms: 31 }];
        let found = shrink(waits(&all), end, |script: Script| async move {
            needs.iter().all(|step| script.moves.contains(step))
        })
        .await;
        assert_eq!(found, waits(&[3, 31]));
    }

    #[tokio::test]
    async fn without_time_the_script_stays() {
        let all = waits(&[1, 2, 3]);
        assert_eq!(shrink(all.clone(), Instant::now(), |_| async { true }).await, all);
    }
}
