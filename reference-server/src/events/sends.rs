//! Sends that failed: an event that was for a connection and was never written whole, because the client was too
//! slow or the stream broke.
//!
//! A connection that failed never comes back, and sending an old event on another one would break the order. What
//! a retry can do is look whether the client itself has come back and resumed from before the event, which then
//! reached it by the replay. Three times, with a pause that doubles; then the event is a dead letter. The breaker
//! keeps a mass of broken connections from becoming a mass of waiting retries: while it is open, events are given
//! up at once.

use std::sync::Arc;
use std::time::Duration;

use schemars::JsonSchema;
use serde::Serialize;
use tokio::time::Instant;

use super::dead_letters::DeadLetters;
use crate::breaker::Breaker;
use crate::config::Config;
use crate::observe::Metrics;
use crate::sessions::Session;
use crate::wire::events::EventMark;

/// Tries after the first send.
const RETRIES: u32 = 3;

/// Why an event could not be delivered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum LostReason {
    /// Too much waited for the client, or a write was blocked too long.
    SlowConsumer,
    /// The stream broke.
    ConnectionLost,
    /// The connection was closed before the event was written.
    Closed,
}

/// A connection that left events undelivered.
pub struct Lost {
    /// The sessions it took part in.
    pub sessions: Vec<Arc<Session>>,
    /// Its stable name.
    pub agent_id: Option<Box<str>>,
    /// When it opened.
    pub since: Instant,
    /// Why it could not be delivered to.
    pub reason: LostReason,
}

impl Lost {
    fn is_delivered(&self, mark: &EventMark) -> bool {
        let session = self.sessions.iter().find(|session| *session.id() == mark.session_id);
        session.is_some_and(|session| session.was_resumed(self.agent_id.as_deref(), mark.offset, self.since))
    }
}

/// Retries failed sends.
#[derive(Debug)]
pub struct Sends {
    breaker: Breaker,
    backoff: Duration,
    letters: Arc<DeadLetters>,
    metrics: Arc<Metrics>,
}

impl Sends {
    /// What is given up goes to `letters`.
    #[must_use]
    pub fn new(config: &Config, metrics: Arc<Metrics>, letters: Arc<DeadLetters>) -> Self {
        let breaker = Breaker::new(config.breaker.clone());
        Self { breaker, backoff: config.timers.send_backoff, letters, metrics }
    }

    /// The breaker over retries.
    #[must_use]
    pub fn breaker(&self) -> &Breaker {
        &self.breaker
    }

    /// Takes the events that a connection left undelivered.
    pub fn failed(self: &Arc<Self>, lost: Lost, marks: Vec<Arc<EventMark>>) {
        if marks.is_empty() {
            return;
        }
        self.metrics.sends_failed.add(marks.len() as u64);
        let Ok(permit) = self.breaker.admit() else {
            self.give_up(&lost, &marks, 1);
            return;
        };
        let sends = Arc::clone(self);
        tokio::spawn(async move {
            let left = sends.retry(&lost, marks).await;
            if left.is_empty() {
                permit.success();
            } else {
                permit.failure();
                sends.give_up(&lost, &left, 1 + RETRIES);
            }
        });
    }

    async fn retry(&self, lost: &Lost, mut marks: Vec<Arc<EventMark>>) -> Vec<Arc<EventMark>> {
        for retry in 0..RETRIES {
            tokio::time::sleep(self.backoff * 2_u32.pow(retry)).await;
            marks.retain(|mark| !lost.is_delivered(mark));
            if marks.is_empty() {
                break;
            }
        }
        marks
    }

