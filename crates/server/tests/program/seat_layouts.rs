//! Seat layouts: stored, given to buses, drawn by order alone; and the old form is refused with the
//! new one in the message.

use serde_json::{Value, json};

use crate::support::clock::on_day;
use crate::support::event_reader;
use crate::support::world::{World, booking, id, route_form};

const TYPES: [&str; 5] = ["SEAT", "CORRIDOR", "DOOR", "DRIVER", "EMPTY"];

fn cell(row: usize, col: usize, kind: &str, seat_no: Option<u16>) -> Value {
    let mut cell = json!({"id": format!("{row}-{col}"), "x": row, "y": col, "type": kind});
    if let Some(seat_no) = seat_no {
        cell["seatNo"] = json!(seat_no);
    }
    cell
}

/// Two rows of three: the driver, nothing, the door; a seat, the corridor, a seat.
fn small(name: &str, numbers: [u16; 2]) -> Value {
    json!({"name": name, "rowCount": 2, "colCount": 3, "seats": [
        cell(0, 0, "DRIVER", None), cell(0, 1, "EMPTY", None), cell(0, 2, "DOOR", None),
        cell(1, 0, "SEAT", Some(numbers[0])), cell(1, 1, "CORRIDOR", None),
        cell(1, 2, "SEAT", Some(numbers[1])),
    ]})
}

/// What a frontend does that knows only the order: a number of columns, and the seats among them.
fn drawn_by_order(layout: &Value) -> Vec<Vec<String>> {
    let columns = usize::try_from(layout["colCount"].as_u64().unwrap()).unwrap();
    let cells = layout["seats"].as_array().unwrap();
    let word = |cell: &Value| match cell["type"].as_str().unwrap() {
        "SEAT" => cell["seatNo"].to_string(),
        other => other.to_owned(),
    };
    let rows: Vec<Vec<String>> =
        cells.chunks(columns).map(|row| row.iter().map(word).collect()).collect();
    assert_eq!(Some(rows.len() as u64), layout["rowCount"].as_u64());
    rows
}

#[test]
fn every_buss_layout_can_be_drawn_by_order_alone() {
    let world = World::new();
    for (layout_type, seat_count) in [
        ("LAYOUT_2_1", 1),
        ("LAYOUT_2_1", 40),
        ("LAYOUT_2_2", 46),
        ("LAYOUT_1_2", 29),
        ("LAYOUT_2_2", 100),
    ] {
        let plate = format!("34 {} {seat_count}", layout_type.replace('_', ""));
        let form = json!({"plate": plate, "model": "M", "seatCount": seat_count, "layoutType": layout_type});
        let bus = world.admin.post("/buses", &form).ok(201);
        let layout = &bus["layout"];
        assert_eq!((&layout["id"], &layout["name"]), (&Value::Null, &Value::Null));
        let columns = layout["colCount"].as_u64().unwrap();
        let mut seats = Vec::new();
        for (index, cell) in (0_u64..).zip(layout["seats"].as_array().unwrap()) {
            let (row, col) = (index / columns, index % columns);
            assert_eq!((&cell["x"], &cell["y"]), (&json!(row), &json!(col)));
            assert_eq!(cell["id"], format!("{row}-{col}"));
            let kind = cell["type"].as_str().unwrap();
            assert!(TYPES.contains(&kind), "{kind}");
            assert_eq!(cell.get("seatNo").is_some(), kind == "SEAT", "{cell}");
            seats.extend(cell["seatNo"].as_u64());
        }
        assert_eq!(seats, (1..=seat_count).collect::<Vec<u64>>(), "{layout_type}");
        assert_eq!(drawn_by_order(layout)[0][0], "DRIVER");
    }
}

