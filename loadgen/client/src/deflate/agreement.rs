//! Offers and answers (RFC 7692, section 7.1).

use super::{LARGEST_WINDOW, SMALLEST_WINDOW};

/// Name of the extension.
const NAME: &str = "permessage-deflate";

/// Why an answer can't be gone by: the connection is failed then (RFC 7692, section 5.1 and 7.1).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AgreementError {
    /// It names something that was not offered, or more than one thing.
    #[error("extension {0:?}, which nobody asked for")]
    Name(String),
    /// A parameter that there is not, twice, or with a value that it can't have.
    #[error("parameter {0:?} of permessage-deflate")]
    Parameter(String),
    /// A parameter that does not go with the offer.
    #[error("{0} does not go with the offer")]
    Offer(&'static str),
}

/// What is offered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Offer {
    parameters: Parameters,
}

/// What was agreed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Agreement {
    /// The server's messages refer to nothing before them.
    pub server_no_context_takeover: bool,
    /// The client's messages must not refer to anything before them.
    pub client_no_context_takeover: bool,
    /// Window of the client, as a power of two.
    pub client_window_bits: u8,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Parameters {
    server_no_context_takeover: bool,
    client_no_context_takeover: bool,
    server_max_window_bits: Option<u8>,
    /// `Some(None)` is the parameter without a value.
    client_max_window_bits: Option<Option<u8>>,
}

impl Agreement {
    /// What the extension means without any parameter.
    pub fn largest() -> Self {
        Self {
            server_no_context_takeover: false,
            client_no_context_takeover: false,
            client_window_bits: LARGEST_WINDOW,
        }
    }
}

impl Default for Offer {
    /// Everything the server likes, its choice of this side's window too.
    fn default() -> Self {
        Self { parameters: Parameters { client_max_window_bits: Some(None), ..Parameters::default() } }
    }
}

impl Offer {
    /// An offer with these parameters, as they stand behind the name, such as
    /// `server_max_window_bits=10; client_no_context_takeover`.
    ///
    /// # Errors
    /// A parameter that can't be offered.
    pub fn read(parameters: &str) -> Result<Self, AgreementError> {
        let parts = parameters.split(';').map(str::trim).filter(|part| !part.is_empty());
        Parameters::read(parts).map(|parameters| Self { parameters })
    }

    /// The value of the field.
    pub fn to_text(self) -> String {
        let mut text = NAME.to_owned();
        let Parameters {
            server_no_context_takeover,
            client_no_context_takeover,
            server_max_window_bits,
            client_max_window_bits,
        } = self.parameters;
        if server_no_context_takeover {
            text.push_str("; server_no_context_takeover");
        }
        if client_no_context_takeover {
            text.push_str("; client_no_context_takeover");
        }
        if let Some(bits) = server_max_window_bits {
            text.push_str(&format!("; server_max_window_bits={bits}"));
        }
        match client_max_window_bits {
            None => {}
            Some(None) => text.push_str("; client_max_window_bits"),
            Some(Some(bits)) => text.push_str(&format!("; client_max_window_bits={bits}")),
        }
        text
    }

    /// What the server agreed to by `answers`, the values of its field; `None` when it declined.
    ///
    /// # Errors
    /// The answer does not go with this offer.
    pub fn agreed<'a>(
        &self,
        answers: impl Iterator<Item = &'a str>,
    ) -> Result<Option<Agreement>, AgreementError> {
        let mut extensions = answers.flat_map(|value| value.split(',')).map(str::trim);
        let Some(answer) = extensions.find(|extension| !extension.is_empty()) else { return Ok(None) };
        if let Some(second) = extensions.find(|extension| !extension.is_empty()) {
            return Err(AgreementError::Name(second.to_owned()));
        }
        let mut parts = answer.split(';').map(str::trim);
        if parts.next() != Some(NAME) {
            return Err(AgreementError::Name(answer.to_owned()));
        }
        let answer = Parameters::read(parts)?;
        if let Some(parameter) = answer.misfit(&self.parameters) {
            return Err(AgreementError::Offer(parameter));
        }
        let own = self.parameters.client_max_window_bits.flatten();
        let window = answer.client_max_window_bits.flatten().or(own).unwrap_or(LARGEST_WINDOW);
        Ok(Some(Agreement {
            server_no_context_takeover: answer.server_no_context_takeover,
            client_no_context_takeover: answer.client_no_context_takeover
                || self.parameters.client_no_context_takeover,
            client_window_bits: window,
        }))
    }
}

