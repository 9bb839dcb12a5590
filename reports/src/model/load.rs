//! Results of a load run: `load.json`.

use hdrhistogram::Histogram;
use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Header, InsideFigures};

/// Name of the format of `load.json`.
pub const SCHEMA_LOAD: &str = "tidegate.load";

/// Send lag (99th percentile, microseconds) above which the generator was the limit: the run is invalid.
pub const SEND_LAG_LIMIT_US: u64 = 50_000;

/// Residual of Little's law above which the run is invalid, 0.05 being 5 %.
pub const LITTLE_LIMIT: f64 = 0.05;

/// How work arrives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum LoadModel {
    /// A fixed population; each session asks again after its answer and its think time.
    Closed,
    /// Arrivals on an absolute schedule, whatever the server does.
    Open,
}

/// Percentiles of one distribution, in microseconds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Quantiles {
    /// Median.
    pub p50: u64,
    /// 90th percentile.
    pub p90: u64,
    /// 95th percentile.
    pub p95: u64,
    /// 99th percentile.
    pub p99: u64,
    /// 99.9th percentile.
    pub p999: u64,
    /// Largest value.
    pub max: u64,
    /// Arithmetic mean.
    pub mean: f64,
    /// Number of values.
    #[serde(default)]
    pub count: u64,
}

impl Quantiles {
    /// The percentiles of `histogram`, all zero when it is empty.
    pub fn of(histogram: &Histogram<u64>) -> Self {
        if histogram.is_empty() {
            return Self::default();
        }
        Self {
            p50: histogram.value_at_quantile(0.50),
            p90: histogram.value_at_quantile(0.90),
            p95: histogram.value_at_quantile(0.95),
            p99: histogram.value_at_quantile(0.99),
            p999: histogram.value_at_quantile(0.999),
            max: histogram.max(),
            mean: histogram.mean(),
            count: histogram.len(),
        }
    }
}

/// Sessions asked for and held.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SessionCounts {
    /// Asked for by the scenario.
    pub requested: u64,
    /// Fully connected at least once.
    pub established: u64,
    /// Most at one time.
    pub peak: u64,
    /// From the start of the run to the moment the last of them was connected, microseconds.
    #[serde(default)]
    pub connected_us: Option<u64>,
    /// Sockets that were cut on purpose, or broke.
    #[serde(default)]
    pub breaks: u64,
    /// Given up before their time, because a socket did not come back.
    #[serde(default)]
    pub given_up: u64,
}

/// Arrivals of the open model in the measured phase.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ArrivalCounts {
    /// Came due.
    pub offered: u64,
    /// Found no free session, so that nothing was sent.
    pub dropped: u64,
}

/// Exact accounting of messages; losses are found by offsets.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct MessageCounts {
    /// Messages sent by the generator.
    pub sent: u64,
    /// Messages received by the generator.
    pub received: u64,
    /// Session events whose offset was never seen.
    pub lost: u64,
    /// Session events seen twice on one connection, replays excepted.
    pub duplicated: u64,
    /// Session events seen after a later one.
    pub out_of_order: u64,
    /// Session events delivered by a resume.
    #[serde(default)]
    pub replayed: u64,
    /// Answers that differ from the expected rows.
    #[serde(default)]
    pub wrong_answers: u64,
    /// Answers that were compared with expected rows.
    #[serde(default)]
    pub verified_answers: u64,
}

/// One operation, such as `connect`, `heartbeat`, `query.result`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct OperationReport {
    /// Name of the operation.
    pub name: String,
    /// Completed operations, failed ones included.
    pub count: u64,
    /// Failures by code.
    pub errors: IndexMap<String, u64>,
    /// From the moment it was really begun.
    pub service_us: Quantiles,
    /// From the moment the schedule intended it.
    pub intended_us: Quantiles,
    /// Points of the service curve as (percentile 0–100, microseconds), for the HDR plot.
    #[serde(default)]
    pub curve_service: Vec<(f64, u64)>,
    /// Points of the intended curve.
    #[serde(default)]
    pub curve_intended: Vec<(f64, u64)>,
}

/// How long the bar stood still in one stretch of it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ProgressBand {
    /// First percent of the stretch.
    pub from_percent: u8,
    /// Its end.
    pub to_percent: u8,
    /// From an update that said a percent of this stretch to the next one.
    pub gap_us: Quantiles,
}

/// What a user sees of a running query.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ProgressReport {
    /// From the question to the first progress message.
    pub time_to_first_us: Quantiles,
    /// Longest silence inside one query.
    pub longest_gap_us: Quantiles,
    /// From the question to its terminal message.
    pub time_to_result_us: Quantiles,
    /// From one update to the next, by the percent that stood there meanwhile.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub by_percent: Vec<ProgressBand>,
}

