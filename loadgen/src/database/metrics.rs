//! The page of metrics of a TiDB, in the text format of Prometheus.

/// Sums of interest.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Metrics {
    /// SELECT statements finished since its start.
    pub(super) statements: Option<f64>,
    /// Seconds they took.
    pub(super) seconds: Option<f64>,
    /// Resident memory, bytes.
    pub(super) rss: Option<f64>,
    /// Processor time, seconds.
    pub(super) cpu: Option<f64>,
}

impl Metrics {
    /// Reads a page; what is not on it is `None`.
    pub(super) fn read(page: &str) -> Self {
        let mut metrics = Self::default();
        for line in page.lines().filter(|line| !line.starts_with('#')) {
            let Some((series, value)) = line.rsplit_once(' ') else { continue };
            let (name, labels) = series.split_once('{').unwrap_or((series, ""));
            let field = match name {
                "tidb_server_handle_query_duration_seconds_count" if is_select(labels) => {
                    &mut metrics.statements
                }
                "tidb_server_handle_query_duration_seconds_sum" if is_select(labels) => &mut metrics.seconds,
                "process_resident_memory_bytes" => &mut metrics.rss,
                "process_cpu_seconds_total" => &mut metrics.cpu,
                _ => continue,
            };
            if let Ok(value) = value.parse::<f64>()
                && value.is_finite()
            {
                *field = Some(field.unwrap_or_default() + value);
            }
        }
        metrics
    }
}

fn is_select(labels: &str) -> bool {
    labels.contains("sql_type=\"Select\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn series_of_one_name_are_added_up() {
        let page = "# HELP x y\n\
            tidb_server_handle_query_duration_seconds_count{db=\"\",resource_group=\"default\",sql_type=\"Select\"} 7\n\
            tidb_server_handle_query_duration_seconds_count{db=\"a\",resource_group=\"default\",sql_type=\"Select\"} 5\n\
            tidb_server_handle_query_duration_seconds_count{db=\"a\",sql_type=\"Insert\"} 100\n\
            tidb_server_handle_query_duration_seconds_sum{sql_type=\"Select\"} 0.25\n\
            process_resident_memory_bytes 2.097152e+06\n\
            process_cpu_seconds_total NaN\n";
        let expected =
            Metrics { statements: Some(12.0), seconds: Some(0.25), rss: Some(2_097_152.0), cpu: None };
        assert_eq!(Metrics::read(page), expected);
    }

    proptest::proptest! {
        #[test]
        fn random_pages_never_panic(page in "(process_cpu_seconds_total|[a-z{}\" ]{0,20}|\\PC{0,20}|\n){0,20}") {
            let _ = Metrics::read(&page);
        }
    }
}
