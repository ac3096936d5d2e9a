//! Connections as administrators list them, end them, and send them messages: of every kind, by
//! account and by route.

use serde_json::{Value, json};

use crate::audit::{rows, told};
use crate::bad_values::NOWHERE;
use crate::permissions::everybody;
use crate::privileges_end::{plain, socket_io};
use crate::support::api::Api;
use crate::support::event_reader::watch;
use crate::support::socket_io::SocketIo;
use crate::support::waiting::wait_for;
use crate::support::websocket_frame::{goodbye, next_text};
use crate::support::world::{World, booking, id};

fn token(of: &Api) -> &str {
    of.token.as_deref().unwrap()
}

fn account(of: &Api) -> Value {
    of.get("/auth/me").ok(200)["id"].clone()
}

/// The list, without the node, ordered by transport.
#[track_caller]
fn listed(world: &World, query: &str) -> Vec<(String, Value, usize)> {
    let list = world.admin.get(&format!("/sockets?{query}")).ok(200);
    let mut sockets: Vec<_> = list
        .as_array()
        .unwrap()
        .iter()
        .map(|socket| {
            let routes = socket["routeIds"].as_array().unwrap().len();
            let transport = socket["transport"].as_str().unwrap().to_owned();
            (transport, socket["userId"].clone(), routes)
        })
        .collect();
    sockets.sort_by_key(|(transport, ..)| transport.clone());
    sockets
}

#[test]
fn administrators_see_who_is_connected_and_nobody_else() {
    let world = World::new();
    let (route, other) = (world.some_route(), world.some_route());
    let by_route = format!("routeId={}", id(&route));
    let owner = account(&world.owner);
    let by_user = format!("userId={}", owner.as_str().unwrap());
    assert_eq!(listed(&world, &by_route), []);
    let _plain = plain(&world, &route, token(&world.owner));
    let mut stock = SocketIo::connect(&world.nobody, &json!({"token": token(&world.owner)}));
    stock.subscribe(id(&route), None);
    stock.subscribe(id(&other), None);
    let mut stream = watch(&world.nobody, id(&route), None);
    assert_eq!(stream.next().name, "subscribed");
    let said = SocketIo::connect(&world.nobody, &json!({"token": token(&world.owner)}));

    let owned = |transport: &str, routes| (transport.to_owned(), owner.clone(), routes);
    let watching = [owned("SOCKETIO", 2), ("SSE".into(), Value::Null, 1), owned("WEBSOCKET", 1)];
    assert_eq!(listed(&world, &by_route), watching);
    let all = [owned("SOCKETIO", 2), owned("SOCKETIO", 0), owned("WEBSOCKET", 1)];
    assert_eq!(listed(&world, &by_user), all, "and who watches nothing");
    drop(said);

    // In pieces: each socket is on one page.
    let mut paged = Vec::new();
    for page in 1..=3 {
        let answer = world.admin.get(&format!("/sockets?{by_route}&limit=1&page={page}"));
        assert_eq!(answer.header("x-total-count"), Some("3"));
        paged.extend(answer.ok(200).as_array().unwrap().clone());
    }
    let whole = world.admin.get(&format!("/sockets?{by_route}")).ok(200);
    assert_eq!(Value::from(paged), whole);
    let nodes: Vec<_> = whole.as_array().unwrap().iter().map(|socket| &socket["node"]).collect();
    assert!(nodes[0].is_string() && nodes.iter().all(|node| *node == nodes[0]), "{nodes:?}");

    for (path, body) in [
        (format!("/sockets?{by_route}"), None),
        ("/sockets/disconnect".to_owned(), Some(json!({"routeId": id(&other)}))),
        ("/sockets/notice".to_owned(), Some(json!({"routeId": id(&other), "message": "a"}))),
    ] {
        let text = body.map(|body| body.to_string());
        let bytes = text.as_deref().map(str::as_bytes);
        let method = if text.is_some() { "POST" } else { "GET" };
        for ((who, by), status) in everybody(&world).into_iter().zip([401, 403, 403, 403, 200]) {
            let answer = by.send(method, &path, &[], bytes);
            assert_eq!(answer.status, status, "{path} by {who}: {}", answer.text());
        }
    }
}

#[test]
fn what_is_not_one_account_or_one_route_is_refused() {
    let world = World::new();
    let owner = account(&world.owner);
    let both = format!("userId={}&routeId={NOWHERE}", owner.as_str().unwrap());
    for (query, pointer) in [("", "/userId"), (&both, "/routeId")] {
        let answer = world.admin.get(&format!("/sockets?{query}"));
        answer.problem(400, "validation_failed");
        assert_eq!(answer.pointers(), [pointer], "{query}");
    }
    world.admin.get(&format!("/sockets?userId={NOWHERE}")).problem(404, "user_not_found");
    world.admin.get(&format!("/sockets?routeId={NOWHERE}")).problem(404, "route_not_found");
    for (body, pointer) in [
        (json!({"userId": owner}), "/message"),
        (json!({"userId": owner, "message": ""}), "/message"),
        (json!({"userId": owner, "message": "ş".repeat(501)}), "/message"),
        (json!({"message": "a"}), "/userId"),
        (json!({"userId": owner, "message": "a", "level": 1}), "/level"),
    ] {
        let answer = world.admin.post("/sockets/notice", &body);
        answer.problem(400, "validation_failed");
        assert_eq!(answer.pointers(), [pointer], "{body}");
    }
    let nowhere = json!({"routeId": NOWHERE});
    world.admin.post("/sockets/disconnect", &nowhere).problem(404, "route_not_found");
}

