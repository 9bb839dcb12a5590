//! Which part of the system runs out first.

use reports::model::{Bottleneck, LevelRun, LevelVerdict, Resource, Utilisation};
use reports::wording::count;

/// From this share on a part counts as used up: queues in front of it grow without bound from here.
fn used_up_at(resource: Resource) -> f64 {
    match resource {
        Resource::ServerCpu | Resource::DatabaseCpu => 0.85,
        Resource::DatabasePool | Resource::QueryPlaces | Resource::Sockets | Resource::Memory => 0.90,
        // Not a share of its workers, whose number nobody tells, but of its time: more than half of it is waiting.
        Resource::AgentStage => 0.50,
    }
}

/// True for what waits because something else is used up, where anything is.
fn is_symptom(resource: Resource) -> bool {
    resource == Resource::AgentStage
}

fn name(used: &Utilisation) -> String {
    let name = match used.resource {
        Resource::ServerCpu => "the server's CPU",
        Resource::DatabaseCpu => "the database's CPU",
        Resource::DatabasePool => "the pool of database connections",
        Resource::QueryPlaces => "the places for running queries",
        Resource::AgentStage => "an agent stage",
        Resource::Sockets => "the server's open files",
        Resource::Memory => "the machine's memory",
    };
    used.detail.as_ref().map_or_else(|| name.to_owned(), |detail| format!("{name} ({detail})"))
}

/// The part that is used up at the lowest level, the fullest one of several; a stage that waits only where nothing
/// else is used up at any level. Nothing is guessed: when no part that was watched is used up, that is the answer.
pub fn bottleneck(runs: &[LevelRun]) -> Bottleneck {
    let mut known: Vec<(u64, &Utilisation)> = runs
        .iter()
        .filter(|run| run.verdict != LevelVerdict::Invalid)
        .flat_map(|run| run.utilisation.iter().map(|used| (run.sessions, used)))
        .collect();
    known.sort_by(|(a, one), (b, other)| a.cmp(b).then_with(|| other.used.total_cmp(&one.used)));
    let used_up = |symptoms: bool| {
        known
            .iter()
            .find(|(_, used)| is_symptom(used.resource) == symptoms && used.used >= used_up_at(used.resource))
    };
    if let Some((sessions, used)) = used_up(false).or_else(|| used_up(true)) {
        let share = used.used * 100.0;
        let text = if is_symptom(used.resource) {
            format!(
                "{} is where queries wait: {share:.0} % of its time at {} sessions",
                name(used),
                count(*sessions)
            )
        } else {
            format!("{} is used up first: {share:.0} % at {} sessions", name(used), count(*sessions))
        };
        return Bottleneck { resource: Some(used.resource), at_sessions: Some(*sessions), text };
    }
    let fullest = known
        .iter()
        .filter(|(_, used)| !is_symptom(used.resource))
        .max_by(|(_, one), (_, other)| one.used.total_cmp(&other.used));
    let text = fullest.map_or_else(
        || "nothing of the target could be watched, so nothing can be said of its bottleneck".to_owned(),
        |(sessions, used)| {
            format!(
                "nothing that was watched is used up, the fullest is {} with {:.0} % at {} sessions: the \
                 limit lies in what can't be seen from outside",
                name(used),
                used.used * 100.0,
                count(*sessions)
            )
        },
    );
    Bottleneck { resource: None, at_sessions: None, text }
}

#[cfg(test)]
mod tests {
    use super::super::level::tests::observed;
    use super::super::{Purpose, judge_level};
    use super::*;

    fn run(sessions: u64, used: &[(Resource, f64)]) -> LevelRun {
        let mut made = observed(sessions);
        made.utilisation = used
            .iter()
            .map(|(resource, used)| Utilisation { resource: *resource, detail: None, used: *used })
            .collect();
        judge_level(made, Purpose::Ramp).0
    }

    #[test]
    fn the_first_to_be_used_up_is_named() {
        use Resource::{DatabasePool, ServerCpu, Sockets};
        let runs = [
            run(400, &[(ServerCpu, 0.90), (DatabasePool, 1.0), (Sockets, 0.4)]),
            run(100, &[(ServerCpu, 0.30), (DatabasePool, 0.5)]),
            run(200, &[(ServerCpu, 0.60), (DatabasePool, 0.95)]),
        ];
        let found = bottleneck(&runs);
        assert_eq!((found.resource, found.at_sessions), (Some(DatabasePool), Some(200)));
        assert_eq!(found.text, "the pool of database connections is used up first: 95 % at 200 sessions");
        let both = bottleneck(&[run(200, &[(ServerCpu, 0.93), (DatabasePool, 0.99)])]);
        assert_eq!(both.resource, Some(DatabasePool), "the fuller one of two at the same level");
    }

    #[test]
    fn a_stage_that_waits_is_named_where_nothing_else_explains_it() {
        use Resource::{AgentStage, DatabasePool, ServerCpu};
        let waits = [run(100, &[(AgentStage, 0.1)]), run(200, &[(AgentStage, 0.6), (ServerCpu, 0.5)])];
        let found = bottleneck(&waits);
        assert_eq!((found.resource, found.at_sessions), (Some(AgentStage), Some(200)));
        assert_eq!(found.text, "an agent stage is where queries wait: 60 % of its time at 200 sessions");
        let explained = [waits[1].clone(), run(400, &[(AgentStage, 0.9), (DatabasePool, 0.95)])];
        assert_eq!(bottleneck(&explained).resource, Some(DatabasePool), "it waits for connections");
    }

    #[test]
    fn what_is_not_used_up_is_not_blamed() {
        let found = bottleneck(&[run(100, &[(Resource::ServerCpu, 0.4)]), run(200, &[])]);
        assert!(found.resource.is_none() && found.text.contains("40 % at 100 sessions"), "{}", found.text);
        assert!(bottleneck(&[]).text.contains("nothing of the target could be watched"));
    }
}