#[test]
fn a_layout_is_kept_changed_and_deleted() {
    let world = World::new();
    let draft = world.admin.post("/seat-layouts", &small("VIP 1+1", [1, 0])).ok(201);
    let path = format!("/seat-layouts/{}", id(&draft));
    for field in ["id", "createdAt", "updatedAt"] {
        assert!(draft[field].is_string(), "{draft}");
    }
    assert_eq!(draft["seats"], small("", [1, 0])["seats"], "as it was sent, with seatNo: 0");
    assert_eq!(world.nobody.get(&path).ok(200), draft);
    let same = small("vıp  1+1", [1, 2]);
    world.admin.post("/seat-layouts", &same).problem(409, "layout_taken");

    let bus = json!({"plate": "34 V 1", "model": "M", "seatCount": 2, "layoutId": draft["id"]});
    let refused = world.admin.post("/buses", &bus);
    refused.problem(400, "validation_failed");
    assert_eq!(refused.pointers(), ["/layoutId"], "not every seat has its number");
    let mut change = small("VIP 1+1", [2, 1]);
    change["decks"] =
        json!([{"rowCount": 1, "colCount": 1, "seats": [cell(0, 0, "SEAT", Some(3))]}]);
    let changed = world.admin.patch(&path, &change).ok(200);
    assert_eq!(drawn_by_order(&changed)[1], ["2", "CORRIDOR", "1"]);
    assert_eq!(changed["decks"], change["decks"]);
    let lowered = world.admin.patch(&path, &json!({"decks": null, "name": "VIP"})).ok(200);
    assert_eq!((lowered.get("decks"), &lowered["name"]), (None, &json!("VIP")));
    assert_eq!(lowered["seats"], changed["seats"]);
    let part = world.admin.patch(&path, &json!({"rowCount": 1}));
    part.problem(400, "validation_failed");
    assert_eq!(part.pointers(), ["/colCount", "/seats"]);

    world.admin.post("/seat-layouts", &small("Another", [0, 0])).ok(201);
    let all = world.nobody.get("/seat-layouts");
    assert_eq!(all.header("x-total-count"), Some("2"));
    let names: Vec<_> = all.ok(200).as_array().unwrap().iter().map(|l| l["name"].clone()).collect();
    assert_eq!(names, ["Another", "VIP"]);
    let prefer = [("prefer", "return=representation")];
    assert_eq!(world.admin.send("DELETE", &path, &prefer, None).ok(200), lowered);
    world.nobody.get(&path).problem(404, "layout_not_found");
    world.admin.call("DELETE", &path).problem(404, "layout_not_found");
}

#[test]
fn a_bus_has_the_layout_that_it_names() {
    let world = World::new();
    let kept = world.admin.post("/seat-layouts", &small("VIP", [2, 1])).ok(201);
    // A form always sends a type beside the layout.
    let form = json!({"plate": "34 K 1", "model": "M", "seatCount": 2, "layoutType": "LAYOUT_2_1",
        "layoutId": kept["id"]});
    let bus = world.admin.post("/buses", &form).ok(201);
    let path = format!("/buses/{}", id(&bus));
    assert_eq!((&bus["layoutId"], &bus["layout"]["id"]), (&kept["id"], &kept["id"]));
    assert_eq!((&bus["layout"]["name"], &bus["layout"]["seats"]), (&json!("VIP"), &kept["seats"]));
    // What was read can be sent back.
    let back =
        json!({"layoutId": bus["layoutId"], "layout": bus["layout"], "layoutType": "LAYOUT_2_2"});
    let same = world.admin.patch(&path, &back).ok(200);
    assert_eq!((&same["layoutId"], &same["layout"]), (&bus["layoutId"], &bus["layout"]));
    for (change, pointer) in [
        (json!({"layout": bus["layout"]}), "/layout/id"),
        (
            json!({"layoutId": kept["id"], "layout": {"rowCount": 1, "colCount": 1, "seats": [
            cell(0, 0, "SEAT", Some(1))]}}),
            "/layout",
        ),
        (json!({"seatCount": 3}), "/seatCount"),
    ] {
        let answer = world.admin.patch(&path, &change);
        answer.problem(400, "validation_failed");
        assert_eq!(answer.pointers(), [pointer], "{change}");
    }
    let nowhere = json!({"layoutId": bus["id"]});
    world.admin.patch(&path, &nowhere).problem(404, "layout_not_found");

    let kept_path = format!("/seat-layouts/{}", id(&kept));
    world.admin.call("DELETE", &kept_path).problem(409, "layout_in_use");
    let other_seats = json!({"rowCount": 1, "colCount": 1, "seats": [cell(0, 0, "SEAT", Some(1))]});
    world.admin.patch(&kept_path, &other_seats).problem(409, "layout_in_use");

    let route = world.agent.post("/routes", &route_form(id(&bus), on_day(3, 9, 0))).ok(201);
    assert_eq!(
        world.nobody.get(&format!("/routes/{}", id(&route))).ok(200)["bus"]["layoutId"],
        kept["id"]
    );
    let mut viewer = event_reader::watch(&world.nobody, id(&route), Some(0));
    assert_eq!(viewer.next().name, "subscribed");
    // A layout that changes changes its buses, and viewers of the map get an event.
    world.admin.patch(&kept_path, &small("VIP", [1, 2])).ok(200);
    let told = viewer.next();
    assert_eq!((told.name.as_str(), &told.data["change"]), ("route_update", &json!("bus")));
    let bus = world.nobody.get(&path).ok(200);
    assert_eq!(drawn_by_order(&bus["layout"])[1], ["1", "CORRIDOR", "2"]);
    world.owner.post("/tickets", &booking(&route, 2)).ok(201);
    world.admin.patch(&kept_path, &small("VIP", [2, 1])).problem(409, "bus_seats_fixed");
    world.admin.patch(&path, &json!({"layoutId": null})).problem(409, "bus_seats_fixed");
    world.admin.patch(&kept_path, &json!({"name": "Suit"})).ok(200);
    assert_eq!(world.nobody.get(&path).ok(200)["layout"]["name"], "Suit");
    let alone = world.bus("34 K 2");
    let given = json!({"layoutId": kept["id"]});
    let given = world.admin.patch(&format!("/buses/{}", id(&alone)), &given).ok(200);
    assert_eq!((&given["seatCount"], &given["layout"]["name"]), (&json!(2), &json!("Suit")));
    let again = json!({"layoutId": null, "seatCount": 40});
    let again = world.admin.patch(&format!("/buses/{}", id(&alone)), &again).ok(200);
    assert_eq!((&again["layoutId"], &again["layout"]), (&Value::Null, &alone["layout"]));
}

