//! Finding tickets: by code and phone for callers that have both, by any field for staff.

use serde_json::{Value, json};

use crate::support::clock::{day_of, on_day};
use crate::support::world::{World, booking, id, text_at};

#[test]
fn code_and_phone_together_show_one_ticket_to_anybody() {
    let world = World::new();
    let route = world.some_route();
    let ticket = world.booked(&world.owner, &route, 1);
    world.booked(&world.owner, &route, 2);
    let pnr = text_at(&ticket, "pnrNumber");
    let search = |query: &str| world.nobody.get(&format!("/tickets/search?{query}"));
    let both = format!("pnrNumber={pnr}&userPhoneNumber=0532%20123%204567");
    let found = search(&both).ok(200);
    assert_eq!(found.as_array().unwrap().len(), 1);
    assert_eq!(found[0]["id"], ticket["id"]);
    let other_phone = format!("pnrNumber={pnr}&userPhoneNumber=5321234568");
    assert_eq!(search(&other_phone).ok(200), json!([]));
    assert_eq!(search("pnrNumber=VV00AAAAA&userPhoneNumber=5321234567").ok(200), json!([]));
    assert_eq!(search("pnrNumber=%25&userPhoneNumber=5321234567").ok(200), json!([]));
    for query in
        ["userPhoneNumber=5321234567", "pnrNumber=", "", "userPhoneNumber=5321234567&pnrNumber="]
    {
        search(query).problem(403, "forbidden");
    }
    search(&format!("pnrNumber={pnr}&userPhoneNumber=12")).problem(400, "validation_failed");
    let by_pnr = |query: &str| world.nobody.get(&format!("/tickets/pnr/{pnr}{query}"));
    assert_eq!(by_pnr("?phone=%2B905321234567").ok(200), found[0]);
    by_pnr("?phone=5321234568").problem(404, "ticket_not_found");
    by_pnr("").problem(401, "unauthorized");
}

#[test]
fn staff_search_by_anything() {
    let world = World::new();
    let route = world.route(on_day(3, 23, 0));
    let mut form = booking(&route, 1);
    form["fromCity"] = json!("Bolu");
    form["gender"] = json!("MALE");
    form["userPhoneNumber"] = json!("5440000000");
    let part = world.owner.post("/tickets", &form).ok(201);
    let mut form = booking(&route, 2);
    form.as_object_mut().unwrap().remove("tcKimlikNo");
    let whole = world.agent.post("/tickets", &form).ok(201);
    let (part_id, whole_id) = (id(&part), id(&whole));
    let owner = world.owner.get("/auth/me").ok(200);
    for (query, expected) in [
        (String::new(), vec![whole_id, part_id]),
        (format!("pnrNumber={}", text_at(&part, "pnrNumber")), vec![part_id]),
        (format!("pnrNumber={}", text_at(&part, "pnrNumber").to_lowercase()), vec![part_id]),
        (format!("routeId={}", id(&route)), vec![whole_id, part_id]),
        (format!("userId={}", id(&owner)), vec![part_id]),
        ("fromCity=BOLU".into(), vec![part_id]),
        ("toCity=ankara".into(), vec![whole_id, part_id]),
        ("status=CONFIRMED".into(), vec![whole_id]),
        ("paymentStatus=PENDING".into(), vec![part_id]),
        ("gender=MALE".into(), vec![part_id]),
        ("userPhoneNumber=05440000000".into(), vec![part_id]),
        ("userPhoneNumber=0000".into(), vec![part_id]),
        ("tcKimlikNo=10000000146".into(), vec![part_id]),
        // The day on which this ticket's own segment leaves.
        (format!("date={}", day_of(on_day(3, 12, 0))), vec![whole_id]),
        (format!("date={}", day_of(on_day(4, 12, 0))), vec![part_id]),
        ("gender=MALE&status=CONFIRMED".into(), vec![]),
    ] {
        let found = world.agent.get(&format!("/tickets/search?{query}"));
        let total = expected.len().to_string();
        assert_eq!(found.header("x-total-count"), Some(&*total), "{query}");
        let found = found.ok(200);
        let ids: Vec<_> = found.as_array().unwrap().iter().map(id).collect();
        assert_eq!(ids, expected, "{query}");
    }
    for (query, pointer) in [
        ("date=today", "/date"),
        ("tcKimlikNo=1", "/tcKimlikNo"),
        ("status=LOST", "/status"),
        ("routeId=1", "/routeId"),
        ("gender=x", "/gender"),
    ] {
        let answer = world.agent.get(&format!("/tickets/search?{query}"));
        answer.problem(400, "validation_failed");
        assert_eq!(answer.pointers(), [pointer]);
    }
    let seats =
        |query: &str| world.nobody.get(&format!("/tickets/available-seats/{}?{query}", id(&route)));
    for (query, code, pointer) in [
        ("fromCity=x", "unknown_city", "/fromCity"),
        ("toCity=x", "unknown_city", "/toCity"),
        ("fromCity=ankara&toCity=bolu", "reversed_cities", "/toCity"),
        ("fromCity=ankara", "reversed_cities", "/fromCity"),
    ] {
        seats(query).problem(400, code);
        assert_eq!(seats(query).pointers(), [pointer], "{query}");
    }
    assert!(matches!(seats("").ok(200), Value::Array(_)));
}

