//! One trace from the client's message to the SQL statement: spans are exported over OTLP/HTTP, and their place
//! in the trace (W3C `traceparent`) goes along on every hop, in headers and in messages.
//!
//! Without an endpoint nothing is recorded; the spans that carry ids into the log stay.

use std::collections::HashMap;

use opentelemetry::propagation::TextMapPropagator as _;
use opentelemetry::trace::{TraceContextExt as _, TracerProvider as _};
use opentelemetry::{Context, KeyValue};
use opentelemetry_otlp::{Protocol, SpanExporter, WithExportConfig as _};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::{Sampler, SdkTracerProvider};
use tracing::{Level, Span, Subscriber};
use tracing_opentelemetry::OpenTelemetrySpanExt as _;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::{Layer, Registry};

use crate::config::Telemetry;

/// Name of the header, and of the field in messages.
pub const TRACEPARENT: &str = "traceparent";

/// Traces can't be exported.
#[derive(Debug, thiserror::Error)]
#[error("can't export traces to {endpoint}: {message}")]
pub struct TracesError {
    endpoint: String,
    message: String,
}

/// The export of traces, running in the background.
pub struct Traces {
    provider: SdkTracerProvider,
}

impl Traces {
    /// Starts the export, where an endpoint is configured.
    ///
    /// # Errors
    /// An endpoint that is no URL.
    pub fn start(config: &Telemetry, tier: &str) -> Result<Option<Self>, TracesError> {
        let Some(endpoint) = &config.otlp_endpoint else { return Ok(None) };
        let exporter = SpanExporter::builder()
            .with_http()
            .with_protocol(Protocol::HttpBinary)
            .with_endpoint(format!("{}/v1/traces", endpoint.trim_end_matches('/')))
            .build()
            .map_err(|error| TracesError { endpoint: endpoint.clone(), message: error.to_string() })?;
        let service = match tier {
            "all" => config.service_name.clone(),
            tier => format!("{}-{tier}", config.service_name),
        };
        let sampler = Sampler::ParentBased(Box::new(Sampler::TraceIdRatioBased(config.sample_ratio)));
        let version = KeyValue::new("service.version", env!("CARGO_PKG_VERSION"));
        let resource = Resource::builder().with_service_name(service).with_attribute(version).build();
        let provider = SdkTracerProvider::builder()
            .with_batch_exporter(exporter)
            .with_sampler(sampler)
            .with_resource(resource)
            .build();
        Ok(Some(Self { provider }))
    }

    /// What makes a subscriber export the server's own spans.
    pub fn layer<S>(&self) -> impl Layer<S> + Send + Sync + use<S>
    where
        S: Subscriber + for<'span> LookupSpan<'span> + Send + Sync,
    {
        let own = Targets::new().with_target("reference_server", Level::INFO);
        tracing_opentelemetry::layer().with_tracer(self.provider.tracer("tidegate")).with_filter(own)
    }

    /// Exports what is still held and ends.
    pub fn end(self) {
        if let Err(error) = self.provider.shutdown() {
            tracing::warn!(%error, "the last traces may be lost");
        }
    }
}

/// A subscriber to add layers to.
#[must_use]
pub fn registry() -> Registry {
    Registry::default()
}

/// The place of `span` in its trace, to be sent along; `None` where nothing is traced.
#[must_use]
pub fn carried(span: &Span) -> Option<String> {
    let context = span.context();
    if !context.span().span_context().is_valid() {
        return None;
    }
    let mut carrier = HashMap::with_capacity(2);
    TraceContextPropagator::new().inject_context(&context, &mut carrier);
    carrier.remove(TRACEPARENT)
}

/// Makes `span` a part of the trace that `traceparent` names. One that can't be read begins a trace of its own.
pub fn adopt(span: &Span, traceparent: Option<&str>) {
    let Some(traceparent) = traceparent else { return };
    let carrier = HashMap::from([(TRACEPARENT.to_owned(), traceparent.to_owned())]);
    let parent = TraceContextPropagator::new().extract_with_context(&Context::new(), &carrier);
    if parent.span().span_context().is_valid() {
        // Refused only where nothing is traced.
        let _ = span.set_parent(parent);
    }
}

#[cfg(test)]
mod tests {
    use opentelemetry_sdk::trace::InMemorySpanExporter;
    use tracing_subscriber::layer::SubscriberExt as _;

    use super::*;

    const PARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    #[test]
    fn a_span_adopts_the_trace_it_is_given_and_carries_it_on() {
        let exporter = InMemorySpanExporter::default();
        let provider = SdkTracerProvider::builder().with_simple_exporter(exporter.clone()).build();
        let traces = Traces { provider };
        let subscriber = registry().with(traces.layer());
        tracing::subscriber::with_default(subscriber, || {
            let span = tracing::error_span!(target: "reference_server", "query");
            adopt(&span, Some(PARENT));
            let carried = carried(&span).unwrap();
            assert!(carried.starts_with("00-4bf92f3577b34da6a3ce929d0e0e4736-"), "{carried}");
            assert_ne!(carried, PARENT);
        });
        let spans = exporter.get_finished_spans().unwrap();
        assert_eq!(spans.len(), 1);
        assert_eq!(spans[0].span_context.trace_id().to_string(), "4bf92f3577b34da6a3ce929d0e0e4736");
        assert_eq!(spans[0].parent_span_id.to_string(), "00f067aa0ba902b7");
    }

    #[test]
    fn without_a_collector_nothing_is_carried() {
        let span = tracing::error_span!("query");
        adopt(&span, Some(PARENT));
        assert_eq!(carried(&span), None);
    }

    proptest::proptest! {
        #[test]
        fn random_parents_never_panic(text in "\\PC{0,80}") {
            adopt(&Span::none(), Some(&text));
        }
    }
}
