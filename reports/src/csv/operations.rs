//! One row an operation: first what is judged, then warm-up, ramp and drain.

use super::field::Row;
use crate::model::{LoadReport, OperationReport, Quantiles};

const HEADER: &str = "operation,judged,count,errors,service_p50_us,service_p90_us,service_p95_us,service_p99_us,\
                      service_p999_us,service_max_us,service_mean_us,intended_p50_us,intended_p90_us,intended_p95_us,\
                      intended_p99_us,intended_p999_us,intended_max_us,intended_mean_us\r\n";

/// The operations of `load`.
pub fn operations(load: &LoadReport) -> String {
    let mut text = HEADER.to_owned();
    text.extend(load.operations.iter().map(|operation| row(operation, true)));
    text.extend(load.warm_up.iter().map(|operation| row(operation, false)));
    text
}

fn row(operation: &OperationReport, judged: bool) -> String {
    let start = Row::default()
        .text(&operation.name)
        .text(if judged { "yes" } else { "no" })
        .number(operation.count)
        .number(operation.errors.values().sum::<u64>());
    times(times(start, &operation.service_us), &operation.intended_us).end()
}

fn times(row: Row, times: &Quantiles) -> Row {
    let known = |us: u64| (times.count > 0).then_some(us);
    [times.p50, times.p90, times.p95, times.p99, times.p999, times.max]
        .into_iter()
        .fold(row, |row, us| row.known(known(us)))
        .known((times.count > 0).then(|| format!("{:.1}", times.mean)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

    #[test]
    fn what_is_not_judged_is_told_apart_and_what_is_unknown_is_empty() {
        let mut load = sample::gate_fail().load.unwrap();
        load.warm_up = vec![load.operations[0].clone()];
        load.warm_up[0].service_us = Quantiles::default();
        let text = operations(&load);
        let columns = text.lines().next().unwrap().split(',').count();
        assert!(text.lines().all(|line| line.split(',').count() == columns), "{text}");
        let last = text.lines().last().unwrap();
        assert!(last.starts_with("connect,no,2000,0,,,,,,,,1900,"), "{last}");
    }
}
