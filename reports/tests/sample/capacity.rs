//! Made results of a capacity search and of a comparison of load runs.

use reports::model::{
    Better, Bottleneck, Boundary, CapacityReport, ComparisonRule, CurvePoint, Estimate, FrontierPoint,
    LevelRun, LevelVerdict, LimitBound, LoadComparison, MetricChange, MetricVerdict, Resource, Scalability,
    ServerPlan, Surface, SurfacePoint, UnitCosts, Utilisation,
};

use super::header;

fn estimate(value: f64) -> Estimate {
    Estimate { value, low: value * 0.94, high: value * 1.07 }
}

fn level(sessions: u64, purpose: &str) -> LevelRun {
    let p99 = 900_000 + sessions * sessions / 2;
    let held = p99 < 2_000_000;
    let rate = sessions as f64 / 5.5 / (1.0 + sessions as f64 / 20_000.0);
    LevelRun {
        sessions,
        purpose: purpose.into(),
        verdict: if held { LevelVerdict::Held } else { LevelVerdict::Failed },
        reasons: if held {
            vec![]
        } else {
            vec!["p99(query.result.intended) < 2s: 2.08 measured, surely no more than 2.2".into()]
        },
        peak: sessions,
        target_per_s: Some(sessions as f64 / 5.5),
        achieved_per_s: rate,
        dropped: 0,
        p50_us: Some(p99 / 2),
        p99_us: Some(p99),
        independent: 1_800,
        limits: vec![LimitBound {
            name: "p99(query.result.intended)".into(),
            limit: "< 2s".into(),
            value: Some(p99 as f64 / 1e6),
            bound: Some(p99 as f64 / 0.95e6),
            ok: held,
            why: None,
        }],
        utilisation: vec![Utilisation {
            resource: Resource::ServerCpu,
            detail: None,
            used: sessions as f64 / 1_650.0,
        }],
        server_cpu: Some(sessions as f64 / 900.0),
        server_rss_kib: Some(60_000 + sessions * 18),
        delivered_per_s: rate * 9.0,
    }
}

/// Three rates by three numbers of sessions by two fan-outs: held while all of it together is not too much.
fn surface() -> Surface {
    let mut surface = Surface::default();
    for fan_out in [1, 10] {
        for queries_per_s in [25.0, 50.0, 100.0] {
            let mut held = None;
            for sessions in [200_u32, 400, 800] {
                let cost = f64::from(sessions) + queries_per_s * 4.0 * (fan_out as f64).sqrt();
                let failed = cost > 1_000.0;
                let implied = failed && held.is_none_or(|most| most < u64::from(sessions) / 2);
                held = if failed { held } else { Some(u64::from(sessions)) };
                surface.points.push(SurfacePoint {
                    sessions: u64::from(sessions),
                    queries_per_s,
                    fan_out,
                    verdict: if failed { LevelVerdict::Failed } else { LevelVerdict::Held },
                    implied,
                    p99_us: (!implied).then_some((cost * 1_500.0) as u64),
                });
            }
            surface.frontier.push(FrontierPoint { queries_per_s, fan_out, sessions: held });
        }
    }
    surface
}

