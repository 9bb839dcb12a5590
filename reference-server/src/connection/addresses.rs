//! How much may be said from one address, over all its connections and requests.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Mutex, PoisonError};

use tokio::time::Instant;

use super::rate::{Verdict, Window, millis, retry_after};
use crate::config::Config;

/// Bits of an IPv6 address that tell sites apart: who has one address has all of its /64.
const SITE: u128 = !0 << 64;

/// What counts as one address: an IPv4 address, or an IPv6 network of 64 bits.
#[must_use]
pub(super) fn neighbourhood(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & SITE)),
        address @ IpAddr::V4(_) => address,
    }
}

/// The windows of all addresses that said anything lately.
#[derive(Debug)]
pub struct Addresses {
    start: Instant,
    windows: Mutex<HashMap<IpAddr, Window>>,
}

impl Default for Addresses {
    fn default() -> Self {
        Self { start: Instant::now(), windows: Mutex::default() }
    }
}

impl Addresses {
    /// Counts a message from `address`. A refused one does not fill the window.
    pub fn message(&self, address: IpAddr, config: &Config) -> Verdict {
        let limit = config.limits.rate_limit_per_ip;
        if limit == 0 {
            return Verdict::Pass;
        }
        let (now, width) = (millis(self.start.elapsed()), millis(config.timers.rate_window));
        let mut windows = self.windows.lock().unwrap_or_else(PoisonError::into_inner);
        let window = windows.entry(neighbourhood(address)).or_default();
        if window.take(now, width, limit) {
            return Verdict::Pass;
        }
        Verdict::Refuse { limit, retry_after: retry_after(window, now, width), close: false }
    }

    /// Forgets who said nothing lately; to be called now and then.
    pub fn sweep(&self, config: &Config) {
        let (now, width) = (millis(self.start.elapsed()), millis(config.timers.rate_window));
        let mut windows = self.windows.lock().unwrap_or_else(PoisonError::into_inner);
        windows.retain(|_, window| !window.is_empty_at(now, width));
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn an_ipv6_site_is_one_address() {
        for (one, other, same) in [
            ("1.2.3.4", "1.2.3.4", true),
            ("1.2.3.4", "1.2.3.5", false),
            ("1.2.3.4", "::ffff:1.2.3.4", true),
            ("2001:db8::1", "2001:db8::ffff:1", true),
            ("2001:db8::1", "2001:db8:0:1::1", false),
        ] {
            let [one_key, other_key] = [one, other].map(|text| neighbourhood(text.parse().unwrap()));
            assert_eq!(one_key == other_key, same, "{one} {other}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn each_address_has_a_window_that_is_forgotten_when_empty() {
        let mut config = Config::default();
        config.limits.rate_limit_per_ip = 2;
        let addresses = Addresses::default();
        let [one, other] = ["1.1.1.1", "2.2.2.2"].map(|text| text.parse().unwrap());
        assert_eq!(addresses.message(one, &config), Verdict::Pass);
        assert_eq!(addresses.message(one, &config), Verdict::Pass);
        let refused = Verdict::Refuse { limit: 2, retry_after: 60, close: false };
        assert_eq!(addresses.message(one, &config), refused);
        assert_eq!(addresses.message(other, &config), Verdict::Pass);
        tokio::time::advance(Duration::from_secs(60)).await;
        assert_eq!(addresses.message(one, &config), Verdict::Pass);
        addresses.sweep(&config);
        assert_eq!(addresses.windows.lock().unwrap().len(), 1, "the other one is forgotten");
    }
}
