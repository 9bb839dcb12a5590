//! One row a second.

use super::field::Row;
use crate::model::{LoadReport, TimelineRow};

const HEADER: &str = "t,phase,sessions,sent,received,errors,queries,in_flight,arrivals_offered,arrivals_dropped,p50_us,\
                      p99_us,send_lag_p99_us,server_rss_kib,server_cpu,server_sockets,generator_rss_kib,generator_cpu,\
                      generator_sockets,database_connections,database_running,database_statements,database_mean_us,\
                      database_rss_kib,database_cpu\r\n";

/// The seconds of `load`.
pub fn timeline(load: &LoadReport) -> String {
    let mut text = HEADER.to_owned();
    text.extend(load.timeline.iter().map(row));
    text
}

/// Processors to a thousandth.
fn cores(cores: Option<f64>) -> Option<String> {
    cores.map(|cores| format!("{cores:.3}"))
}

fn row(row: &TimelineRow) -> String {
    let database = row.database.unwrap_or_default();
    Row::default()
        .number(format!("{:.3}", row.t))
        .text(&row.phase)
        .number(row.sessions)
        .number(row.sent)
        .number(row.received)
        .number(row.errors)
        .number(row.queries)
        .number(row.in_flight)
        .known(row.arrivals_offered)
        .known(row.arrivals_dropped)
        .known(row.p50_us)
        .known(row.p99_us)
        .known(row.send_lag_p99_us)
        .known(row.server_rss_kib)
        .known(cores(row.server_cpu))
        .known(row.server_sockets)
        .known(row.generator_rss_kib)
        .known(cores(row.generator_cpu))
        .known(row.generator_sockets)
        .known(database.connections)
        .known(database.running)
        .known(database.statements)
        .known(database.mean_us)
        .known(database.rss_kib)
        .known(cores(database.cpu))
        .end()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

    #[test]
    fn every_row_has_a_field_for_every_column() {
        let load = sample::gate_fail().load.unwrap();
        let text = timeline(&load);
        assert_eq!(text.lines().count(), 1 + load.timeline.len());
        let columns = text.lines().next().unwrap().split(',').count();
        assert!(text.lines().all(|line| line.split(',').count() == columns));
        assert!(
            text.lines().nth(1).unwrap().starts_with("0.000,ramp,100,"),
            "{}",
            text.lines().nth(1).unwrap()
        );
    }
}
