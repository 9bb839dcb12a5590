//! Extensions of the opening handshake (RFC 6455, 9.1): the only one known is permessage-deflate (RFC 7692, 7.1).

use http::HeaderMap;
use http::header::SEC_WEBSOCKET_EXTENSIONS;

use crate::connection::engine::Deflate;

const NAME: &str = "permessage-deflate";

/// The header does not have the form of the standard, which fails the handshake.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Malformed;

/// What is taken of the offers: the first that asks for nothing unknown. Others are declined by not naming them.
pub(super) fn negotiate(headers: &HeaderMap) -> Result<Option<Deflate>, Malformed> {
    let mut agreed = None;
    for value in headers.get_all(SEC_WEBSOCKET_EXTENSIONS) {
        let mut reader = Reader { rest: value.to_str().map_err(|_| Malformed)? };
        for offer in reader.offers()? {
            agreed = agreed.or_else(|| offer.accept());
        }
    }
    Ok(agreed)
}

/// The answer to the offer. The server takes no window over from message to message, and asks the same of a client
/// whose window it does not keep, also where that did not offer it (7.1.1.2).
pub(super) fn answer(deflate: Deflate) -> String {
    let mut answer = format!("{NAME}; server_no_context_takeover");
    if !deflate.client_context {
        answer.push_str("; client_no_context_takeover");
    }
    // an offered window is taken by naming it, whatever its size (7.1.2.1)
    if deflate.window_offered {
        answer.push_str(&format!("; server_max_window_bits={}", deflate.server_window_bits));
    }
    answer
}

struct Offer<'a> {
    name: &'a str,
    parameters: Vec<(&'a str, Option<&'a str>)>,
}

impl Offer<'_> {
    /// `None` where a parameter is unknown, stands there twice or has a value that it can't have.
    fn accept(&self) -> Option<Deflate> {
        if self.name != NAME {
            return None;
        }
        let mut deflate = Deflate::default();
        for (at, (name, value)) in self.parameters.iter().enumerate() {
            if self.parameters[..at].iter().any(|(earlier, _)| earlier == name) {
                return None;
            }
            match (*name, *value) {
                ("server_no_context_takeover" | "client_max_window_bits", None) => {}
                ("client_no_context_takeover", None) => deflate.client_context = false,
                // any window of the client's can be read
                ("client_max_window_bits", Some(value)) => drop(window_bits(value)?),
                ("server_max_window_bits", Some(value)) => {
                    deflate.server_window_bits = window_bits(value)?;
                    deflate.window_offered = true;
                }
                _ => return None,
            }
        }
        Some(deflate)
    }
}

/// 8 to 15, without leading zeros (7.1.2).
fn window_bits(value: &str) -> Option<u8> {
    let plain = !value.starts_with('0') && value.bytes().all(|byte| byte.is_ascii_digit());
    value.parse().ok().filter(|bits| plain && (8..=Deflate::LARGEST_WINDOW).contains(bits))
}

struct Reader<'a> {
    rest: &'a str,
}

impl<'a> Reader<'a> {
    fn offers(&mut self) -> Result<Vec<Offer<'a>>, Malformed> {
        let mut offers = Vec::new();
        loop {
            // a list may have empty members (RFC 9110, 5.6.1)
            while self.eat(',') {}
            if self.blank().is_empty() {
                return Ok(offers);
            }
            let name = self.token()?;
            let mut parameters = Vec::new();
            while self.eat(';') {
                let name = self.token()?;
                let value = if self.eat('=') { Some(self.value()?) } else { None };
                parameters.push((name, value));
            }
            offers.push(Offer { name, parameters });
            if !self.blank().is_empty() && !self.eat(',') {
                return Err(Malformed);
            }
        }
    }

    fn blank(&mut self) -> &'a str {
        self.rest = self.rest.trim_start_matches([' ', '\t']);
        self.rest
    }

    fn eat(&mut self, character: char) -> bool {
        match self.blank().strip_prefix(character) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn token(&mut self) -> Result<&'a str, Malformed> {
        let rest = self.blank();
        let end = rest.bytes().position(|byte| !is_token(byte)).unwrap_or(rest.len());
        let (token, rest) = rest.split_at(end);
        self.rest = rest;
        if token.is_empty() { Err(Malformed) } else { Ok(token) }
    }

    /// A token, with or without quotes around it.
    fn value(&mut self) -> Result<&'a str, Malformed> {
        if !self.eat('"') {
            return self.token();
        }
        let (quoted, rest) = self.rest.split_once('"').ok_or(Malformed)?;
        self.rest = rest;
        if !quoted.is_empty() && quoted.bytes().all(is_token) { Ok(quoted) } else { Err(Malformed) }
    }
}

