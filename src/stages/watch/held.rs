//! Idle connections to a target that show that it was started anew, however quickly: then all of them end at once. A
//! target that merely ends idle connections ends them one after the other, for they are opened apart.

use std::io;
use std::time::{Duration, Instant};

use tokio::net::TcpStream;
use tokio::time::timeout;

/// How many are held.
const MOST: usize = 2;
/// Longest time to open one.
const OPENING: Duration = Duration::from_secs(1);

/// The connections that are held.
pub(super) struct Held {
    address: String,
    /// Time between the openings, longer than that between two looks.
    apart: Duration,
    lines: Vec<TcpStream>,
    opened: Option<Instant>,
}

impl Held {
    /// None as yet; they will go to `address` (host and port), `apart` from each other.
    pub(super) fn new(address: &str, apart: Duration) -> Self {
        Self { address: address.to_owned(), apart, lines: Vec::new(), opened: None }
    }

    /// Looks after them; true when all have ended since the last look.
    pub(super) async fn ended_together(&mut self) -> bool {
        let before = self.lines.len();
        self.lines.retain(|line| !has_ended(line));
        let together = before == MOST && self.lines.is_empty();
        if before < MOST && self.opened.is_none_or(|opened| opened.elapsed() >= self.apart) {
            self.opened = Some(Instant::now());
            // One that can't be opened says no more than `is_alive` does.
            if let Ok(Ok(line)) = timeout(OPENING, TcpStream::connect(&self.address)).await {
                self.lines.push(line);
            }
        }
        together
    }
}

fn has_ended(line: &TcpStream) -> bool {
    match line.try_read(&mut [0; 512]) {
        Ok(read) => read == 0,
        Err(error) => error.kind() != io::ErrorKind::WouldBlock,
    }
}

#[cfg(test)]
mod tests {
    use tokio::net::TcpListener;

    use super::*;

    /// A listener, what holds connections to it, and its ends of both.
    async fn held() -> (TcpListener, Held, Vec<TcpStream>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let mut held = Held::new(&listener.local_addr().unwrap().to_string(), Duration::ZERO);
        let mut ends = Vec::new();
        for _ in 0..MOST {
            assert!(!held.ended_together().await);
            ends.push(listener.accept().await.unwrap().0);
        }
        (listener, held, ends)
    }

    /// Waits until the system has told `line` that something came, its end included.
    async fn told(line: &TcpStream) {
        line.readable().await.unwrap();
    }

    #[tokio::test]
    async fn that_all_end_at_once_is_a_target_started_anew() {
        let (_listener, mut held, ends) = held().await;
        drop(ends);
        for line in &held.lines {
            told(line).await;
        }
        assert!(held.ended_together().await);
        assert!(!held.ended_together().await, "once for each time");
    }

    #[tokio::test]
    async fn one_that_ends_by_itself_is_replaced_and_says_nothing() {
        let (listener, mut held, mut ends) = held().await;
        for _ in 0..3 {
            drop(ends.remove(0));
            told(&held.lines[0]).await;
            assert!(!held.ended_together().await);
            assert!(!held.ended_together().await);
            ends.push(listener.accept().await.unwrap().0);
        }
        assert_eq!(held.lines.len(), MOST);
    }
}
