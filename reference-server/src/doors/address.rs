//! The address a request really comes from, where proxies stand in front.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use http::HeaderMap;

use crate::config::Proxy;

/// Where a request comes from, proxies passed over; among the extensions of every request that the backend answers.
#[derive(Debug, Clone, Copy)]
pub struct ClientAddress(pub IpAddr);

/// The client's address: the peer's, or, where that is a trusted proxy, the rightmost of the header that is none.
///
/// What stands further left was written by somebody nobody vouches for. An entry that is no address ends the
/// search: the proxy that wrote it down is as far as can be seen.
#[must_use]
pub fn client_address(headers: &HeaderMap, peer: SocketAddr, proxy: &Proxy) -> IpAddr {
    let mut address = peer.ip().to_canonical();
    let is_trusted = |address: IpAddr| proxy.trusted.iter().any(|known| known.to_canonical() == address);
    let values: Vec<&str> =
        headers.get_all(&*proxy.header).iter().filter_map(|value| value.to_str().ok()).collect();
    let entries = values.iter().rev().flat_map(|value| value.rsplit(','));
    for entry in entries {
        if !is_trusted(address) {
            break;
        }
        let Some(next) = parse(entry) else { break };
        address = next;
    }
    address
}

/// An entry: an address, maybe with a port, maybe as `for=…` of a `Forwarded` header (RFC 7239).
fn parse(entry: &str) -> Option<IpAddr> {
    let named = entry.split(';').find_map(|pair| {
        let (name, value) = pair.trim().split_once('=')?;
        name.eq_ignore_ascii_case("for").then_some(value)
    });
    let text = named.unwrap_or(entry).trim().trim_matches('"');
    let address = text.parse::<IpAddr>().ok().or_else(|| Some(text.parse::<SocketAddr>().ok()?.ip()));
    let bracketed = || text.strip_prefix('[')?.strip_suffix(']')?.parse::<Ipv6Addr>().ok().map(IpAddr::V6);
    address.or_else(bracketed).map(|address| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn found(header: &str, lines: &[&str], peer: &str) -> String {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(header.parse::<http::HeaderName>().unwrap(), line.parse().unwrap());
        }
        let trusted = ["10.0.0.1", "10.0.0.2", "::1"].map(|text| text.parse().unwrap()).to_vec();
        let proxy = Proxy { trusted, header: header.to_owned() };
        client_address(&headers, SocketAddr::new(peer.parse().unwrap(), 5), &proxy).to_string()
    }

    #[test]
    fn the_rightmost_address_that_is_no_proxy_counts() {
        for (name, lines, peer, expected) in [
            ("nothing sent", &[][..], "10.0.0.1", "10.0.0.1"),
            ("an untrusted peer is itself", &["1.1.1.1"], "9.9.9.9", "9.9.9.9"),
            ("one proxy", &["1.1.1.1"], "10.0.0.1", "1.1.1.1"),
            ("made up on the left", &["6.6.6.6, 1.1.1.1"], "10.0.0.1", "1.1.1.1"),
            ("two proxies", &["6.6.6.6, 1.1.1.1, 10.0.0.2"], "10.0.0.1", "1.1.1.1"),
            ("two lines", &["6.6.6.6", "1.1.1.1,10.0.0.2"], "10.0.0.1", "1.1.1.1"),
            ("all proxies", &["10.0.0.2"], "10.0.0.1", "10.0.0.2"),
            ("nonsense ends it", &["1.1.1.1, unknown"], "10.0.0.1", "10.0.0.1"),
            ("with a port", &["1.1.1.1:80"], "10.0.0.1", "1.1.1.1"),
            ("IPv6", &["2001:db8::7"], "::1", "2001:db8::7"),
            ("IPv6 in brackets", &["[2001:db8::7]"], "::1", "2001:db8::7"),
            ("IPv6 with a port", &["[2001:db8::7]:80"], "::1", "2001:db8::7"),
            ("mapped", &["::ffff:1.1.1.1"], "::ffff:10.0.0.1", "1.1.1.1"),
        ] {
            assert_eq!(found("x-forwarded-for", lines, peer), expected, "{name}");
        }
        let line = ["for=6.6.6.6, for=\"[2001:db8::7]:80\";proto=https"];
        assert_eq!(found("forwarded", &line, "10.0.0.1"), "2001:db8::7");
    }

    proptest! {
        #[test]
        fn headers_of_any_kind(line in "[ -~]{0,60}") {
            let address = found("x-forwarded-for", &[&line], "10.0.0.1");
            prop_assert!(address.parse::<IpAddr>().is_ok());
        }
    }
}