impl Parameters {
    fn read<'a>(parts: impl Iterator<Item = &'a str>) -> Result<Self, AgreementError> {
        let mut parameters = Self::default();
        for part in parts {
            let wrong = || AgreementError::Parameter(part.to_owned());
            let (name, value) = match part.split_once('=') {
                Some((name, value)) => (name.trim_end(), Some(unquoted(value.trim_start()))),
                None => (part, None),
            };
            let bits = match value {
                Some(value) => Some(window_bits(value).ok_or_else(wrong)?),
                None => None,
            };
            let twice = match (name, bits) {
                ("server_no_context_takeover", None) => {
                    std::mem::replace(&mut parameters.server_no_context_takeover, true)
                }
                ("client_no_context_takeover", None) => {
                    std::mem::replace(&mut parameters.client_no_context_takeover, true)
                }
                ("server_max_window_bits", Some(bits)) => {
                    parameters.server_max_window_bits.replace(bits).is_some()
                }
                ("client_max_window_bits", bits) => parameters.client_max_window_bits.replace(bits).is_some(),
                _ => return Err(wrong()),
            };
            if twice {
                return Err(wrong());
            }
        }
        Ok(parameters)
    }

    /// The parameter of this answer that does not go with `offer`, if there is one.
    fn misfit(&self, offer: &Self) -> Option<&'static str> {
        if offer.server_no_context_takeover && !self.server_no_context_takeover {
            return Some("an answer without server_no_context_takeover");
        }
        let window = self.server_max_window_bits.unwrap_or(LARGEST_WINDOW);
        if offer.server_max_window_bits.is_some_and(|offered| window > offered) {
            return Some("server_max_window_bits");
        }
        match (offer.client_max_window_bits, self.client_max_window_bits) {
            (_, None) => None,
            // In an answer it has a value.
            (None, Some(_)) | (_, Some(None)) => Some("client_max_window_bits"),
            (Some(None), Some(Some(_))) => None,
            (Some(Some(offered)), Some(Some(answered))) => {
                (answered > offered).then_some("client_max_window_bits")
            }
        }
    }
}

fn unquoted(value: &str) -> &str {
    value.strip_prefix('"').and_then(|value| value.strip_suffix('"')).unwrap_or(value)
}

/// 8 to 15 without leading zeros.
fn window_bits(value: &str) -> Option<u8> {
    let plain = !value.starts_with('0') && value.bytes().all(|byte| byte.is_ascii_digit());
    value.parse().ok().filter(|bits| plain && (SMALLEST_WINDOW..=LARGEST_WINDOW).contains(bits))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn agreed(offer: &str, answer: &str) -> Result<Option<Agreement>, AgreementError> {
        Offer::read(offer).unwrap().agreed(std::iter::once(answer))
    }

    #[test]
    fn an_offer_is_written_as_it_is_read() {
        for text in ["", "client_max_window_bits", "server_max_window_bits=10; client_max_window_bits=9"] {
            let offer = Offer::read(text).unwrap();
            let written = offer.to_text();
            assert_eq!(written.trim_start_matches(NAME).trim_start_matches("; "), text);
        }
        assert_eq!(Offer::default(), Offer::read("client_max_window_bits").unwrap());
        for bad in ["made_up", "server_max_window_bits", "client_max_window_bits=16"] {
            assert!(Offer::read(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn answers_that_go_with_the_offer_are_agreements() {
        let plain = Agreement::largest();
        for (offer, answer, expected) in [
            ("", "permessage-deflate", plain),
            ("", "permessage-deflate; server_max_window_bits=\"9\"", plain),
            (
                "",
                "permessage-deflate ;client_no_context_takeover; server_no_context_takeover",
                Agreement { server_no_context_takeover: true, client_no_context_takeover: true, ..plain },
            ),
            (
                "client_max_window_bits",
                "permessage-deflate; client_max_window_bits=10",
                Agreement { client_window_bits: 10, ..plain },
            ),
            ("server_max_window_bits=15", "permessage-deflate", plain),
        ] {
            assert_eq!(agreed(offer, answer), Ok(Some(expected)), "{offer} / {answer}");
        }
        assert_eq!(agreed("", " "), Ok(None));
        assert_eq!(Offer::default().agreed(std::iter::empty()), Ok(None));
    }

    #[test]
    fn answers_that_do_not_are_refused() {
        for (offer, answer) in [
            ("", "x-unasked-of"),
            ("", "permessage-deflate, permessage-deflate"),
            ("", "permessage-deflate; made_up"),
            ("", "permessage-deflate; server_no_context_takeover; server_no_context_takeover"),
            ("", "permessage-deflate; server_no_context_takeover=1"),
            ("", "permessage-deflate; server_max_window_bits=16"),
            ("", "permessage-deflate; server_max_window_bits=09"),
            ("", "permessage-deflate; client_max_window_bits=10"),
            ("client_max_window_bits", "permessage-deflate; client_max_window_bits"),
            ("client_max_window_bits=10", "permessage-deflate; client_max_window_bits=11"),
            ("server_max_window_bits=10", "permessage-deflate"),
            ("server_max_window_bits=10", "permessage-deflate; server_max_window_bits=11"),
            ("server_no_context_takeover", "permessage-deflate"),
        ] {
            assert!(agreed(offer, answer).is_err(), "{offer} / {answer}");
        }
    }

    proptest::proptest! {
        #[test]
        fn random_answers_never_panic(offer in "[a-z_=;0-9 ]{0,40}", answer in "\\PC{0,60}") {
            if let Ok(offer) = Offer::read(&offer) {
                let _ = offer.agreed(std::iter::once(answer.as_str()));
            }
        }
    }
}
