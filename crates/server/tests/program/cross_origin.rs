//! Which web pages may send requests (contract.md, "Conventions": CORS).

use std::collections::BTreeSet;

use crate::support::raw_connection::exchange;
use crate::support::websocket_frame::handshake;
use crate::support::world::World;

const SHOP: &str = "https://shop.example";
const EVIL: &str = "https://evil.example";

/// A preflight: what a browser sends before it lets a page send a token.
fn preflight(origin: &str) -> [(&str, &str); 3] {
    [
        ("origin", origin),
        ("access-control-request-method", "PATCH"),
        ("access-control-request-headers", "authorization,content-type"),
    ]
}

fn listing() -> World {
    World::with(|launch| {
        launch.setting("CORS_ORIGINS", "https://shop.example,http://localhost:5173")
    })
}

/// The status of a handshake from a page of this origin, for every way to open a connection. The
/// stream's route does not exist, and only an allowed origin gets that answer.
fn handshakes(world: &World, origin: Option<&str>) -> Vec<u16> {
    let header = origin.map(|origin| format!("Origin: {origin}\r\n")).unwrap_or_default();
    let headers: Vec<_> = origin.iter().map(|origin| ("origin", *origin)).collect();
    let polling = world.nobody.send("GET", "/socket.io/?EIO=4&transport=polling", &headers, None);
    let events = "/routes/0199c0de-0000-7000-8000-000000000001/events";
    let stream = world.nobody.send("GET", events, &headers, None);
    let mut statuses = vec![polling.status, stream.status];
    for path in ["/socket.io/?EIO=4&transport=websocket", "/seats"] {
        let mut connection = crate::support::raw_connection::RawConnection::open(world.server.port);
        connection.send(handshake(path, &header));
        let head = connection.head();
        statuses.push(head["HTTP/1.1 ".len()..][..3].parse().unwrap());
    }
    statuses
}

#[test]
fn development_mirrors_every_origin() {
    let world = World::new();
    for origin in [SHOP, EVIL, "null"] {
        let answer = world.nobody.send("GET", "/stations", &[("origin", origin)], None);
        assert_eq!(answer.header("access-control-allow-origin"), Some(origin));
        assert_eq!(answer.header("access-control-allow-credentials"), Some("true"));
        let exposed = answer.header("access-control-expose-headers").unwrap();
        assert!(exposed.contains("x-total-count"), "{exposed}");
        assert!(answer.header("vary").unwrap().contains("origin"));
        let answer = world.nobody.send("OPTIONS", "/tickets/x", &preflight(origin), None);
        assert_eq!(answer.status, 200);
        assert_eq!(answer.header("access-control-allow-origin"), Some(origin));
        assert!(answer.header("access-control-allow-methods").unwrap().contains("PATCH"));
        let headers = answer.header("access-control-allow-headers").unwrap();
        assert_eq!(headers, "authorization,content-type");
        assert_eq!(handshakes(&world, Some(origin)), [200, 404, 101, 101]);
    }
}

/// contract.md, "Conventions": without it, a browser hides the header from the page.
#[test]
fn a_page_may_read_every_header_that_answers_are_understood_by() {
    const PROMISED: [&str; 9] = [
        "X-Total-Count",
        "X-Total-Count-Limited",
        "Link",
        "ETag",
        "Retry-After",
        "Idempotent-Replayed",
        "RateLimit",
        "RateLimit-Policy",
        "X-Request-Id",
    ];
    let promised: BTreeSet<_> = PROMISED.map(str::to_lowercase).into();
    for world in [World::new(), listing()] {
        // An answer, a problem, and the beginning of polling.
        for path in ["/stations", "/auth/me", "/socket.io/?EIO=4&transport=polling"] {
            let answer = world.nobody.send("GET", path, &[("origin", SHOP)], None);
            let exposed = answer.header("access-control-expose-headers");
            let exposed = exposed.unwrap_or_else(|| panic!("{path}: none"));
            let exposed: BTreeSet<_> =
                exposed.split(',').map(|name| name.trim().to_lowercase()).collect();
            assert_eq!(exposed, promised, "{path}");
        }
    }
}

