//! What a session needs of a connection.

use std::sync::Arc;

use crate::wire::Dialect;
use crate::wire::encode::Audience;
use crate::wire::error::CloseCause;
use crate::wire::events::EventMark;
use crate::wire::forms::Forms;
use crate::wire::identity::ClientId;

/// A connection as its session sees it. Nothing here may wait: it is called under the session's lock.
pub trait Client: Send + Sync {
    /// Name of the connection.
    fn client_id(&self) -> &ClientId;

    /// How its messages are wrapped.
    fn dialect(&self) -> Dialect;

    /// Takes a message, in the form it wants. One that has no room for it ends itself ("Slow consumer").
    fn deliver(&self, forms: &Forms<'_>, audience: Audience);

    /// Takes a session's event. One that is not written in the end is a failed send.
    fn deliver_event(&self, forms: &Forms<'_>, audience: Audience, _mark: &Arc<EventMark>) {
        self.deliver(forms, audience);
    }

    /// Takes a replayed message, which is exempt from the bounds of the queue.
    fn replay(&self, forms: &Forms<'_>, audience: Audience);

    /// Ends the connection.
    fn close(&self, cause: CloseCause);
}
