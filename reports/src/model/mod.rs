//! The one result model. Every rendering (JSON, JUnit, page, terminal) reads these types and computes
//! no number of its own.

mod capacity;
mod comparison;
mod conformance;
mod header;
mod inside;
mod load;
mod load_comparison;
mod proof;
mod repetition;
mod verdict;

pub use capacity::{
    Bottleneck, Boundary, CapacityReport, CurvePoint, Estimate, FrontierPoint, LevelRun, LevelVerdict,
    LimitBound, Resource, SCHEMA_CAPACITY, Scalability, ServerPlan, Surface, SurfacePoint, UnitCosts,
    Utilisation,
};
pub use comparison::{Change, ChangeKind, ComparedRun, ComparisonReport, SCHEMA_COMPARE, Side};
pub use conformance::SCHEMA_CONFORMANCE;
pub use conformance::{CheckResult, CheckStatus, ConformanceCounts, ConformanceReport, FailureReason, Level};
pub use header::{Environment, Header, SchemaId};
pub use inside::{InsideFigures, PlaceFigures, StageFigures};
pub use load::{
    Accounts, ActionReport, ArrivalCounts, DatabaseFigures, DatabaseSecond, ErrorExample, GeneratorFigures,
    GeneratorVerdict, LITTLE_LIMIT, LoadModel, LoadReport, MessageCounts, OperationReport, ProgressBand,
    ProgressReport, Quantiles, SCHEMA_LOAD, SEND_LAG_LIMIT_US, ServerFigures, SessionCounts, ShardReport,
    StatementFigures, ThresholdResult, TimelineRow,
};
pub use load_comparison::{Better, ComparisonRule, LoadComparison, MetricChange, MetricVerdict, Pace};
pub use proof::{CleanFailure, MutantResult, ProofReport, SCHEMA_PROVE};
pub use repetition::{
    InstrumentFigures, InstrumentVerdict, LONG_STALL_MS, Repetition, RunCounts, STALLED_SHARE,
};
pub use verdict::{LoadSummary, Reason, ReasonKind, SCHEMA_VERDICT, Verdict, VerdictReport};