/// A search between 100 and 1,600 sessions, with a surface.
pub fn capacity() -> CapacityReport {
    let runs: Vec<LevelRun> = [(100, "ramp"), (200, "ramp"), (400, "ramp"), (800, "ramp"), (1_600, "ramp")]
        .into_iter()
        .chain([(1_440, "bisect"), (1_465, "confirm"), (1_512, "confirm")])
        .map(|(sessions, purpose)| level(sessions, purpose))
        .collect();
    let curve = (1..=24_u32).map(|at| {
        let sessions = f64::from(at) * 3_200.0 / 24.0;
        let value = sessions / 5.5 / (1.0 + sessions / 20_000.0);
        CurvePoint { sessions, throughput: estimate(value), beyond_reach: false }
    });
    CapacityReport {
        header: header("tidegate.capacity"),
        scenario: "gate".into(),
        target: "reference server".into(),
        confidence: 0.95,
        answer: "1465 sessions are held within every limit with 95 % confidence, 1512 are not; the server's CPU is \
                 used up first: 89 % at 1465 sessions; 100000 users need 98 servers with 30 % headroom"
            .into(),
        boundary: Boundary {
            last_pass: Some(1_465),
            first_fail: Some(1_512),
            pass_runs: 3,
            fail_runs: 3,
            fail_failed: 2,
            reasons: vec!["p99(query.result.intended) < 2s: 2.08 measured, surely no more than 2.2".into()],
        },
        bottleneck: Bottleneck {
            resource: Some(Resource::ServerCpu),
            at_sessions: Some(1_465),
            text: "the server's CPU is used up first: 89 % at 1465 sessions".into(),
        },
        scalability: Some(Scalability {
            lambda: estimate(0.18),
            sigma: estimate(0.000_05),
            kappa: estimate(1e-8),
            residual: 0.012,
            knee: Some(estimate(1_380.0)),
            peak: None,
            levels: 8,
            largest_level: 1_600.0,
            remarks: vec!["the levels don't show that throughput falls anywhere, so there is no N*".into()],
            curve: curve.collect(),
        }),
        costs: UnitCosts {
            cpu_us_per_session_second: Some(1_111.0),
            cpu_us_per_query: Some(6_200.0),
            cpu_us_per_event: Some(690.0),
            kib_per_session: Some(estimate(18.0)),
            kib_per_query_per_s: Some(104.0),
        },
        servers: Some(ServerPlan {
            users: 100_000,
            headroom: 0.3,
            sessions_per_server: 1_025,
            servers: 98,
            documents_servers: (10, 20),
            documents_connections_per_server: (5_000, 10_000),
            documents_memory_mib: (953.7, 4_768.4),
            measured_memory_mib: Some(1_758.0),
            remarks: vec!["the documents' 10 to 20 servers would not hold 100,000 users of this kind".into()],
        }),
        surface: Some(surface()),
        runs,
        remarks: vec!["`sessions.peak >= 1000` was left out: it belongs to one size or length of load".into()],
    }
}

fn metric(name: &str, verdict: MetricVerdict, effect: f64) -> MetricChange {
    let before: Vec<f64> = (0..10_u32).map(|at| 400.0 + f64::from(at * 7 % 10)).collect();
    let after: Vec<f64> = before.iter().map(|value| value * (1.0 + effect)).collect();
    MetricChange {
        name: name.into(),
        unit: "ms".into(),
        better: Better::Lower,
        verdict,
        slope: None,
        before_median: Some(404.5),
        after_median: Some(404.5 * (1.0 + effect)),
        before,
        after,
        effect: Some(effect),
        effect_low: Some(effect - 0.02),
        effect_high: Some(effect + 0.02),
        p: Some(0.000_01),
        p_adjusted: Some(0.000_06),
        detectable: Some(0.06),
    }
}

/// Ten runs against ten; one figure is worse.
pub fn load_comparison() -> LoadComparison {
    let folders = |side: &str| (1..=10).map(|at| format!("runs/{side}-{at:02}")).collect();
    LoadComparison {
        scenario: "smoke".into(),
        before_runs: folders("A"),
        after_runs: folders("B"),
        interleaved: true,
        rule: ComparisonRule { level: 0.05, floor: 0.05, smallest_p: 0.000_010_8 },
        conclusive: true,
        power: "10 runs a side can't show less than 6 % in p50(query.result.intended)".into(),
        pace: None,
        metrics: vec![
            metric("p99(query.result.intended)", MetricVerdict::Worse, 0.12),
            metric("p50(query.result.intended)", MetricVerdict::Same, 0.01),
            metric("server.cpu_us_per_message", MetricVerdict::Better, -0.09),
        ],
        remarks: vec![],
    }
}
