//! How much a server holds: `capacity.json`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Header;

/// Name of the format of `capacity.json`.
pub const SCHEMA_CAPACITY: &str = "tidegate.capacity";

/// How a run at a level came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum LevelVerdict {
    /// Every limit was kept, as surely as asked for.
    Held,
    /// The target was the limit.
    Failed,
    /// The generator was the limit, or the run did not come to its end: it says nothing about the target.
    Invalid,
}

/// A limit and the upper bound of what was measured.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LimitBound {
    /// The threshold, such as `p99(query.result.intended)`.
    pub name: String,
    /// Its limit, such as `< 2s`.
    pub limit: String,
    /// What was measured, in the unit of the limit.
    pub value: Option<f64>,
    /// Its confidence bound on the side of the limit, in the same unit; missing when too few values came in, and what was
    /// measured where it comes too rarely for one.
    pub bound: Option<f64>,
    /// True when the bound keeps the limit.
    pub ok: bool,
    /// Why there is no bound, or none but what was measured, in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}

/// A part of the system that can run out, as far as it was watched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Resource {
    /// Processors of the server, of those the machine has.
    ServerCpu,
    /// Processors of the database.
    DatabaseCpu,
    /// Connections of the pool to the database.
    DatabasePool,
    /// Places for queries that run at one time.
    QueryPlaces,
    /// An agent stage: the share of its time that is waiting, beside its time at the lowest level.
    AgentStage,
    /// Open files of the server.
    Sockets,
    /// Memory of the machine.
    Memory,
}

/// How far a part was used.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Utilisation {
    /// Which part.
    pub resource: Resource,
    /// Which one of several, such as the name of a stage.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// Used share, 1 being all of it.
    pub used: f64,
}

/// One run at one level.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LevelRun {
    /// Sessions asked for.
    pub sessions: u64,
    /// What it was for: `ramp`, `bisect`, `confirm`, `fill` or `surface`.
    pub purpose: String,
    /// How it came out.
    pub verdict: LevelVerdict,
    /// Why not held, gravest first.
    pub reasons: Vec<String>,
    /// Most sessions at one time.
    pub peak: u64,
    /// Queries a second that were asked for.
    pub target_per_s: Option<f64>,
    /// Queries a second that were answered.
    pub achieved_per_s: f64,
    /// Arrivals that were dropped.
    pub dropped: u64,
    /// Median time to the result from the intended moment, microseconds.
    pub p50_us: Option<u64>,
    /// 99th percentile of the same.
    pub p99_us: Option<u64>,
    /// Independent answers that the bounds rest on.
    pub independent: usize,
    /// Every limit.
    pub limits: Vec<LimitBound>,
    /// Parts of the system.
    pub utilisation: Vec<Utilisation>,
    /// Processors the server used.
    pub server_cpu: Option<f64>,
    /// Memory of the server, KiB.
    pub server_rss_kib: Option<u64>,
    /// Messages a second delivered to clients.
    pub delivered_per_s: f64,
}

/// Where the limit lies.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Boundary {
    /// The highest level that was held in every repetition; missing when none was.
    pub last_pass: Option<u64>,
    /// The lowest level above it that failed; missing when none did.
    pub first_fail: Option<u64>,
    /// Repetitions of the last pass, all held.
    pub pass_runs: u64,
    /// Repetitions of the first fail.
    pub fail_runs: u64,
    /// Of these, the ones that failed.
    pub fail_failed: u64,
    /// Why the first failing level failed.
    pub reasons: Vec<String>,
}

/// A figure with its interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Estimate {
    /// The figure.
    pub value: f64,
    /// Lower end of its 95 % interval.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

/// The law and its band at one load.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CurvePoint {
    /// Sessions.
    pub sessions: f64,
    /// Queries a second by the law.
    pub throughput: Estimate,
    /// True beyond twice the largest measured level, where no fit can be believed.
    pub beyond_reach: bool,
}

/// The fitted Universal Scalability Law.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Scalability {
    /// Queries a second of one session alone.
    pub lambda: Estimate,
    /// Contention.
    pub sigma: Estimate,
    /// Coherency.
    pub kappa: Estimate,
    /// Spread of the levels about the law, as a share.
    pub residual: f64,
    /// Where more sessions begin to buy mostly waiting; missing when the levels do not show it.
    pub knee: Option<Estimate>,
    /// The load with the largest throughput, N*; missing when the levels do not show it.
    pub peak: Option<Estimate>,
    /// Different levels that were fitted.
    pub levels: usize,
    /// Largest of them.
    pub largest_level: f64,
    /// What must be said of it, as sentences.
    pub remarks: Vec<String>,
    /// The law over the load.
    pub curve: Vec<CurvePoint>,
}

