//! `system_metrics` for those who subscribed, and the broadcast `system_status` whenever the server's state changes.

use tokio::time::{Instant, MissedTickBehavior, interval_at};

use crate::backend::Backend;
use crate::wire::events::EventName;
use crate::wire::notices::SystemStatus;

/// Tells figures as long as it is polled.
pub(super) async fn metrics(backend: &Backend) {
    let every = backend.config.timers.system_metrics_interval;
    loop {
        backend.bulletin.wanted(EventName::SystemMetrics).await;
        let mut ticks = interval_at(Instant::now() + every, every);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        while backend.bulletin.is_wanted(EventName::SystemMetrics) {
            ticks.tick().await;
            backend.bulletin.publish(EventName::SystemMetrics, &backend.system_metrics());
        }
    }
}

/// Tells changes of state as long as it is polled. That it drains, the server tells itself.
pub(super) async fn status(backend: &Backend) {
    let mut changes = backend.workflow.agents().changes();
    let mut told = backend.status();
    while changes.changed().await.is_ok() {
        let status = backend.status();
        if status != told && !backend.is_draining() {
            backend.broadcast(&SystemStatus { status });
        }
        told = status;
    }
}
