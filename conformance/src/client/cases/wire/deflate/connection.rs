//! A connection on which the suite, as the server, has agreed to compress.

use std::time::Duration;

use crate::checks::rfc7692::connection::{COMPRESSED, FIELD, fragments};
use crate::checks::{ReasonCode, Step, Stop, fail};
use crate::client::Stage;
use crate::client::link::ServerLink;
use crate::client::listener::Visit;
use crate::client::wire::echo::{data, same};
use crate::client::wire::opening::{MARK, echoes};
use crate::peer::deflate::{
    Agreement, Deflater, InflateRules, LARGEST_WINDOW, PERMESSAGE_DEFLATE, Style, extensions,
};
use crate::peer::{Frame, MAX_MESSAGE, Message};

/// Time for a message to be read, compressed and sent back, in any language.
const PATIENCE: Duration = Duration::from_secs(6);

/// What the client offers: its first offer of permessage-deflate.
pub(super) fn offered(visit: &Visit) -> Step<Agreement> {
    let field: Vec<&str> = visit.request.values(FIELD).collect();
    let all = match extensions(field.iter().copied()) {
        Ok(all) => all,
        Err(fault) => return fail(ReasonCode::Malformed, "a list of extensions", fault.to_string()),
    };
    let Some(offer) = all.iter().find(|extension| extension.name == PERMESSAGE_DEFLATE) else {
        return Err(Stop::NotApplicable("the client offers no permessage-deflate".to_owned()));
    };
    match Agreement::of(offer) {
        Ok(offer) => Ok(offer),
        Err(fault) => {
            let fault = fault.to_string().replace(" in the answer", "");
            fail(
                ReasonCode::WrongValue,
                "an offer of permessage-deflate",
                format!("{}: {fault}", field.join(", ")),
            )
        }
    }
}

/// What the answer is to have, beside what the offer demands.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Wanted {
    /// Nothing of the server is taken over.
    pub(super) server_alone: bool,
    /// Nothing of the client is taken over.
    pub(super) client_alone: bool,
    /// That the client will take nothing over of its own accord is left without an answer.
    pub(super) hint_unanswered: bool,
    /// The window of the server.
    pub(super) server_bits: Option<u8>,
    /// The window of the client, where it leaves that to the server.
    pub(super) client_bits: Option<u8>,
    /// Whether an answer without that window will do, or with the one that the client offers, where it does not leave that
    /// to the server.
    pub(super) client_bits_spared: bool,
}

impl Wanted {
    /// The answer to `offer`.
    pub(super) fn answer(self, offer: &Agreement) -> Step<Agreement> {
        let client_max_window_bits = match (self.client_bits, offer.client_max_window_bits) {
            (None, _) => None,
            (Some(bits), Some(most)) if most.is_none_or(|most| bits <= most) => Some(Some(bits)),
            (Some(_), most) if self.client_bits_spared => most,
            (Some(bits), _) => {
                let why = format!("the client does not offer to have a window of {bits} bits");
                return Err(Stop::NotApplicable(why));
            }
        };
        let server_max_window_bits = match (self.server_bits, offer.server_max_window_bits) {
            (Some(wanted), Some(most)) => Some(wanted.min(most)),
            (wanted, most) => wanted.or(most),
        };
        Ok(Agreement {
            server_no_context_takeover: self.server_alone || offer.server_no_context_takeover,
            // Most servers confirm the hint, and some clients rely on that.
            client_no_context_takeover: self.client_alone
                || (offer.client_no_context_takeover && !self.hint_unanswered),
            server_max_window_bits,
            client_max_window_bits,
        })
    }
}

/// The value of an answer's field.
pub(super) fn text(answer: &Agreement) -> String {
    let mut parts = vec![PERMESSAGE_DEFLATE.to_owned()];
    if answer.server_no_context_takeover {
        parts.push("server_no_context_takeover".to_owned());
    }
    if answer.client_no_context_takeover {
        parts.push("client_no_context_takeover".to_owned());
    }
    if let Some(bits) = answer.server_max_window_bits {
        parts.push(format!("server_max_window_bits={bits}"));
    }
    if let Some(Some(bits)) = answer.client_max_window_bits {
        parts.push(format!("client_max_window_bits={bits}"));
    }
    parts.join("; ")
}

/// An open connection.
pub(super) struct Connection {
    pub(super) link: ServerLink,
    deflater: Deflater,
    /// Whether the suite's messages refer to earlier ones.
    pub(super) takes_over: bool,
}

/// Starts the client, which echoes, and agrees to its offer as `wanted`.
pub(super) async fn open(stage: &mut Stage, wanted: Wanted) -> Step<Connection> {
    open_in_form(stage, wanted, |text| text).await
}

/// The same by an answer that is written in another form; the first message comes back.
pub(super) async fn open_in_form(
    stage: &mut Stage,
    wanted: Wanted,
    form: impl Fn(String) -> String,
) -> Step<Connection> {
    let visit = stage.echo_visit().await?;
    let answer = wanted.answer(&offered(&visit)?)?;
    let mut response = visit.acceptance();
    response.set_field(MARK, Some(stage.cx.check()));
    response.set_field(FIELD, Some(&form(text(&answer))));
    let mut link = visit.answer_with(&response, &[]).await;
    link.inflates(InflateRules {
        window_bits: answer.client_window_bits(),
        takeover: !answer.client_no_context_takeover,
        limit: MAX_MESSAGE as usize,
    });
    echoes(stage, &mut link).await?;
    let bits = answer.server_max_window_bits.unwrap_or(LARGEST_WINDOW);
    let takes_over = !answer.server_no_context_takeover;
    Ok(Connection { link, deflater: Deflater::new(bits, takes_over, Style::Usual), takes_over })
}

impl Connection {
    /// Sends `message` compressed, in frames of at most `fragment` octets; it must come back.
    pub(super) async fn echo(&mut self, stage: &mut Stage, message: &Message, fragment: usize) -> Step {
        self.send(message, fragment).await;
        self.expect(stage, message).await
    }

    /// Sends `message` compressed, in frames of at most `fragment` octets.
    pub(super) async fn send(&mut self, message: &Message, fragment: usize) {
        let plain = message.to_frame();
        let payload = self.deflater.message(&plain.payload);
        let whole = Frame { payload, ..plain }.rsv(COMPRESSED);
        for frame in fragments(&whole, fragment) {
            self.link.send_frame(&frame).await;
        }
    }

    /// `message` comes back.
    pub(super) async fn expect(&mut self, stage: &mut Stage, message: &Message) -> Step {
        let patience = stage.cx.within(PATIENCE);
        let echo = stage.while_alive(self.link.expect_with("the message back", patience, data)).await?;
        same(&echo, message)
    }
}