impl Scalability {
    /// The knee, where the levels reach far enough to believe it.
    pub fn seen_knee(&self) -> Option<Estimate> {
        self.knee.filter(|knee| self.reaches(*knee))
    }

    /// The load with the largest throughput, where the levels reach far enough to believe it.
    pub fn seen_peak(&self) -> Option<Estimate> {
        self.peak.filter(|peak| self.reaches(*peak))
    }

    /// Beyond twice the largest level no fit can be believed.
    fn reaches(&self, load: Estimate) -> bool {
        load.value <= 2.0 * self.largest_level
    }
}

/// What ran out first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Bottleneck {
    /// The part; missing when nothing that was watched was used up.
    pub resource: Option<Resource>,
    /// The level at which it was used up.
    pub at_sessions: Option<u64>,
    /// One sentence.
    pub text: String,
}

/// What one of something costs the server.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct UnitCosts {
    /// Processor time a session and second, microseconds, whatever it does included.
    pub cpu_us_per_session_second: Option<f64>,
    /// All processor time divided by the queries, microseconds.
    pub cpu_us_per_query: Option<f64>,
    /// All processor time divided by the events delivered, microseconds.
    pub cpu_us_per_event: Option<f64>,
    /// Memory a session more takes, by a line through the levels, KiB.
    pub kib_per_session: Option<Estimate>,
    /// Memory a query in a second more takes, KiB.
    pub kib_per_query_per_s: Option<f64>,
}

/// Servers for a number of users.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ServerPlan {
    /// Users, one session each.
    pub users: u64,
    /// Share of each server that is kept free.
    pub headroom: f64,
    /// Sessions a server is given.
    pub sessions_per_server: u64,
    /// Servers that takes.
    pub servers: u64,
    /// The documents' own arithmetic: servers at 10 to 20 a 100,000 connections, least and most.
    pub documents_servers: (u64, u64),
    /// Connections a server by that arithmetic, least and most.
    pub documents_connections_per_server: (u64, u64),
    /// Memory for all connections at 10 to 50 KB each, MiB, least and most.
    pub documents_memory_mib: (f64, f64),
    /// Memory by what was measured, MiB.
    pub measured_memory_mib: Option<f64>,
    /// What must be said of it, as sentences.
    pub remarks: Vec<String>,
}

/// One cell of the capacity surface.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SurfacePoint {
    /// Sessions.
    pub sessions: u64,
    /// Queries a second asked for.
    pub queries_per_s: f64,
    /// Sessions that watch each session.
    pub fan_out: u64,
    /// How it came out.
    pub verdict: LevelVerdict,
    /// True when it was not run, because an easier point failed already.
    pub implied: bool,
    /// 99th percentile of the time to the result, microseconds.
    pub p99_us: Option<u64>,
}

/// The edge of what is held, for one rate and fan-out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FrontierPoint {
    /// Queries a second.
    pub queries_per_s: f64,
    /// Sessions that watch each session.
    pub fan_out: u64,
    /// Most sessions held; missing when not even the fewest were.
    pub sessions: Option<u64>,
}

/// Sessions × queries a second × fan-out.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Surface {
    /// Every cell.
    pub points: Vec<SurfacePoint>,
    /// Its edge.
    pub frontier: Vec<FrontierPoint>,
}

/// The file `capacity.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CapacityReport {
    /// Common fields.
    #[serde(flatten)]
    pub header: Header,
    /// Name of the scenario.
    pub scenario: String,
    /// Name or URL of the target.
    pub target: String,
    /// Confidence of every bound, 0.95 being 95 %.
    pub confidence: f64,
    /// The answer in one sentence.
    pub answer: String,
    /// Where the limit lies.
    pub boundary: Boundary,
    /// What ran out first.
    pub bottleneck: Bottleneck,
    /// The scalability law; missing when it can't be fitted, `remarks` says why.
    pub scalability: Option<Scalability>,
    /// What one of something costs, at the last pass.
    pub costs: UnitCosts,
    /// Servers for the users asked for.
    pub servers: Option<ServerPlan>,
    /// The capacity surface, when it was asked for.
    pub surface: Option<Surface>,
    /// Every run in order.
    pub runs: Vec<LevelRun>,
    /// What must be said of all this, as sentences.
    pub remarks: Vec<String>,
}