    fn give_up(&self, lost: &Lost, marks: &[Arc<EventMark>], attempts: u32) {
        for mark in marks {
            self.letters.add(mark, lost.reason, attempts);
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::wire::encode::Audience;
    use crate::wire::forms::Forms;

    use super::*;
    use crate::observe::Metrics;
    use crate::sessions::{Client, Interest, Join, QuerySpec, Rules, Sessions};
    use crate::wire::Dialect;
    use crate::wire::client::ResumePoint;
    use crate::wire::error::CloseCause;
    use crate::wire::identity::{ClientId, Ids, UserId};
    use crate::wire::server::{ContextSource, UsedContext};

    struct Deaf(ClientId);

    impl Client for Deaf {
        fn client_id(&self) -> &ClientId {
            &self.0
        }

        fn dialect(&self) -> Dialect {
            Dialect::Named
        }

        fn deliver(&self, _: &Forms<'_>, _: Audience) {}

        fn replay(&self, _: &Forms<'_>, _: Audience) {}

        fn close(&self, _cause: CloseCause) {}
    }

    struct Scene {
        session: Arc<Session>,
        sends: Arc<Sends>,
        letters: Arc<DeadLetters>,
        metrics: Arc<Metrics>,
    }

    fn scene() -> Scene {
        let (config, metrics) = (Config::default(), Arc::new(Metrics::default()));
        let sessions = Sessions::new(Rules::of(&config), Arc::clone(&metrics));
        let session = sessions.open(None, &UserId::anonymous()).unwrap().session;
        // Three events: three questions accepted.
        for text in ["a", "b", "c"] {
            let context = UsedContext {
                database: "financial_db".to_owned(),
                tables: None,
                source: ContextSource::Default,
            };
            let workflow = "bi".to_owned();
            let spec = QuerySpec {
                text: text.to_owned(),
                stream: false,
                max_rows: 1,
                workflow,
                chat: None,
                context,
                traceparent: None,
            };
            assert!(session.begin(&Ids::default(), spec, None, || Ok((None, ()))).is_ok());
        }
        let letters = Arc::new(DeadLetters::new(10, Arc::clone(&metrics)));
        let sends = Arc::new(Sends::new(&config, Arc::clone(&metrics), Arc::clone(&letters)));
        Scene { session, sends, letters, metrics }
    }

    impl Scene {
        fn fail(&self, agent_id: Option<&str>, offsets: &[u64]) {
            let mark = |offset: &u64| {
                let session_id = self.session.id().clone();
                Arc::new(EventMark { session_id, offset: *offset, name: "query_accepted" })
            };
            let lost = Lost {
                sessions: vec![Arc::clone(&self.session)],
                agent_id: agent_id.map(Box::from),
                since: Instant::now(),
                reason: LostReason::ConnectionLost,
            };
            self.sends.failed(lost, offsets.iter().map(mark).collect());
        }

        fn resume(&self, agent_id: Option<&str>, offset: u64) {
            let client: Arc<dyn Client> = Arc::new(Deaf(ClientId::random()));
            let epoch = self.session.position().epoch.to_string();
            let join = Join {
                client: &client,
                agent_id,
                interest: Interest::default(),
                resume: Some(&ResumePoint { epoch, offset }),
            };
            self.session.join(&join, &Ids::default(), |_| None).unwrap();
        }

        fn given_up(&self) -> Vec<(u64, u32)> {
            self.letters.list().iter().map(|letter| (letter.offset, letter.attempts)).collect()
        }
    }

    #[tokio::test(start_paused = true)]
    async fn what_nobody_came_back_for_is_given_up_after_three_retries() {
        let scene = scene();
        scene.fail(Some("browser"), &[2, 3]);
        tokio::time::sleep(Duration::from_millis(699)).await;
        assert!(scene.letters.is_empty(), "100, 200 and 400 ms are waited");
        tokio::time::sleep(Duration::from_millis(2)).await;
        assert_eq!(scene.given_up(), [(2, 4), (3, 4)]);
        assert_eq!(scene.metrics.sends_failed.value(), 2);
    }

    #[tokio::test(start_paused = true)]
    async fn a_resume_by_the_same_client_delivers_what_it_covers() {
        let scene = scene();
        scene.fail(Some("browser"), &[1, 3]);
        tokio::time::sleep(Duration::from_millis(150)).await;
        scene.resume(Some("another"), 0);
        scene.resume(Some("browser"), 2);
        tokio::time::sleep(Duration::from_secs(1)).await;
        assert_eq!(scene.given_up(), [(1, 4)], "the replay began after the first event");
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_without_a_name_is_anybody_who_resumes() {
        let scene = scene();
        scene.fail(None, &[1, 2, 3]);
        scene.resume(None, 0);
        tokio::time::sleep(Duration::from_secs(1)).await;
        assert!(scene.letters.is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn an_open_breaker_gives_up_at_once_and_one_probe_closes_it() {
        let scene = scene();
        for _ in 0..5 {
            scene.fail(Some("gone"), &[1]);
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
        assert_eq!(scene.letters.len(), 5);
        scene.fail(Some("late"), &[2]);
        assert_eq!(scene.given_up().last(), Some(&(2, 1)), "no retry while it is open");
        tokio::time::sleep(Duration::from_secs(10)).await;
        scene.fail(Some("back"), &[3]);
        scene.resume(Some("back"), 0);
        tokio::time::sleep(Duration::from_secs(1)).await;
        assert_eq!(scene.sends.breaker().state(), crate::breaker::BreakerState::Closed);
        assert_eq!(scene.letters.len(), 6);
    }
}
