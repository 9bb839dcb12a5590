//! What was agreed about compression, and whether an answer fits its offer (RFC 7692 §7.1).

use super::extension::{Extension, PERMESSAGE_DEFLATE, extensions};
use super::inflater::InflateRules;
use super::{LARGEST_WINDOW, SMALLEST_WINDOW};

/// Parameters of an offer or an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Agreement {
    /// The server takes nothing over from message to message.
    pub server_no_context_takeover: bool,
    /// The client takes nothing over.
    pub client_no_context_takeover: bool,
    /// Window of the server, as a power of two.
    pub server_max_window_bits: Option<u8>,
    /// Window of the client: `Some(None)` is an offer without a value.
    pub client_max_window_bits: Option<Option<u8>>,
}

/// What is wrong with an answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AnswerFault {
    /// It can't be read.
    #[error("{0}")]
    Form(String),
    /// It names something else than what was offered, or more than one thing.
    #[error("extension {0:?} in the answer")]
    Name(String),
    /// A parameter that there is not, twice, or with a value that it can't have.
    #[error("parameter {0:?} in the answer")]
    Parameter(String),
    /// A parameter that fits no offer.
    #[error("{0}")]
    Offer(String),
}

impl Agreement {
    /// Reads parameters; the first that is wrong ends it.
    pub fn of(extension: &Extension) -> Result<Self, AnswerFault> {
        let mut agreement = Self::default();
        for (at, (name, value)) in extension.parameters.iter().enumerate() {
            let written = || match value {
                Some(value) => format!("{name}={value}"),
                None => name.clone(),
            };
            let twice = extension.parameters[..at].iter().any(|(earlier, _)| earlier == name);
            let bits = match value {
                Some(value) => Some(window_bits(value).ok_or_else(|| AnswerFault::Parameter(written()))?),
                None => None,
            };
            match (name.as_str(), bits) {
                _ if twice => return Err(AnswerFault::Parameter(format!("{} twice", written()))),
                ("server_no_context_takeover", None) => agreement.server_no_context_takeover = true,
                ("client_no_context_takeover", None) => agreement.client_no_context_takeover = true,
                ("server_max_window_bits", Some(bits)) => agreement.server_max_window_bits = Some(bits),
                ("client_max_window_bits", bits) => agreement.client_max_window_bits = Some(bits),
                _ => return Err(AnswerFault::Parameter(written())),
            }
        }
        Ok(agreement)
    }

    /// Rules for reading what the server writes.
    pub fn inflate_rules(&self, limit: usize) -> InflateRules {
        InflateRules {
            window_bits: self.server_max_window_bits.unwrap_or(LARGEST_WINDOW),
            takeover: !self.server_no_context_takeover,
            limit,
        }
    }

    /// The window for what the client writes, as a power of two.
    pub fn client_window_bits(&self) -> u8 {
        self.client_max_window_bits.flatten().unwrap_or(LARGEST_WINDOW)
    }

    /// Why this answer does not fit `offer`, if so.
    fn misfit(&self, offer: &Self) -> Option<String> {
        if offer.server_no_context_takeover && !self.server_no_context_takeover {
            return Some("server_no_context_takeover was offered and is not answered".to_owned());
        }
        if let Some(offered) = offer.server_max_window_bits {
            let answered = self.server_max_window_bits.unwrap_or(LARGEST_WINDOW);
            // The largest window is what it is without the parameter, so leaving that out changes nothing.
            if answered > offered {
                return Some(format!("server_max_window_bits={offered} was offered, {answered} is answered"));
            }
        }
        match (offer.client_max_window_bits, self.client_max_window_bits) {
            (_, Some(None)) => Some("client_max_window_bits is answered without a value".to_owned()),
            (None, Some(_)) => Some("client_max_window_bits is answered and was not offered".to_owned()),
            (Some(Some(offered)), Some(Some(answered))) if answered > offered => {
                Some(format!("client_max_window_bits={offered} was offered, {answered} is answered"))
            }
            _ => None,
        }
    }
}

/// Judges the `Sec-WebSocket-Extensions` of an answer; `None` when nothing was taken.
pub fn judge_answer<'a>(
    offers: impl Iterator<Item = &'a str>,
    answers: impl Iterator<Item = &'a str>,
) -> Result<Option<Agreement>, AnswerFault> {
    let answers = extensions(answers).map_err(|fault| AnswerFault::Form(fault.to_string()))?;
    let [answer] = answers.as_slice() else {
        return match answers.get(1) {
            None => Ok(None),
            Some(second) => Err(AnswerFault::Name(second.name.clone())),
        };
    };
    if answer.name != PERMESSAGE_DEFLATE {
        return Err(AnswerFault::Name(answer.name.clone()));
    }
    let agreement = Agreement::of(answer)?;
    let offers: Vec<Agreement> = extensions(offers)
        .unwrap_or_default()
        .iter()
        .filter(|offer| offer.name == PERMESSAGE_DEFLATE)
        .filter_map(|offer| Agreement::of(offer).ok())
        .collect();
    let mut misfit = "nothing was offered that may be taken".to_owned();
    for offer in &offers {
        match agreement.misfit(offer) {
            None => return Ok(Some(agreement)),
            Some(why) => misfit = why,
        }
    }
    Err(AnswerFault::Offer(misfit))
}

/// 8 to 15 without leading zeros (RFC 7692 §7.1.2).
fn window_bits(value: &str) -> Option<u8> {
    let plain = !value.starts_with('0') && value.bytes().all(|byte| byte.is_ascii_digit());
    value.parse().ok().filter(|bits| plain && (SMALLEST_WINDOW..=LARGEST_WINDOW).contains(bits))
}