/// One second of the run. Server and database figures are `None` where they can't be known.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TimelineRow {
    /// Seconds since the start.
    pub t: f64,
    /// Phase: `ramp`, `steady` or `drain`.
    pub phase: String,
    /// Sessions connected.
    pub sessions: u64,
    /// Messages sent in this second.
    pub sent: u64,
    /// Messages received in this second.
    pub received: u64,
    /// Errors in this second.
    pub errors: u64,
    /// Queries finished in this second.
    pub queries: u64,
    /// Queries in flight at the end of this second.
    pub in_flight: u64,
    /// Arrivals of the open model that came due in this second of the measured phase.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub arrivals_offered: Option<u64>,
    /// Those of them that found no free session.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub arrivals_dropped: Option<u64>,
    /// Median time to the first progress in this second, microseconds.
    pub p50_us: Option<u64>,
    /// 99th percentile of the same.
    pub p99_us: Option<u64>,
    /// 99th percentile of the send lag in this second, microseconds.
    pub send_lag_p99_us: Option<u64>,
    /// Resident memory of the server, KiB.
    pub server_rss_kib: Option<u64>,
    /// Processors the server used, 1.0 being one core.
    pub server_cpu: Option<f64>,
    /// Open files of the server.
    pub server_sockets: Option<u64>,
    /// Resident memory of the generator, KiB.
    pub generator_rss_kib: Option<u64>,
    /// Processors the generator used.
    pub generator_cpu: Option<f64>,
    /// Open files of the generator.
    pub generator_sockets: Option<u64>,
    /// The database, where it could be looked into.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub database: Option<DatabaseSecond>,
}

/// What a database said of itself in one second.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DatabaseSecond {
    /// Connections.
    pub connections: Option<u64>,
    /// Statements running at the moment of the look.
    pub running: Option<u64>,
    /// SELECT statements finished in this second, that of the look itself included.
    pub statements: Option<u64>,
    /// Their mean time inside the database, microseconds.
    pub mean_us: Option<u64>,
    /// Resident memory, KiB.
    pub rss_kib: Option<u64>,
    /// Processors used, 1.0 being one core.
    pub cpu: Option<f64>,
}

/// One threshold and how it came out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ThresholdResult {
    /// Name, as in the scenario, such as `p99(progress.first)`.
    pub name: String,
    /// The limit as text with its unit, such as `< 100ms`.
    pub limit: String,
    /// What was measured, as text with its unit; `no data` when nothing was.
    pub actual: String,
    /// The measured figure in the unit of the limit.
    pub value: Option<f64>,
    /// True when the limit was kept. Missing data is never ok.
    pub ok: bool,
}

/// Whether the generator, not the target, was the limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum GeneratorVerdict {
    /// The figures speak of the target.
    Ok,
    /// The generator was the limit: the run is invalid.
    Limit,
}

/// The generator's own figures.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct GeneratorFigures {
    /// Is the instrument to be believed?
    pub verdict: GeneratorVerdict,
    /// Why not, in words; empty when it is.
    #[serde(default)]
    pub reasons: Vec<String>,
    /// Generator CPU per message sent or received, microseconds.
    pub cpu_us_per_message: Option<f64>,
    /// Generator memory per session over its own start, KiB.
    pub rss_kib_per_session: Option<f64>,
    /// Delay between the intended and the real moment of sending.
    pub send_lag_us: Quantiles,
    /// |L − λW| / L over the steady phase, 0.05 being 5 %; `None` without enough data.
    pub little_residual: Option<f64>,
    /// Processors used on average in the steady phase.
    #[serde(default)]
    pub cpu_cores: Option<f64>,
}

/// Whether the sums of the run were closed against the target's own counters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Accounts {
    /// Both countings agree.
    Agree,
    /// They contradict each other: the reasons of the generator's verdict say how.
    Contradict,
    /// The target tells no counters that are known.
    NotTold,
    /// It tells some that say nothing about this run: it was started anew, or others were connected too.
    NotComparable,
}

/// The server's figures, read from outside.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ServerFigures {
    /// Largest resident memory, KiB.
    pub rss_kib: Option<u64>,
    /// Processor time used during the run, seconds.
    pub cpu_s: Option<f64>,
    /// Memory per session over its own start at its largest, KiB: histories kept for resume and caches included.
    pub rss_kib_per_session: Option<f64>,
    /// Memory per connection over its own start at the end of the ramp, before anything was asked, KiB.
    #[serde(default)]
    pub rss_kib_per_connection: Option<f64>,
    /// Messages to clients during the run, by the server's own counting; `None` where it does not tell, or others
    /// were connected too.
    #[serde(default)]
    pub messages_sent: Option<u64>,
    /// Messages from clients, likewise.
    #[serde(default)]
    pub messages_received: Option<u64>,
    /// Whether our sums were closed against them; missing in reports of older versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accounts: Option<Accounts>,
    /// Its pools and stages; `None` where it does not tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inside: Option<InsideFigures>,
}

