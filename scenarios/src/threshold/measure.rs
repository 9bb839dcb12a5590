//! What a threshold can speak of.

use std::fmt;

/// Operations a run measures, by name. Times of each are recorded twice: service and intended.
pub const OPERATIONS: [&str; 17] = [
    "session.create",
    "connect",
    "upgrade",
    "handshake",
    "subscribe",
    "heartbeat",
    "heartbeat.busy",
    "query.accepted",
    "progress.first",
    "progress.cadence",
    "progress.gap",
    "delivery.spread",
    "query.result",
    "resume",
    "recovery",
    "session.delete",
    "send.lag",
];

/// The left side of a threshold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Measure {
    /// A statistic of an operation's times, in microseconds.
    Time {
        /// Which one.
        statistic: Statistic,
        /// Name of the operation.
        operation: String,
        /// From which moment on.
        clock: Clock,
    },
    /// How often an operation was completed, failures included.
    Count(String),
    /// Errors as a share of all operations.
    ErrorRate,
    /// How often an operation was completed per second of the measured phase.
    Throughput(String),
    /// How fast a gauge grows over the measured phase, per second.
    Growth(Gauge),
    /// Errors of one code.
    Errors(String),
    /// A counter of the run.
    Counter(Counter),
}

/// A statistic of times.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Statistic {
    /// Median.
    P50,
    /// 90th percentile.
    P90,
    /// 95th percentile.
    P95,
    /// 99th percentile.
    P99,
    /// 99.9th percentile.
    P999,
    /// Largest.
    Max,
    /// Arithmetic mean.
    Mean,
}

impl Statistic {
    /// All of them.
    pub const ALL: [Self; 7] =
        [Self::P50, Self::P90, Self::P95, Self::P99, Self::P999, Self::Max, Self::Mean];

    /// As it is written.
    pub fn name(self) -> &'static str {
        match self {
            Self::P50 => "p50",
            Self::P90 => "p90",
            Self::P95 => "p95",
            Self::P99 => "p99",
            Self::P999 => "p999",
            Self::Max => "max",
            Self::Mean => "mean",
        }
    }
}

/// From which moment an operation's time counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Clock {
    /// From the moment it was really begun.
    Service,
    /// From the moment the schedule intended it.
    Intended,
}

/// A figure of each second of the run, whose growth can be judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gauge {
    /// Resident memory of the server, KiB.
    ServerRss,
    /// Open files of the server.
    ServerSockets,
    /// Resident memory of the generator, KiB.
    GeneratorRss,
    /// Open files of the generator.
    GeneratorSockets,
    /// Queries in flight.
    InFlight,
}

impl Gauge {
    /// All of them with their names.
    pub const ALL: [(&'static str, Self); 5] = [
        ("server.rss", Self::ServerRss),
        ("server.sockets", Self::ServerSockets),
        ("generator.rss", Self::GeneratorRss),
        ("generator.sockets", Self::GeneratorSockets),
        ("in_flight", Self::InFlight),
    ];

    /// As it is written.
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(_, gauge)| *gauge == self).map_or("", |(name, _)| name)
    }

    /// True when it is memory, in KiB.
    pub fn is_memory(self) -> bool {
        matches!(self, Self::ServerRss | Self::GeneratorRss)
    }
}

/// A counter of the run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Counter {
    /// Session events whose offset was never seen.
    Lost,
    /// Session events seen twice on one connection, replays excepted.
    Duplicated,
    /// Session events seen after a later one.
    OutOfOrder,
    /// Session events delivered by a resume.
    Replayed,
    /// Answers that differ from the expected rows.
    WrongAnswers,
    /// Answers compared with expected rows.
    VerifiedAnswers,
    /// Messages sent.
    Sent,
    /// Messages received.
    Received,
    /// Errors of every code.
    Errors,
    /// Arrivals of the open model that came due.
    ArrivalsOffered,
    /// Arrivals that found no free session.
    ArrivalsDropped,
    /// Share of the arrivals that were dropped, 0.01 being 1 %.
    ArrivalsDroppedShare,
    /// Sessions asked for.
    SessionsRequested,
    /// Sessions fully connected at least once.
    SessionsEstablished,
    /// Most sessions at one time.
    SessionsPeak,
    /// Generator memory per session, KiB.
    GeneratorRssPerSession,
    /// Generator CPU per message, microseconds.
    GeneratorCpuPerMessage,
    /// Processors the generator used.
    GeneratorCpuCores,
    /// Deviation from Little's law, 0.05 being 5 %.
    LittleResidual,
    /// Largest resident memory of the server, KiB.
    ServerRss,
    /// Server memory per session, KiB.
    ServerRssPerSession,
    /// Server memory per connection, KiB.
    ServerRssPerConnection,
    /// Processor time of the server, seconds.
    ServerCpu,
}

impl Counter {
    /// All of them with their names.
    pub const ALL: [(&'static str, Self); 23] = [
        ("lost", Self::Lost),
        ("duplicated", Self::Duplicated),
        ("out_of_order", Self::OutOfOrder),
        ("replayed", Self::Replayed),
        ("wrong_answers", Self::WrongAnswers),
        ("verified_answers", Self::VerifiedAnswers),
        ("sent", Self::Sent),
        ("received", Self::Received),
        ("errors", Self::Errors),
        ("arrivals.offered", Self::ArrivalsOffered),
        ("arrivals.dropped", Self::ArrivalsDropped),
        ("arrivals.dropped_share", Self::ArrivalsDroppedShare),
        ("sessions.requested", Self::SessionsRequested),
        ("sessions.established", Self::SessionsEstablished),
        ("sessions.peak", Self::SessionsPeak),
        ("generator.rss_kib_per_session", Self::GeneratorRssPerSession),
        ("generator.cpu_us_per_message", Self::GeneratorCpuPerMessage),
        ("generator.cpu_cores", Self::GeneratorCpuCores),
        ("generator.little_residual", Self::LittleResidual),
        ("server.rss_kib", Self::ServerRss),
        ("server.rss_kib_per_session", Self::ServerRssPerSession),
        ("server.rss_kib_per_connection", Self::ServerRssPerConnection),
        ("server.cpu_s", Self::ServerCpu),
    ];

    /// As it is written.
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(_, counter)| *counter == self).map_or("", |(name, _)| name)
    }

    /// The counter called `name`. Memory can also be named without its unit, such as `server.rss`.
    pub fn named(name: &str) -> Option<Self> {
        let found = Self::ALL.iter().find(|(known, counter)| {
            *known == name || (counter.is_memory() && known.replace("_kib", "") == name)
        });
        found.map(|(_, counter)| *counter)
    }

    /// True when it is memory, in KiB.
    pub fn is_memory(self) -> bool {
        matches!(
            self,
            Self::GeneratorRssPerSession
                | Self::ServerRss
                | Self::ServerRssPerSession
                | Self::ServerRssPerConnection
        )
    }
}

impl fmt::Display for Measure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Time { statistic, operation, clock: Clock::Service } => {
                write!(f, "{}({operation})", statistic.name())
            }
            Self::Time { statistic, operation, clock: Clock::Intended } => {
                write!(f, "{}({operation}.intended)", statistic.name())
            }
            Self::Count(operation) => write!(f, "count({operation})"),
            Self::ErrorRate => f.write_str("rate(errors)"),
            Self::Throughput(operation) => write!(f, "rate({operation})"),
            Self::Growth(gauge) => write!(f, "growth({})", gauge.name()),
            Self::Errors(code) => write!(f, "errors.{code}"),
            Self::Counter(counter) => f.write_str(counter.name()),
        }
    }
}