#[test]
fn a_list_allows_those_on_it_and_no_other() {
    let world = listing();
    for (origin, allowed) in [
        (SHOP, true),
        ("http://localhost:5173", true),
        (EVIL, false),
        ("http://shop.example", false),
        ("https://shop.example:8443", false),
        ("https://shop.example.evil.example", false),
        ("https://evil.example/https://shop.example", false),
        ("null", false),
    ] {
        let expected = allowed.then_some(origin);
        for (method, path, headers) in [
            ("GET", "/stations", vec![("origin", origin)]),
            // An allowed page can read problems, too.
            ("GET", "/auth/me", vec![("origin", origin)]),
            ("GET", "/nowhere", vec![("origin", origin)]),
            ("OPTIONS", "/tickets", preflight(origin).to_vec()),
        ] {
            let answer = world.nobody.send(method, path, &headers, None);
            let told = answer.header("access-control-allow-origin");
            assert_eq!(told, expected, "{method} {path} from {origin}");
        }
        let expected = if allowed { [200, 404, 101, 101] } else { [403; 4] };
        assert_eq!(handshakes(&world, Some(origin)), expected, "{origin}");
    }
}

#[test]
fn the_own_host_and_no_origin_at_all_always_pass() {
    for world in [listing(), World::with(|launch| launch.setting("CORS_ORIGINS", ""))] {
        let own = world.server.url();
        assert_eq!(handshakes(&world, None), [200, 404, 101, 101]);
        let polling = "/socket.io/?EIO=4&transport=polling";
        let answer = world.nobody.send("GET", polling, &[("origin", &own)], None);
        assert_eq!(answer.status, 200);
        // The server's own origin, spelled as in `Host`: a raw handshake sends `localhost`.
        assert_eq!(handshakes(&world, Some("http://localhost"))[2..], [101, 101]);
        assert_eq!(world.nobody.send("GET", "/stations", &[("origin", &own)], None).status, 200);
    }
}

#[test]
fn a_refused_handshake_says_so_in_the_words_of_its_protocol() {
    let world = listing();
    let headers = [("origin", EVIL)];
    let polling = world.nobody.send("GET", "/socket.io/?EIO=4&transport=polling", &headers, None);
    assert_eq!(polling.text(), r#"{"code":4,"message":"Forbidden"}"#);
    let origin = format!("Origin: {EVIL}\r\nConnection: close\r\n");
    let answer = exchange(world.server.port, &handshake("/seats", &origin));
    assert!(answer.contains("application/problem+json"), "{answer}");
    assert!(answer.contains(r#""code":"origin_not_allowed""#), "{answer}");
}

#[test]
fn an_origin_that_is_not_allowed_is_told_in_the_log_once_a_minute() {
    const TOLD: &str = "a web page of an origin that is not allowed has asked";
    // A log is complete when its server has ended.
    let log = |asked: &dyn Fn(&World)| {
        let world = listing();
        asked(&world);
        world.server.terminate().stderr
    };
    let allowed = log(&|world| {
        handshakes(world, Some(SHOP));
        world.nobody.send("GET", "/stations", &[("origin", SHOP)], None).ok(200);
    });
    assert_eq!(allowed.matches(TOLD).count(), 0, "{allowed}");
    let refused = log(&|world| assert_eq!(handshakes(world, Some(EVIL)), [403; 4]));
    assert_eq!(refused.matches(TOLD).count(), 1, "however often it asks: {refused}");
    assert!(refused.contains(EVIL));
    // What a browser guards itself is logged too, and answered all the same.
    let long = format!("https://{}.example", "a".repeat(2_000));
    for (method, asked) in [("OPTIONS", &preflight(EVIL)[..]), ("GET", &[("origin", &long)])] {
        let guarded = log(&|world| {
            let answer = world.nobody.send(method, "/stations", asked, None);
            assert_eq!(answer.status, 200, "{method}");
        });
        assert_eq!(guarded.matches(TOLD).count(), 1, "{method}: {guarded}");
        assert!(!guarded.contains(&long), "cut");
    }
}
