use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{self, Receiver, Sender};

use hdrhistogram::Histogram as Hdr;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::metrics::v1::{Metric, metric::Data, number_data_point::Value as Number};
use prost::Message as _;

use super::super::OperationTimes;
use super::*;
use crate::made;

/// A collector on a free port: what it was sent, as it came.
fn collector(status: &'static str) -> (String, Receiver<(String, Vec<u8>)>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            take(stream, status, &sender);
        }
    });
    (address, receiver)
}

/// Takes one request, hands it on, answers it and closes.
fn take(mut stream: TcpStream, status: &str, sender: &Sender<(String, Vec<u8>)>) -> Option<()> {
    let mut bytes = Vec::new();
    let mut buffer = [0; 16 * 1_024];
    loop {
        let count = stream.read(&mut buffer).ok().filter(|count| *count > 0)?;
        bytes.extend_from_slice(&buffer[..count]);
        let Some(head) = bytes.windows(4).position(|four| four == b"\r\n\r\n") else { continue };
        let text = String::from_utf8_lossy(&bytes[..head]).to_ascii_lowercase();
        let length = text.lines().find_map(|line| line.strip_prefix("content-length:")?.trim().parse().ok());
        let body = &bytes[head + 4..];
        if body.len() >= length.unwrap_or(0_usize) {
            sender.send((text, body.to_vec())).ok()?;
            let answer = format!("HTTP/1.1 {status}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n");
            return stream.write_all(answer.as_bytes()).ok();
        }
    }
}

/// A second in which `values` microseconds were measured in all.
fn snapshot(values: &[u64]) -> Snapshot {
    let mut histogram = Hdr::new(3).unwrap();
    for value in values {
        histogram.record(*value).unwrap();
    }
    let buckets = Buckets::of(&histogram);
    let mut detail = made::detail(&made::sound());
    detail.times = vec![
        OperationTimes { name: "query.result".into(), service: buckets, intended: buckets },
        OperationTimes { name: "send.lag".into(), service: buckets, intended: Buckets::default() },
    ];
    Snapshot {
        phase: "steady",
        sessions: 7,
        detail: Some(std::sync::Arc::new(detail)),
        ..Snapshot::default()
    }
}

fn metrics(body: &[u8]) -> Vec<Metric> {
    let request = ExportMetricsServiceRequest::decode(body).unwrap();
    let resource = request.resource_metrics.into_iter().next().unwrap();
    let attributes = resource.resource.unwrap().attributes;
    assert!(attributes.iter().any(|attribute| attribute.key == "service.name"), "{attributes:?}");
    resource.scope_metrics.into_iter().flat_map(|scope| scope.metrics).collect()
}

fn named<'m>(metrics: &'m [Metric], name: &str) -> &'m Data {
    let found = metrics.iter().find(|metric| metric.name == name);
    found.unwrap_or_else(|| panic!("no {name}")).data.as_ref().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_collector_gets_the_last_figures() {
    let (address, requests) = collector("200 OK");
    let export = Export::start(Some(&address)).unwrap().unwrap();
    export.second(&snapshot(&[800, 70_000]));
    export.second(&snapshot(&[800, 70_000, 900, 2_000_000]));
    export.end().await;
    let (head, body) = requests.try_iter().last().unwrap();
    assert!(head.starts_with("post /v1/metrics ") && head.contains("application/x-protobuf"), "{head}");
    let metrics = metrics(&body);
    let Data::Sum(messages) = named(&metrics, "tidegate.load.messages") else { panic!("no sum") };
    assert!(messages.is_monotonic);
    let values: Vec<_> = messages.data_points.iter().map(|point| point.value.unwrap()).collect();
    assert!(values.contains(&Number::AsInt(10)) && values.contains(&Number::AsInt(90)), "{values:?}");
    let Data::Gauge(sessions) = named(&metrics, "tidegate.load.sessions") else { panic!("no gauge") };
    assert_eq!(sessions.data_points[0].value, Some(Number::AsDouble(7.0)));
    let Data::Histogram(times) = named(&metrics, "tidegate.load.operation.duration") else { panic!("none") };
    assert_eq!(times.data_points.len(), 2, "both clocks");
    for point in &times.data_points {
        assert_eq!(point.count, 4);
        assert!((point.sum.unwrap() - 2.071_7).abs() < 0.003, "{:?}", point.sum);
        let below = |bound: f64| {
            let upto = point.explicit_bounds.iter().take_while(|known| **known <= bound).count();
            point.bucket_counts[..upto].iter().sum::<u64>()
        };
        assert_eq!((below(0.001), below(0.1), below(2.5)), (2, 3, 4));
    }
    let Data::Histogram(lag) = named(&metrics, "tidegate.load.send_lag") else { panic!("none") };
    assert_eq!(lag.data_points[0].count, 4);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_collector_that_refuses_or_is_away_disturbs_nothing() {
    let (refusing, requests) = collector("503 Service Unavailable");
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    for endpoint in [refusing, format!("http://{free}")] {
        let export = Export::start(Some(&endpoint)).unwrap().unwrap();
        export.second(&snapshot(&[1]));
        export.end().await;
    }
    assert!(requests.try_recv().is_ok(), "it was tried");
}

#[test]
fn an_endpoint_that_is_none_is_an_error_and_without_one_nothing_is_sent() {
    let error = Export::start(Some("http://[nonsense")).unwrap_err();
    assert!(error.to_string().contains("nonsense"), "{error}");
    if ENDPOINTS.iter().all(|name| variable(name).is_none()) {
        assert!(Export::start(None).unwrap().is_none());
    }
}

#[test]
fn passwords_are_not_told() {
    for (url, shown) in [
        ("http://user:pass@host:4318/x", "http://host:4318/x"),
        ("http://host/a@b", "http://host/a@b"),
        ("nonsense", "nonsense"),
    ] {
        assert_eq!(without_secrets(url), shown);
    }
}