#[test]
fn a_notice_reaches_every_kind_of_viewer_and_the_audit_has_no_words_of_it() {
    let world = World::new();
    let (route, other) = (world.some_route(), world.some_route());
    let mut plain = plain(&world, &route, token(&world.owner));
    let mut polling = SocketIo::connect(&world.nobody, &json!({}));
    polling.subscribe(id(&route), None);
    let mut stock = socket_io(&world, &route, token(&world.stranger));
    let mut stream = watch(&world.nobody, id(&route), None);
    assert_eq!(stream.next().name, "subscribed");
    let mut elsewhere = watch(&world.nobody, id(&other), None);
    assert_eq!(elsewhere.next().name, "subscribed");

    let words = "Perondan  12'den kalkıyor";
    let form = json!({"routeId": id(&route), "message": words});
    let key = [("idempotency-key", "once")];
    let sent = || {
        world.admin.send("POST", "/sockets/notice", &key, Some(form.to_string().as_bytes())).ok(200)
    };
    let answer = sent();
    assert_eq!(answer["sockets"], 4);
    assert_eq!(sent(), answer, "repeated, and not said again");
    let notice = polling.event();
    assert_eq!(notice.0, "notice");
    assert_eq!(notice.1["message"], "Perondan 12'den kalkıyor", "as names are kept");
    assert_eq!(notice.1["routeId"], route["id"]);
    assert_eq!(notice.2, None, "nothing to come back to");
    let told_by_frame = serde_json::from_str::<Value>(&next_text(&mut plain)).unwrap();
    assert_eq!(told_by_frame, json!({"event": "notice", "data": notice.1}));
    let packet = next_text(&mut stock);
    let packet: Value = serde_json::from_str(packet.strip_prefix("42/seats,").unwrap()).unwrap();
    assert_eq!(packet, json!(["notice", notice.1]));
    let event = stream.next();
    assert_eq!((event.name.as_str(), event.id, &event.data), ("notice", None, &notice.1));

    // To an account: only its own connections get it, and nothing else comes in between.
    let form = json!({"userId": account(&world.owner), "message": "sana"});
    let answer = world.admin.post("/sockets/notice", &form).ok(200);
    assert_eq!(answer["sockets"], 1);
    let own: Value = serde_json::from_str(&next_text(&mut plain)).unwrap();
    assert_eq!(own["data"]["message"], "sana");
    assert!(own["data"].get("routeId").is_none(), "{own}");
    for route in [&route, &other] {
        world.admin.post("/tickets", &booking(route, 1)).ok(201);
    }
    assert_eq!(stream.next().name, "seat_update");
    assert_eq!(polling.event().0, "seat_update");
    assert!(next_text(&mut stock).contains("seat_update"));
    assert_eq!(elsewhere.next().name, "seat_update");

    let all = rows(&world, "");
    let orders: Vec<_> = told(&all).into_iter().filter(|row| row.ends_with(" notified")).collect();
    assert_eq!(orders, ["USER notified", "ROUTE notified"]);
    assert!(all.iter().all(|row| !row.to_string().contains("sana")));
}

#[test]
fn disconnected_viewers_are_gone_and_others_are_not() {
    let world = World::new();
    let route = world.some_route();
    let mut theirs = plain(&world, &route, token(&world.owner));
    let mut stock = socket_io(&world, &route, token(&world.owner));
    let mut polling = SocketIo::connect(&world.nobody, &json!({"token": token(&world.owner)}));
    polling.subscribe(id(&route), None);
    let others = plain(&world, &route, token(&world.stranger));
    let mut stream = watch(&world.owner, id(&route), None);
    assert_eq!(stream.next().name, "subscribed");

    let form = json!({"userId": account(&world.owner)});
    assert_eq!(world.admin.post("/sockets/disconnect", &form).ok(200)["sockets"], 4);
    let why = "an administrator has ended this connection".to_owned();
    assert_eq!(goodbye(&mut theirs), (1008, why.clone()));
    assert_eq!(next_text(&mut stock), "41/seats,", "so that it does not come back by itself");
    assert_eq!(goodbye(&mut stock), (1008, why.clone()));
    assert_eq!(polling.left(), "41/seats,");
    assert!(polling.has_ended());
    stream.ends();
    let by_route = format!("routeId={}", id(&route));
    wait_for("only the stranger is left", || listed(&world, &by_route).len() == 1);
    let last = &listed(&world, &by_route)[0];
    assert_eq!(last.1, account(&world.stranger));

    // A client that reconnects is let in.
    let again = plain(&world, &route, token(&world.owner));
    world.admin.post("/sockets/disconnect", &json!({"routeId": id(&route)})).ok(200);
    for mut gone in [again, others] {
        assert_eq!(goodbye(&mut gone), (1008, why.clone()));
    }
    wait_for("nobody is left", || listed(&world, &by_route).is_empty());
    let all = rows(&world, "");
    let orders: Vec<_> =
        told(&all).into_iter().filter(|row| row.ends_with(" disconnected")).collect();
    assert_eq!(orders, ["ROUTE disconnected", "USER disconnected"]);
}