/// Which database answered.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DatabaseFigures {
    /// `embedded`, `tidb`, `mysql`, or `unknown` on a foreign target.
    pub kind: String,
    /// Version as the database says it.
    pub version: Option<String>,
    /// Image of the container it ran in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub container: Option<String>,
    /// What it is, in words: a single process is not a cluster.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub store: Option<String>,
    /// The statements that took most of its time in the measured phase, the worst first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub statements: Vec<StatementFigures>,
}

/// One kind of statement, constants left out, as the database itself counted it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct StatementFigures {
    /// The statement with `?` for constants.
    pub text: String,
    /// Name of the database it ran on.
    pub schema: String,
    /// Times it ran in the measured phase.
    pub count: u64,
    /// Mean time, microseconds.
    pub mean_us: u64,
    /// Longest time the database remembers, microseconds.
    pub max_us: u64,
    /// Share of the time of all statements, percent.
    pub share_percent: u64,
    /// Its plan.
    pub plan: String,
}

/// Something that was done to the system in mid-run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ActionReport {
    /// What, such as `stop-database`.
    pub name: String,
    /// When it was begun, seconds since the start of the run.
    pub from_s: f64,
    /// When it was undone.
    pub until_s: Option<f64>,
    /// Why it did not work, when it did not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// One of the processes or machines that shared a run.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ShardReport {
    /// What it is called, such as `worker 2 of 4` or `shard 3 of 8`.
    pub name: String,
    /// The machine it ran on, where that is known.
    pub machine: Option<String>,
    /// Where it sent its sessions.
    pub target: String,
    /// Its sessions.
    pub sessions: SessionCounts,
    /// Messages it sent.
    pub sent: u64,
    /// Messages it received.
    pub received: u64,
    /// The moment planned for its start.
    pub planned_at: Option<jiff::Timestamp>,
    /// How much later it really began, microseconds, by its own clock.
    pub late_us: Option<u64>,
    /// How far the target's clock is ahead of its own, microseconds.
    pub clock_offset_us: Option<i64>,
    /// How far that may be off, either way, microseconds.
    pub clock_bound_us: Option<u64>,
    /// 99th percentile of its send lag, microseconds.
    pub send_lag_p99_us: Option<u64>,
    /// Processors it used in the measured phase.
    pub cpu_cores: Option<f64>,
    /// What became of it, when its results are not in this report.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lost: Option<String>,
}

/// First example of an error, so that a code can be understood.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ErrorExample {
    /// Error or close code.
    pub code: String,
    /// How often it happened.
    pub count: u64,
    /// The first one, redacted.
    pub example: String,
    /// When the first one happened, seconds since the start of the run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_s: Option<f64>,
    /// The last messages of its session before it, one a line.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub transcript: Vec<String>,
}

/// The file `load.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LoadReport {
    /// Common fields.
    #[serde(flatten)]
    pub header: Header,
    /// Name of the scenario.
    pub scenario: String,
    /// Closed or open.
    pub model: LoadModel,
    /// Name or URL of the target.
    pub target: String,
    /// Length of the measured (steady) phase in seconds.
    pub duration_s: f64,
    /// True when the run was ended early, by Ctrl-C or by an abort.
    pub interrupted: bool,
    /// Sessions.
    pub sessions: SessionCounts,
    /// Messages.
    pub messages: MessageCounts,
    /// Arrivals; only in the open model.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub arrivals: Option<ArrivalCounts>,
    /// One entry an operation.
    pub operations: Vec<OperationReport>,
    /// The same for what is not judged: warm-up, ramp and drain.
    #[serde(default)]
    pub warm_up: Vec<OperationReport>,
    /// Progress as a user sees it.
    pub progress: ProgressReport,
    /// One row a second.
    pub timeline: Vec<TimelineRow>,
    /// Thresholds.
    pub thresholds: Vec<ThresholdResult>,
    /// The instrument itself.
    pub generator: GeneratorFigures,
    /// The server.
    pub server: ServerFigures,
    /// The database.
    pub database: DatabaseFigures,
    /// Errors by code with their first example.
    #[serde(default)]
    pub errors: Vec<ErrorExample>,
    /// What was done to the system in mid-run.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub actions: Vec<ActionReport>,
    /// The processes or machines that shared the run, where there were several.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub shards: Vec<ShardReport>,
}