/// RFC 9110, 5.6.2.
fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;
    use proptest::prelude::*;

    use super::*;

    fn of(values: &[&str]) -> Result<Option<u8>, Malformed> {
        let mut headers = HeaderMap::new();
        for value in values {
            let Ok(value) = HeaderValue::from_str(value) else { continue };
            headers.append(SEC_WEBSOCKET_EXTENSIONS, value);
        }
        negotiate(&headers).map(|agreed| agreed.map(|deflate| deflate.server_window_bits))
    }

    #[test]
    fn offers_are_taken_as_the_standard_says() {
        for (offer, expected) in [
            ("permessage-deflate", Ok(Some(15))),
            ("permessage-deflate; client_max_window_bits", Ok(Some(15))),
            ("permessage-deflate; client_max_window_bits=8", Ok(Some(15))),
            ("permessage-deflate; client_max_window_bits=\"10\"", Ok(Some(15))),
            ("permessage-deflate;server_no_context_takeover ; client_no_context_takeover", Ok(Some(15))),
            ("permessage-deflate; server_max_window_bits=8", Ok(Some(8))),
            ("permessage-deflate; server_max_window_bits=\"10\"", Ok(Some(10))),
            ("x-unheard-of; level=\"9\", permessage-deflate", Ok(Some(15))),
            (
                "permessage-deflate; server_max_window_bits=7, permessage-deflate; server_max_window_bits=9",
                Ok(Some(9)),
            ),
            (" , ,permessage-deflate,, ", Ok(Some(15))),
            ("", Ok(None)),
            ("x-webkit-deflate-frame", Ok(None)),
            ("Permessage-Deflate", Ok(None)),
            ("permessage-deflate; unheard_of", Ok(None)),
            ("permessage-deflate; server_no_context_takeover=1", Ok(None)),
            ("permessage-deflate; client_no_context_takeover=true", Ok(None)),
            ("permessage-deflate; server_max_window_bits", Ok(None)),
            ("permessage-deflate; server_max_window_bits=16", Ok(None)),
            ("permessage-deflate; server_max_window_bits=08", Ok(None)),
            ("permessage-deflate; server_max_window_bits=+9", Ok(None)),
            ("permessage-deflate; server_max_window_bits=300", Ok(None)),
            ("permessage-deflate; client_max_window_bits=7", Ok(None)),
            ("permessage-deflate; client_max_window_bits; client_max_window_bits=9", Ok(None)),
            ("permessage-deflate; server_no_context_takeover; server_no_context_takeover", Ok(None)),
            ("permessage-deflate;", Err(Malformed)),
            ("permessage-deflate; =8", Err(Malformed)),
            ("permessage-deflate; server_max_window_bits=", Err(Malformed)),
            ("permessage-deflate; server_max_window_bits=\"1 0\"", Err(Malformed)),
            ("permessage-deflate; server_max_window_bits=\"10", Err(Malformed)),
            ("permessage-deflate client_max_window_bits", Err(Malformed)),
            ("permessage-deflate, ;", Err(Malformed)),
            ("permessage(deflate)", Err(Malformed)),
        ] {
            assert_eq!(of(&[offer]), expected, "{offer}");
        }
        assert_eq!(of(&["x-one", "permessage-deflate; server_max_window_bits=12", "x-two"]), Ok(Some(12)));
        assert_eq!(of(&["permessage-deflate", "x ="]), Err(Malformed), "what comes later is read too");
    }

    #[test]
    fn the_answer_asks_both_sides_to_take_nothing_over_unless_the_clients_window_is_kept() {
        let server = "permessage-deflate; server_no_context_takeover";
        let both = format!("{server}; client_no_context_takeover");
        let answered = |server_window_bits, window_offered, client_context| {
            answer(Deflate { server_window_bits, window_offered, client_context })
        };
        for (client_context, begin) in [(false, both.as_str()), (true, server)] {
            assert_eq!(answered(15, false, client_context), begin);
            for bits in [9, 15] {
                let expected = format!("{begin}; server_max_window_bits={bits}");
                assert_eq!(answered(bits, true, client_context), expected);
            }
        }
    }

    #[test]
    fn a_client_that_takes_nothing_over_needs_no_window() {
        for (offer, kept) in [
            ("permessage-deflate", true),
            ("permessage-deflate; client_max_window_bits; server_max_window_bits=9", true),
            ("permessage-deflate; client_no_context_takeover", false),
            ("permessage-deflate; client_no_context_takeover; server_max_window_bits=9", false),
        ] {
            let headers = HeaderMap::from_iter([(SEC_WEBSOCKET_EXTENSIONS, HeaderValue::from_static(offer))]);
            assert_eq!(negotiate(&headers).unwrap().unwrap().client_context, kept, "{offer}");
        }
    }

    proptest! {
        #[test]
        fn any_header_is_read_or_refused(value in "[ -~\t]{0,60}", tail in "[;=, \"a-z0-9_]{0,30}") {
            let _ = of(&[&value]);
            let _ = of(&[&format!("permessage-deflate{tail}")]);
        }
    }
}