#[test]
fn staff_search_by_a_part_of_a_code_or_phone() {
    let world = World::new();
    let route = world.some_route();
    let mut form = booking(&route, 1);
    form["userPhoneNumber"] = json!("0544 111 22 33");
    let first = world.owner.post("/tickets", &form).ok(201);
    let mut form = booking(&route, 2);
    form["userPhoneNumber"] = json!("+49 30 901820");
    let second = world.owner.post("/tickets", &form).ok(201);
    let pnr = text_at(&first, "pnrNumber").to_owned();
    let search = |query: &str| -> Vec<String> {
        let found = world.agent.get(&format!("/tickets/search?{query}")).ok(200);
        found.as_array().unwrap().iter().map(|ticket| id(ticket).to_owned()).collect()
    };
    let (first, second) = (id(&first), id(&second));
    assert_eq!(search(&format!("pnrNumber={}", &pnr[5..])), [first], "the last four");
    assert_eq!(search(&format!("pnrNumber={}", pnr[3..8].to_lowercase())), [first]);
    assert_eq!(search(&format!("pnrNumber={}-{}", &pnr[4..6], &pnr[6..])), [first]);
    assert_eq!(search("pnrNumber=vv00"), [second, first], "newest first");
    assert_eq!(search("pnrNumber=VV00&limit=1&page=2"), [first]);
    assert_eq!(search("pnrNumber=%25%25%25%25"), [""; 0], "a wildcard is a letter");
    for number in ["2233", "22%2033", "0544", "0544%2011", "%2B90%20544%201", "4111"] {
        assert_eq!(search(&format!("userPhoneNumber={number}")), [first], "{number}");
    }
    for number in ["1820", "%2B4930", "0049%2030", "9018"] {
        assert_eq!(search(&format!("userPhoneNumber={number}")), [second], "{number}");
    }
    assert_eq!(search(&format!("userPhoneNumber=2233&pnrNumber={}", &pnr[5..])), [first]);
    assert_eq!(search("userPhoneNumber=2233&status=CONFIRMED"), [""; 0]);
    assert_eq!(search(&format!("userPhoneNumber=1820&routeId={}", id(&route))), [second]);
    for (query, pointer) in [
        ("pnrNumber=abc", "/pnrNumber"),
        ("userPhoneNumber=123", "/userPhoneNumber"),
        ("userPhoneNumber=053", "/userPhoneNumber"),
        ("userPhoneNumber=abcd", "/userPhoneNumber"),
    ] {
        let answer = world.agent.get(&format!("/tickets/search?{query}"));
        answer.problem(400, "validation_failed");
        assert_eq!(answer.pointers(), [pointer], "{query}");
    }
    // Travellers need both of them whole.
    let part = format!("/tickets/search?pnrNumber={}&userPhoneNumber=5441112233", &pnr[5..]);
    assert_eq!(world.owner.get(&part).ok(200), json!([]));
    let part = format!("/tickets/search?pnrNumber={pnr}&userPhoneNumber=2233");
    world.owner.get(&part).problem(400, "validation_failed");
}
