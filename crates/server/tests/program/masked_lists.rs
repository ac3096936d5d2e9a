//! Lists show identity numbers and passports in full only to the ticket's owner; and to travellers,
//! guests and the public no list shows another person's name or phone. `/openapi.json` says which
//! lists there are.

use serde_json::{Value, json};

use crate::support::api::Api;
use crate::support::clock::on_day;
use crate::support::world::{World, id, route_form, text_at};

/// Documents, as they are sent: of a traveller with the owner, of a guest, and of a customer of
/// staff.
const DOCUMENTS: [&str; 4] = ["39817264572", "10000000146", "U12345678", "C01X00T47"];
/// The same as lists show them.
const MASKED: [&str; 3] = ["398******72", "100******46", "U1*****78"];

/// What only the owner, and staff, may see in a list.
const OWNERS: [&str; 2] = ["5398445577", "Feraye"];
/// What no traveller may see.
const OTHERS: [&str; 5] = ["5321110022", "Lambert", "5417778899", "Hezarfen", "2125556677"];

/// A ticket of the owner, a guest's booking and a sale by staff on one departure; returns the
/// guest's code.
fn sold(world: &World) -> (Value, String) {
    let bus = json!({"plate": "34 MSK 34", "model": "Travego", "seatCount": 40,
        "busPhone": "0212 555 66 77", "owner": "Hezarfen Turizm"});
    let bus = world.admin.post("/buses", &bus).ok(201);
    let mut form = route_form(id(&bus), on_day(3, 9, 0));
    form["captainName"] = json!("Hezarfen Ahmet");
    let route = world.admin.post("/routes", &form).ok(201);
    let journeys = |passengers: Value| {
        json!([{"routeId": id(&route), "fromCity": "İstanbul", "toCity": "Ankara",
            "passengers": passengers}])
    };
    let own = json!({"journeys": journeys(json!([
            {"seatNumber": 1, "gender": "FEMALE", "passengerName": "Feraye Gümüşhane",
             "tcKimlikNo": DOCUMENTS[0]}])),
        "contact": {"name": "Feraye Gümüşhane", "phone": "0539 844 55 77"}});
    world.owner.post("/bookings", &own).ok(201);
    let guest = json!({"journeys": journeys(json!([
            {"seatNumber": 5, "gender": "MALE", "passengerName": "Lambert Quillfeather",
             "tcKimlikNo": DOCUMENTS[1]},
            {"seatNumber": 6, "gender": "MALE", "passengerName": "Lambert Quillfeather",
             "passport": {"number": DOCUMENTS[2], "country": "DE"}}])),
        "contact": {"name": "Lambert Quillfeather", "phone": "0532 111 00 22"}});
    let guest = world.nobody.post("/bookings", &guest).ok(201);
    let sale = json!({"journeys": journeys(json!([
            {"seatNumber": 9, "gender": "MALE", "passengerName": "Hezarfen Çelebi",
             "passport": {"number": DOCUMENTS[3], "country": "DE"}}])),
        "contact": {"name": "Hezarfen Çelebi", "phone": "0541 777 88 99"}});
    world.agent.post("/bookings", &sale).ok(201);
    (route, text_at(&guest, "pnrNumber").to_owned())
}

/// Every address whose `GET` returns a list, with its parameters filled in.
fn lists(world: &World, route: &Value) -> Vec<String> {
    let document = world.nobody.get("/openapi.json").ok(200);
    let is_array = |schema: &Value| schema["type"] == "array";
    let named = |schema: &Value| {
        let name = schema["$ref"].as_str().and_then(|name| name.rsplit('/').next());
        name.map_or(schema.clone(), |name| document["components"]["schemas"][name].clone())
    };
    let paths = document["paths"].as_object().unwrap().iter();
    let found = paths.filter(|(_, operations)| {
        let schema =
            &operations["get"]["responses"]["200"]["content"]["application/json"]["schema"];
        let schema = named(schema);
        is_array(&schema) || is_array(&schema["properties"]["data"])
    });
    let filled = |path: &str| path.replace("{id}", id(route)).replace("{routeId}", id(route));
    let lists: Vec<_> = found.map(|(path, _)| filled(path)).collect();
    assert!(lists.iter().all(|path| !path.contains('{')), "a parameter is not known: {lists:?}");
    for known in
        ["/users", "/tickets", "/tickets/my-tickets", "/tickets/search", "/audit", "/routes"]
    {
        assert!(lists.contains(&known.to_owned()), "{known} is a list: {lists:?}");
    }
    lists
}

/// What the lists show to one caller; a list that it may not read shows nothing.
fn shown(by: &Api, lists: &[String]) -> String {
    let mut all = String::new();
    for path in lists {
        let answer = by.get(path);
        assert!(answer.status < 500, "{path}: {}", answer.text());
        // The filters of the query come from the caller itself.
        let address = path.split('?').next().unwrap_or_default();
        all += &format!("{address}: {}\n", answer.text());
    }
    all
}

#[track_caller]
fn must_not_say(who: &str, shown: &str, words: &[&str]) {
    for line in shown.lines() {
        for word in words {
            assert!(!line.contains(word), "{who} is told {word}: {line}");
        }
    }
}

#[test]
fn no_list_shows_a_document_in_full_nor_a_traveller_anybody_else() {
    let world = World::new();
    let (route, pnr) = sold(&world);
    let mut lists = lists(&world, &route);
    // With such a filter, too: a ticket that is found by a number does not show the number.
    lists.push(format!("/tickets/search?tcKimlikNo={}", DOCUMENTS[0]));
    lists.push("/tickets/search?userPhoneNumber=05321110022".to_owned());
    lists.push(format!("/tickets/search?routeId={}", id(&route)));
    for (who, by) in [("an agent", &world.agent), ("an administrator", &world.admin)] {
        let shown = shown(by, &lists);
        must_not_say(who, &shown, &DOCUMENTS);
        for masked in MASKED {
            assert!(shown.contains(masked), "{who} reads {masked} in a list: {shown}");
        }
    }
    let own = shown(&world.owner, &lists);
    must_not_say("the owner", &own, &DOCUMENTS[1..]);
    must_not_say("the owner", &own, &OTHERS);
    assert!(OWNERS.iter().all(|word| own.contains(word)), "{own}");
    lists.push(format!("/tickets/search?pnrNumber={pnr}&userPhoneNumber=05321110022"));
    for (who, by) in [("another customer", &world.stranger), ("the public", &world.nobody)] {
        let shown = shown(by, &lists);
        must_not_say(who, &shown, &DOCUMENTS);
        must_not_say(who, &shown, &OWNERS);
        must_not_say(who, &shown, &OTHERS);
    }
    let guest = world.nobody.get(lists.last().unwrap()).ok(200);
    assert_eq!(guest.as_array().map(Vec::len), Some(2), "the guest reads it: {guest}");
    assert_eq!(guest[0]["passengerName"], "L. Q.");
}
