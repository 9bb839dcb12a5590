//! A bad line as a check uses it: a context whose connections go through it.

use std::ops::Deref;

use crate::checks::{Context, Step, Stop};

use super::plan::{Ending, Loss, Way};
use super::relay::Relay;

/// A bad line. What a [`Context`] can do is done through it.
#[derive(Debug)]
pub struct Line {
    context: Context,
    relay: Relay,
}

impl Line {
    /// A line in front of the target of `context`.
    pub(crate) async fn open(context: &Context, loss: Loss) -> Step<Self> {
        let relay = Relay::start(context.target().address(), loss)
            .await
            .map_err(|error| Stop::Harness(format!("no relay: {error}")))?;
        let target = context.target().at(relay.address().to_string());
        Ok(Self { context: context.at(target), relay })
    }

    /// Lets nothing more through in this direction; nobody is told.
    pub fn hold(&self, way: Way) {
        self.context.note(&format!("the line holds back what goes {way:?}"));
        self.relay.hold(way);
    }

    /// Lets through what was held, and what follows.
    pub fn release(&self, way: Way) {
        self.context.note(&format!("the line lets through what goes {way:?}"));
        self.relay.release(way);
    }

    /// Nothing goes through in either direction any more and nobody is told: half-open.
    pub fn go_silent(&self) {
        self.context.note("the line is dead and nobody is told");
        self.relay.hold(Way::Up);
        self.relay.hold(Way::Down);
    }

    /// Cuts the connections there are.
    pub fn cut(&self, ending: Ending) {
        self.context.note(&format!("the line is cut ({ending:?})"));
        self.relay.cut(ending);
    }
}

impl Deref for Line {
    type Target = Context;

    fn deref(&self) -> &Context {
        &self.context
    }
}
