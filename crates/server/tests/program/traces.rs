//! Requests as parts of traces: `traceparent` in and out, in problems and in the log, and spans at
//! a collector, which here is a listener that reads OTLP.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::trace::v1::Span;
use opentelemetry_proto::tonic::trace::v1::span::SpanKind;
use prost::Message as _;
use serde_json::json;

use crate::provider_tokens::{Key, KeyServer, claims, with_provider};
use crate::support::api::{Answer, Api};
use crate::support::postgres::Database;
use crate::support::two_servers::on;
use crate::support::waiting::wait_for;
use crate::support::world::{World, booking};

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const CALLER: &str = "00f067aa0ba902b7";

fn traceparent(flags: &str) -> String {
    format!("00-{TRACE}-{CALLER}-{flags}")
}

/// Receives what is sent to `/v1/traces`.
struct Collector {
    url: String,
    spans: Arc<Mutex<Vec<Span>>>,
}

impl Collector {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let spans = Arc::new(Mutex::new(Vec::new()));
        let taken = Arc::clone(&spans);
        // Ends with the process of the test.
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let mut reader = BufReader::new(stream.try_clone().expect("a stream"));
                let mut head = Vec::new();
                loop {
                    let mut line = String::new();
                    if reader.read_line(&mut line).expect("a line") <= 2 {
                        break;
                    }
                    head.push(line.trim_end().to_lowercase());
                }
                assert_eq!(head[0], "post /v1/traces http/1.1");
                assert!(
                    head.contains(&"content-type: application/x-protobuf".to_owned()),
                    "{head:?}"
                );
                let length = head.iter().find_map(|line| line.strip_prefix("content-length: "));
                let mut body = vec![0; length.expect("a length").parse().expect("a number")];
                reader.read_exact(&mut body).expect("a body");
                let sent = ExportTraceServiceRequest::decode(body.as_slice()).expect("protobuf");
                let of_resources = sent.resource_spans.into_iter();
                let scopes = of_resources.flat_map(|resource| resource.scope_spans);
                taken.lock().expect("whole").extend(scopes.flat_map(|scope| scope.spans));
                let mut stream = stream;
                drop(stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"));
            }
        });
        Self { url, spans }
    }

    /// The spans of a trace by their names.
    fn of_trace(&self, trace: &str) -> BTreeMap<String, Span> {
        let spans = self.spans.lock().expect("whole");
        let of_trace = spans.iter().filter(|span| hex(&span.trace_id) == trace);
        of_trace.map(|span| (span.name.clone(), span.clone())).collect()
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn attribute(span: &Span, key: &str) -> Option<String> {
    let found = span.attributes.iter().find(|attribute| attribute.key == key)?;
    found.value.as_ref().map(|value| format!("{:?}", value.value))
}

fn book(by: &Api, route: &serde_json::Value, seat: u16, traceparent: &str) -> Answer {
    let body = booking(route, seat).to_string();
    by.send("POST", "/tickets", &[("traceparent", traceparent)], Some(body.as_bytes()))
}

fn a_booking_is_sent(world: &World, collector: &Collector, database: &str) {
    let route = world.some_route();
    let answer = book(&world.owner, &route, 1, &traceparent("01"));
    answer.ok(201);
    let told = answer.header("traceparent").expect("its place in the trace").to_owned();
    let [_, trace, span, "01"] = told.split('-').collect::<Vec<_>>()[..] else { panic!("{told}") };
    assert_eq!(trace, TRACE);
    let names = ["POST /tickets", "store.decide", "store.write"];
    wait_for("the spans of the booking", || collector.of_trace(TRACE).keys().eq(names));
    let spans = collector.of_trace(TRACE);
    let [request, decide, write] = names.map(|name| &spans[name]);
    assert_eq!(
        (hex(&request.span_id).as_str(), hex(&request.parent_span_id).as_str()),
        (span, CALLER)
    );
    assert_eq!(request.kind, SpanKind::Server as i32);
    assert_eq!(attribute(request, "http.route").unwrap(), r#"Some(StringValue("/tickets"))"#);
    assert_eq!(attribute(request, "http.response.status_code").unwrap(), "Some(IntValue(201))");
    assert_eq!(write.parent_span_id, request.span_id);
    assert!(attribute(write, "db.system.name").unwrap().contains(database));
    // The writer's work, below the request that waited for its commit, and within that time.
    assert_eq!(decide.parent_span_id, write.span_id);
    assert!(write.start_time_unix_nano <= decide.start_time_unix_nano);
    assert!(decide.end_time_unix_nano <= write.end_time_unix_nano);
    assert!(write.end_time_unix_nano <= request.end_time_unix_nano);
    let text = format!("{spans:?}");
    for secret in ["5321234567", "Ayşe", "owner@", "10000000146"] {
        assert!(!text.contains(secret), "{secret} in {text}");
    }
}

#[test]
fn a_booking_is_sent_below_its_caller_with_what_the_writer_did() {
    let collector = Collector::start();
    let world = World::with(|launch| launch.setting("OTLP_ENDPOINT", &collector.url));
    a_booking_is_sent(&world, &collector, "sqlite");

    // A trace that its caller does not record is not sent; a trace without a caller has the
    // request's id.
    let unrecorded = "00-11112222333344445555666677778888-00f067aa0ba902b7-00";
    let answer = world.owner.send("GET", "/stations", &[("traceparent", unrecorded)], None);
    assert!(answer.header("traceparent").unwrap().ends_with("-00"));
    let answer = world.owner.get("/stations");
    let id = answer.header("x-request-id").unwrap();
    assert!(answer.header("traceparent").unwrap().starts_with(&format!("00-{id}-")));
    assert!(answer.header("traceparent").unwrap().ends_with("-01"));
    wait_for("the span without a caller", || collector.of_trace(id).contains_key("GET /stations"));
    assert!(collector.of_trace(id)["GET /stations"].parent_span_id.is_empty());
    assert_eq!(collector.of_trace("11112222333344445555666677778888").len(), 0);

    // What is left is sent when the server stops, too.
    let answer = world.owner.get("/stations");
    let id = answer.header("x-request-id").unwrap().to_owned();
    assert_eq!(world.server.terminate().exit_code, Some(0));
    assert_eq!(collector.of_trace(&id).len(), 1);
}

#[test]
fn a_booking_on_postgres_is_sent_alike() {
    let collector = Collector::start();
    let database = Database::new();
    let world =
        World::with(|launch| on(&database.url)(launch).setting("OTLP_ENDPOINT", &collector.url));
    a_booking_is_sent(&world, &collector, "postgresql");
}

#[test]
fn a_collector_that_is_away_or_does_not_answer_holds_up_nobody() {
    let away = {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        format!("http://{}", listener.local_addr().unwrap())
    };
    // Accepts connections and sends nothing.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let silent_url = format!("http://{}", silent.local_addr().unwrap());
    for url in [&away, &silent_url] {
        let world = World::with(|launch| launch.setting("OTLP_ENDPOINT", url));
        let route = world.some_route();
        for seat in 1..=8 {
            world.booked(&world.owner, &route, seat);
        }
        wait_for("it is counted", || {
            let metrics = world.admin.get("/metrics");
            let failed = metrics.text().lines().find_map(|line| {
                line.strip_prefix(r#"seatwire_trace_spans_total{outcome="failed"} "#)
            });
            failed.is_some_and(|count| count.parse::<f64>().unwrap() > 0.0)
        });
        world.booked(&world.owner, &route, 9);
        let ended = world.server.terminate();
        assert_eq!(ended.exit_code, Some(0));
        let told = ended.stderr.matches("the collector does not take traces").count();
        assert_eq!(told, 1, "once a minute: {}", ended.stderr);
    }
}

#[test]
fn without_a_collector_a_trace_is_named_in_answers_problems_and_the_log() {
    let world = World::with(|launch| launch.setting("LOG", "debug"));
    let route = world.some_route();
    book(&world.owner, &route, 1, &traceparent("01")).ok(201);
    let refused = book(&world.stranger, &route, 1, &traceparent("01"));
    let problem = refused.problem(409, "seat_taken");
    assert_eq!(problem["traceId"], TRACE);
    assert!(refused.header("traceparent").unwrap().starts_with(&format!("00-{TRACE}-")));
    let id = problem["requestId"].as_str().unwrap().to_owned();

    for bad in ["00-xyz-00f067aa0ba902b7-01", "", &"a".repeat(4_000)] {
        let refused = book(&world.stranger, &route, 1, bad);
        assert!(refused.problem(409, "seat_taken").get("traceId").is_none(), "{bad}");
        let id = refused.header("x-request-id").unwrap();
        assert!(refused.header("traceparent").unwrap().starts_with(&format!("00-{id}-")));
    }
    // Its log is complete when it has ended.
    let log = world.server.terminate().stderr;
    assert!(log.lines().any(|line| line.contains(&id) && line.contains(TRACE)), "{log}");
}

#[test]
fn the_identity_provider_is_asked_in_the_name_of_the_request() {
    let key = Key::new("one");
    let server = KeyServer::start(json!([]));
    let world = World::with(with_provider(&server));
    wait_for("its keys were read at the start", || !server.heads().is_empty());
    // It belongs to no request: a trace of its own.
    assert!(server.heads()[0].contains("\ntraceparent: 00-"), "{:?}", server.heads());
    server.show(Some(json!([key.public()])));
    let by = world.nobody.with_token(key.token(&claims("elif", &["desk"])));
    by.send("GET", "/auth/me", &[("traceparent", &traceparent("01"))], None).ok(200);
    let heads = server.heads();
    let asked = heads.last().unwrap();
    assert!(asked.contains(&format!("\ntraceparent: 00-{TRACE}-")), "{asked}");
}
