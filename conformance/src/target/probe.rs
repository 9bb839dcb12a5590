//! Is the target there, and how far away is it?

use std::time::Duration;

use tokio::io::AsyncWriteExt as _;
use tokio::time::{Instant, timeout};

use crate::Error;
use crate::peer::{Request, Response, read_response};

use super::place::Target;

/// Time for one attempt to reach the target.
const ATTEMPT: Duration = Duration::from_secs(3);

/// Connections that measure the round trip.
const SAMPLES: usize = 5;

/// How far away a target is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RoundTrip {
    /// What limits are extended by: one slow answer of several does not change it.
    pub median: Duration,
    /// The longest seen.
    pub worst: Duration,
}

impl RoundTrip {
    /// The longer ones of two measurements.
    pub fn max(self, other: Self) -> Self {
        Self { median: self.median.max(other.median), worst: self.worst.max(other.worst) }
    }
}

/// Times connections with a request each. Any HTTP answer will do.
pub async fn measure_round_trip(target: &Target) -> Result<RoundTrip, Error> {
    let mut times = Vec::with_capacity(SAMPLES);
    for _ in 0..SAMPLES {
        let start = Instant::now();
        get(target, "/health").await.map_err(|cause| unreachable(target, cause))?;
        times.push(start.elapsed());
    }
    times.sort_unstable();
    Ok(RoundTrip { median: times[SAMPLES / 2], worst: times[SAMPLES - 1] })
}

/// True when the target still takes connections.
pub async fn is_alive(target: &Target) -> bool {
    matches!(timeout(ATTEMPT, target.connect()).await, Ok(Ok(_)))
}

/// The answer to `GET path`, or why there is none.
pub(super) async fn get(target: &Target, path: &str) -> Result<Response, String> {
    let connect = timeout(ATTEMPT, target.connect()).await;
    let mut stream = match connect {
        Ok(Ok(stream)) => stream,
        Ok(Err(error)) => return Err(error.to_string()),
        Err(_) => return Err(format!("no connection within {ATTEMPT:?}")),
    };
    let request =
        Request::get(&target.rest(path)).header("Host", &target.host()).header("Connection", "close");
    stream.write_all(&request.encode()).await.map_err(|error| error.to_string())?;
    stream.flush().await.map_err(|error| error.to_string())?;
    let mut rest = Vec::new();
    read_response(&mut stream, &mut rest, Instant::now() + ATTEMPT, false)
        .await
        .map_err(|fault| fault.to_string())
}

pub(super) fn unreachable(target: &Target, cause: String) -> Error {
    let name = &target.name;
    let address = target.address();
    let name = if name.contains(address) { name.clone() } else { format!("{name} at {address}") };
    Error::Unreachable { target: name, cause }
}
