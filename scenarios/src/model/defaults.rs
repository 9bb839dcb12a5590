//! The defaults, beside each other.

use std::collections::BTreeMap;
use std::time::Duration;

use super::{
    Application, Arrivals, Beat, Database, GeneratorLimits, Load, Model, Pace, Patience, Questions,
    Reconnect, Scenario, Sessions, SlowReaders, Span, ThinkTime,
};

const fn secs(secs: u64) -> Duration {
    Duration::from_secs(secs)
}

const fn millis(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

impl Default for Scenario {
    fn default() -> Self {
        Self {
            name: "unnamed".to_owned(),
            description: String::new(),
            extends: None,
            parameters: toml::Table::new(),
            application: Application::default(),
            thresholds: Vec::new(),
            sessions: Sessions::default(),
            load: Load::default(),
            heartbeat: Beat::default(),
            questions: Questions::default(),
            reconnect: Reconnect::default(),
            slow_readers: SlowReaders::default(),
            patience: Patience::default(),
            generator: GeneratorLimits::default(),
            database: Database::default(),
            actions: Vec::new(),
            connections: BTreeMap::new(),
            data: BTreeMap::new(),
            pace: Pace::default(),
            begin: Vec::new(),
            steps: Vec::new(),
            end: Vec::new(),
            server: toml::Table::new(),
        }
    }
}

impl Default for Sessions {
    fn default() -> Self {
        Self {
            count: 100,
            ramp: secs(2),
            settle: secs(1),
            duration: secs(10),
            drain: secs(2),
            cohort: 10,
            rest: true,
            watchers: 1,
            subscribe: Vec::new(),
        }
    }
}

impl Default for Load {
    fn default() -> Self {
        Self {
            model: Model::Closed,
            arrivals: Arrivals::Constant,
            rate: 10.0,
            to: 100.0,
            steps: Vec::new(),
            trace: None,
        }
    }
}

impl Default for Beat {
    fn default() -> Self {
        Self { enabled: true, bytes: 0, interval: secs(10), timeout: secs(10) }
    }
}

impl Default for Questions {
    fn default() -> Self {
        Self {
            enabled: true,
            chat: false,
            file: None,
            select: Vec::new(),
            weights: BTreeMap::new(),
            answer_budget: millis(3_500),
            think: ThinkTime::Uniform(Span { min: secs(1), max: secs(3) }),
            timeout: secs(30),
            stream_share: 0.25,
            verify: true,
        }
    }
}

impl Default for Reconnect {
    fn default() -> Self {
        Self { share: 0.05, outage: Span { min: millis(50), max: millis(300) } }
    }
}

impl Default for Patience {
    fn default() -> Self {
        Self { connect: secs(10), request: secs(10), close: secs(3), target_gone: secs(3) }
    }
}

impl Default for GeneratorLimits {
    fn default() -> Self {
        Self {
            send_lag_p99: millis(50),
            little_residual: 0.05,
            cpu_share: 0.9,
            pause_p999: millis(250),
            files_share: 0.95,
        }
    }
}
