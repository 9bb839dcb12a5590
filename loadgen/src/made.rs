//! Made reports for tests.

use reports::model::{
    DatabaseFigures, Environment, ErrorExample, GeneratorFigures, GeneratorVerdict, Header, LoadModel,
    LoadReport, MessageCounts, OperationReport, ProgressReport, Quantiles, SCHEMA_LOAD, SchemaId,
    ServerFigures, SessionCounts, TimelineRow,
};

use crate::live::Detail;

/// A run in which nothing happened.
pub(crate) fn empty() -> LoadReport {
    LoadReport {
        header: Header {
            schema: SchemaId::new(SCHEMA_LOAD, 1),
            tool_version: String::new(),
            seed: 0,
            started_at: "2026-01-01T00:00:00Z".parse().unwrap(),
            config: serde_json::Value::Null,
            environment: Environment {
                platform: String::new(),
                cores: 1,
                memory_mib: None,
                kernel: None,
                build: String::new(),
            },
        },
        scenario: String::new(),
        model: LoadModel::Closed,
        target: String::new(),
        duration_s: 0.0,
        interrupted: false,
        sessions: SessionCounts::default(),
        messages: MessageCounts::default(),
        arrivals: None,
        operations: Vec::new(),
        warm_up: Vec::new(),
        progress: ProgressReport::default(),
        timeline: Vec::new(),
        thresholds: Vec::new(),
        generator: GeneratorFigures {
            verdict: GeneratorVerdict::Ok,
            reasons: Vec::new(),
            cpu_us_per_message: None,
            rss_kib_per_session: None,
            send_lag_us: Quantiles::default(),
            little_residual: None,
            cpu_cores: None,
        },
        server: ServerFigures::default(),
        database: DatabaseFigures::default(),
        actions: Vec::new(),
        errors: Vec::new(),
        shards: Vec::new(),
    }
}

/// A healthy run of 1,000 sessions.
pub(crate) fn sound() -> LoadReport {
    let mut report = empty();
    report.sessions =
        SessionCounts { requested: 1_000, established: 1_000, peak: 1_000, ..SessionCounts::default() };
    report.messages =
        MessageCounts { sent: 10, received: 90, verified_answers: 50, ..MessageCounts::default() };
    report.operations.push(OperationReport {
        name: "progress.first".to_owned(),
        count: 2_000,
        errors: [("timeout".to_owned(), 1)].into_iter().collect(),
        service_us: Quantiles { p99: 81_500, count: 2_000, ..Quantiles::default() },
        intended_us: Quantiles { p99: 120_000, count: 2_000, ..Quantiles::default() },
        curve_service: Vec::new(),
        curve_intended: Vec::new(),
    });
    report.duration_s = 60.0;
    report.server.rss_kib = Some(307_200);
    report.errors.push(ErrorExample {
        code: "timeout".to_owned(),
        count: 1,
        example: String::new(),
        first_s: None,
        transcript: Vec::new(),
    });
    report
}

/// What a run that ended as `report` says knew in its last second.
pub(crate) fn detail(report: &LoadReport) -> Detail {
    Detail {
        scenario: report.scenario.clone(),
        target: report.target.clone(),
        model: report.model,
        over: false,
        row: TimelineRow::default(),
        duration_s: report.duration_s,
        sessions: report.sessions,
        messages: report.messages,
        arrivals: report.arrivals,
        queries: 0,
        errors: report.errors.clone(),
        operations: report.operations.clone(),
        times: Vec::new(),
        second: Vec::new(),
        generator: report.generator.clone(),
        server: report.server.clone(),
        thresholds: Vec::new(),
    }
}