#[test]
fn another_form_is_refused_with_how_to_write_it() {
    let world = World::new();
    let old = json!({"name": "Old", "rowCount": 1, "colCount": 2, "seats": [
        {"seatNo": null, "x": 0, "y": 0, "type": "driver"},
        {"seatNo": 1, "x": 1, "y": 0, "type": "seat"},
    ]});
    let mut few = small("Few", [1, 2]);
    few["seats"].as_array_mut().unwrap().pop();
    let mut turned = small("Turned", [1, 2]);
    turned["seats"].as_array_mut().unwrap().swap(0, 1);
    for (form, pointer) in [(&old, "/seats/0/type"), (&few, "/seats"), (&turned, "/seats/0/y")] {
        let answer = world.admin.post("/seat-layouts", form);
        let problem = answer.problem(400, "validation_failed");
        assert_eq!(answer.pointers()[0], pointer);
        let detail = problem["detail"].as_str().unwrap();
        for part in ["row by row from the front", r#""type": "SEAT""#, "DRIVER or EMPTY"] {
            assert!(detail.contains(part), "{detail}");
        }
        let mut bus = json!({"plate": "34 O 1", "model": "M", "seatCount": 2});
        bus["layout"] = form.clone();
        bus["layout"].as_object_mut().unwrap().remove("name");
        let answer = world.admin.post("/buses", &bus);
        answer.problem(400, "validation_failed");
        assert_eq!(answer.pointers()[0], format!("/layout{pointer}"));
    }
    let twice = world.admin.post("/seat-layouts", &small("Twice", [2, 2]));
    twice.problem(400, "validation_failed");
    assert_eq!(twice.pointers(), ["/seats/5/seatNo"]);
    let beyond = world.admin.post("/seat-layouts", &small("Beyond", [1, 101]));
    assert_eq!(beyond.pointers(), ["/seats/5/seatNo"]);
    // A layout with the greatest number of cells can be written and read.
    let largest = |rows: usize, cols: usize| -> Value {
        let cells = (0..rows * cols).map(|n| cell(n / cols, n % cols, "CORRIDOR", None));
        json!({"name": "Largest", "rowCount": rows, "colCount": cols, "seats": cells.collect::<Vec<_>>()})
    };
    let large = world.admin.post("/seat-layouts", &largest(60, 12)).ok(201);
    let sent_back = json!({"rowCount": 60, "colCount": 12, "seats": large["seats"]});
    world.admin.patch(&format!("/seat-layouts/{}", id(&large)), &sent_back).ok(200);
    let mut two = largest(60, 12);
    two["name"] = json!("Larger");
    two["decks"] = json!([{"rowCount": 1, "colCount": 1, "seats": [cell(0, 0, "EMPTY", None)]}]);
    let two = world.admin.post("/seat-layouts", &two);
    two.problem(400, "validation_failed");
    assert_eq!(two.pointers(), ["/seats"]);
}
