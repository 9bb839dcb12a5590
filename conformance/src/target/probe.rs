//! Is the target there, and how far away is it?

use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::time::{Instant, timeout};

use crate::Error;
use crate::peer::{Request, Response, Stream, random_key, read_response, upgrade_request};

use super::door::Door;
use super::place::Target;

/// Time for one attempt to reach the target.
const ATTEMPT: Duration = Duration::from_secs(3);

/// Time in which a program that is ending closes its door.
const CLOSING: Duration = Duration::from_millis(50);

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

/// Times connections with a request each. Any HTTP answer will do, and so will none: of a server that speaks
/// WebSocket alone the time to connect is measured.
pub async fn measure_round_trip(target: &Target) -> Result<RoundTrip, Error> {
    if target.client.is_some() {
        return Ok(RoundTrip { median: Duration::ZERO, worst: Duration::ZERO });
    }
    let mut times = Vec::with_capacity(SAMPLES);
    let mut answers = true;
    for _ in 0..SAMPLES {
        let start = Instant::now();
        let mut stream = connect(target).await.map_err(|cause| unreachable(target, cause))?;
        let connected = start.elapsed();
        answers = answers && get_on(&mut stream, target, "/health").await.is_ok();
        times.push(if answers { start.elapsed() } else { connected });
    }
    times.sort_unstable();
    Ok(RoundTrip { median: times[SAMPLES / 2], worst: times[SAMPLES - 1] })
}

/// True when the target still takes connections. A client is started for each check.
pub async fn is_alive(target: &Target) -> bool {
    if target.client.is_some() {
        return true;
    }
    let Ok(Ok(mut stream)) = timeout(ATTEMPT, target.connect()).await else { return false };
    // A program that is ending may still have its door open for a moment: then the connection ends, and there is no other.
    match timeout(CLOSING, stream.read(&mut [0])).await {
        Ok(Ok(0) | Err(_)) => matches!(timeout(ATTEMPT, target.connect()).await, Ok(Ok(_))),
        Ok(Ok(_)) | Err(_) => true,
    }
}

/// Whether a target has a door that echoes: 404 where it should be means that it has none. Gives what was seen.
pub async fn misses_echo_door(target: &Target) -> Option<String> {
    let path = target.path(&Door::Echo);
    let mut stream = connect(target).await.ok()?;
    let request = upgrade_request(&path, &target.host(), &random_key());
    match ask(&mut stream, &request).await {
        Ok(response) if response.status == 404 => Some(format!(
            "an upgrade of {path} is answered by 404; if it has one, its path belongs into the URL or into [doors]"
        )),
        _ => None,
    }
}

/// The answer to `GET path`, or why there is none.
pub(super) async fn get(target: &Target, path: &str) -> Result<Response, String> {
    get_on(&mut connect(target).await?, target, path).await
}

async fn connect(target: &Target) -> Result<Stream, String> {
    match timeout(ATTEMPT, target.connect()).await {
        Ok(Ok(stream)) => Ok(stream),
        Ok(Err(error)) => Err(error.to_string()),
        Err(_) => Err(format!("no connection within {ATTEMPT:?}")),
    }
}

async fn get_on(stream: &mut Stream, target: &Target, path: &str) -> Result<Response, String> {
    let request =
        Request::get(&target.rest(path)).header("Host", &target.host()).header("Connection", "close");
    ask(stream, &request).await
}

async fn ask(stream: &mut Stream, request: &Request) -> Result<Response, String> {
    stream.write_all(&request.encode()).await.map_err(|error| error.to_string())?;
    stream.flush().await.map_err(|error| error.to_string())?;
    let mut rest = Vec::new();
    read_response(stream, &mut rest, Instant::now() + ATTEMPT, false).await.map_err(|fault| fault.to_string())
}

pub(super) fn unreachable(target: &Target, cause: String) -> Error {
    let name = &target.name;
    let address = target.address();
    let name = if name.contains(address) { name.clone() } else { format!("{name} at {address}") };
    Error::Unreachable { target: name, cause }
}
