//! Searching departures: who sees which, by which spelling, on which day, at which price.

use serde_json::{Value, json};

use crate::support::api::Api;
use crate::support::clock::{day_of, minutes, now, on_day};
use crate::support::world::{World, id};

fn search(by: &Api, query: &str) -> Vec<String> {
    let answer = by.get(&format!("/routes/search?{query}")).ok(200);
    let hits = answer["data"].as_array().unwrap();
    assert_eq!(answer["meta"]["total"], hits.len());
    hits.iter().map(|hit| id(hit).to_owned()).collect()
}

/// All departures of one day between the ends of the tests' line.
fn on(day: &str, more: &str) -> String {
    format!("fromCity=istanbul&toCity=ankara&date={day}{more}")
}

#[test]
fn customers_see_what_they_can_still_book_and_staff_see_all() {
    let world = World::new();
    // Noon of a day is on one local day, with room on both sides.
    let sold = world.route(on_day(3, 12, 0));
    let inactive = world.route(on_day(3, 13, 0));
    world.agent.patch(&format!("/routes/{}", id(&inactive)), &json!({"isActive": false})).ok(200);
    let day = day_of(on_day(3, 12, 0));
    let (sold, inactive) = (id(&sold), id(&inactive));
    for by in [&world.nobody, &world.owner] {
        for more in ["", "&isActive=false", "&isActive=true", "&ignoreTimeCheck=true"] {
            assert_eq!(search(by, &on(&day, more)), [sold], "{more}");
        }
    }
    for by in [&world.agent, &world.admin] {
        assert_eq!(search(by, &on(&day, "")), [sold, inactive]);
        assert_eq!(search(by, &on(&day, "&isActive=true")), [sold]);
        assert_eq!(search(by, &on(&day, "&isActive=false")), [inactive]);
    }
    let listed = |by: &Api, query: &str| -> Vec<String> {
        let list = by.get(&format!("/routes{query}")).ok(200);
        list["data"].as_array().unwrap().iter().map(|route| id(route).to_owned()).collect()
    };
    assert_eq!(listed(&world.owner, "?isActive=false"), [sold]);
    assert_eq!(listed(&world.agent, "?isActive=false"), [inactive]);
    assert_eq!(listed(&world.agent, ""), [sold, inactive]);
    let upcoming = world.agent.get("/routes/upcoming").ok(200);
    assert_eq!(upcoming.as_array().unwrap().iter().map(id).collect::<Vec<_>>(), [sold]);
}

#[test]
fn a_segment_that_leaves_within_fifteen_minutes_is_closed_for_customers() {
    let world = World::new();
    let departure = now() + minutes(10);
    let route = world.route(departure);
    let day = day_of(departure);
    assert_eq!(search(&world.owner, &on(&day, "")), [""; 0]);
    assert_eq!(search(&world.owner, &on(&day, "&ignoreTimeCheck=true")), [""; 0]);
    assert_eq!(search(&world.agent, &on(&day, "")), [id(&route)], "staff sell until it leaves");
    // The next stop is an hour and a half away.
    let izmit = format!("fromCity=izmit&toCity=ankara&date={}", day_of(departure + minutes(90)));
    assert_eq!(search(&world.owner, &izmit), [id(&route)]);
}

#[test]
fn a_bus_that_has_left_is_for_staff_who_ask_for_it() {
    let world = World::new();
    let departure = now() + jiff::SignedDuration::from_secs(4);
    let route = world.route(departure);
    let day = day_of(departure);
    crate::support::clock::wait_until(departure);
    assert_eq!(search(&world.agent, &on(&day, "")), [""; 0]);
    assert_eq!(search(&world.agent, &on(&day, "&ignoreTimeCheck=true")), [id(&route)]);
    assert_eq!(search(&world.owner, &on(&day, "&ignoreTimeCheck=true")), [""; 0]);
    assert_eq!(search(&world.admin, "ignoreTimeCheck=true"), [id(&route)], "on any day");
    assert_eq!(search(&world.admin, ""), [""; 0]);
}

#[test]
fn seats_that_cannot_be_bought_are_not_offered() {
    let world = World::new();
    let route = world.some_route();
    let seats = |by: &Api, route: &Value, query: &str| {
        let path = format!("/tickets/available-seats/{}{query}", id(route));
        by.get(&path).ok(200).as_array().unwrap().len()
    };
    let everybody = [&world.nobody, &world.owner, &world.agent, &world.admin];
    for by in everybody {
        assert_eq!(seats(by, &route, ""), 40);
        assert_eq!(seats(by, &route, "?fromCity=izmit&toCity=bolu"), 0, "isSold: false");
    }
    let path = format!("/routes/{}", id(&route));
    world.agent.patch(&path, &json!({"isActive": false})).ok(200);
    for by in everybody {
        assert_eq!(seats(by, &route, ""), 0, "off sale");
    }
    world.agent.patch(&path, &json!({"isActive": true})).ok(200);
    assert_eq!(seats(&world.nobody, &route, ""), 40);
    // Travellers can book until a quarter of an hour before their own stop, staff until the bus
    // leaves it.
    let departure = now() + minutes(10);
    let soon = world.route(departure);
    for (by, offered) in [(&world.nobody, 0), (&world.owner, 0), (&world.agent, 40)] {
        assert_eq!(seats(by, &soon, ""), offered);
        assert_eq!(seats(by, &soon, "?fromCity=izmit&toCity=ankara"), 40);
    }
    let departure = now() + jiff::SignedDuration::from_secs(4);
    let left = world.route(departure);
    crate::support::clock::wait_until(departure);
    for by in everybody {
        assert_eq!(seats(by, &left, ""), 0, "it has left");
        assert_eq!(seats(by, &left, "?fromCity=izmit&toCity=ankara"), 40);
    }
}

fn upcoming(world: &World, query: &str) -> Vec<String> {
    let answer = world.nobody.get(&format!("/routes/upcoming?{query}"));
    let total = answer.header("x-total-count").map(str::to_owned);
    let list = answer.ok(200);
    let list = list.as_array().unwrap();
    assert_eq!(total, Some(list.len().to_string()));
    list.iter().map(|hit| id(hit).to_owned()).collect()
}

fn destinations(world: &World, from: &str) -> Vec<String> {
    let list = world.nobody.get(&format!("/routes/destinations?fromCity={from}")).ok(200);
    list.as_array().unwrap().iter().map(|name| name.as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_bus_that_has_left_its_first_stop_is_upcoming_further_along() {
    let world = World::new();
    let departure = now() + jiff::SignedDuration::from_secs(4);
    let route = world.route(departure);
    crate::support::clock::wait_until(departure);
    // İzmit is an hour and a half away, the bus has left İstanbul; and a traveller who names no
    // city means the whole way.
    assert_eq!(upcoming(&world, "fromCity=izmit&toCity=ankara"), [id(&route)]);
    assert_eq!(upcoming(&world, "fromCity=izmit"), [id(&route)]);
    for over in ["", "fromCity=istanbul", "toCity=bolu", "fromCity=istanbul&toCity=bolu"] {
        assert_eq!(upcoming(&world, over), [""; 0], "{over}");
    }
    assert_eq!(destinations(&world, "istanbul"), [""; 0]);
    assert_eq!(destinations(&world, "bolu"), ["Ankara"]);
}

#[test]
fn upcoming_counts_its_days_to_the_segments_departure() {
    let world = World::new();
    // Bolu is 200 minutes behind İstanbul: tomorrow, and not within a day.
    let route = world.route(now() + minutes(23 * 60));
    let hits = |query: &str| upcoming(&world, query);
    assert_eq!(hits("days=1&fromCity=istanbul&toCity=ankara"), [id(&route)]);
    assert_eq!(hits("days=1&fromCity=bolu&toCity=ankara"), [""; 0]);
    assert_eq!(hits("days=1&fromCity=bolu"), [""; 0]);
    assert_eq!(hits("days=2&fromCity=bolu&toCity=ankara"), [id(&route)]);
    let hit = world.nobody.get("/routes/upcoming?days=2&fromCity=bolu").ok(200)[0].clone();
    assert_eq!(hit["departureTime"], route["stops"][2]["time"]);
}

#[test]
fn what_is_not_sold_or_closes_soon_is_neither_upcoming_nor_a_destination() {
    let world = World::new();
    let route = world.route(on_day(3, 9, 0));
    assert_eq!(upcoming(&world, "fromCity=izmit&toCity=bolu"), [""; 0], "isSold: false");
    assert_eq!(upcoming(&world, "fromCity=izmit&toCity=ankara"), [id(&route)]);
    assert_eq!(destinations(&world, "izmit"), ["Ankara"]);
    assert_eq!(destinations(&world, "istanbul"), ["Ankara", "Bolu", "İzmit"]);
    // Within the last quarter of an hour only staff may book.
    let soon = now() + minutes(10);
    let mut form = crate::support::world::route_form(id(&world.bus("34 S 1")), soon);
    form["fromCity"] = json!("Sivas");
    form["prices"] = json!([]);
    let soon = world.agent.post("/routes", &form).ok(201);
    assert_eq!(upcoming(&world, "fromCity=sivas"), [""; 0]);
    assert_eq!(destinations(&world, "sivas"), [""; 0]);
    let change = json!({"isActive": false});
    world.agent.patch(&format!("/routes/{}", id(&route)), &change).ok(200);
    assert_eq!(upcoming(&world, "fromCity=izmit&toCity=ankara"), [id(&soon)]);
}

#[test]
fn cities_are_found_in_every_spelling() {
    let world = World::new();
    let bus = world.bus("63 U 1");
    let mut form = crate::support::world::route_form(id(&bus), on_day(3, 9, 0));
    form["fromCity"] = json!("Şanlıurfa");
    form["toCity"] = json!("IĞDIR");
    form["prices"] = json!([]);
    let route = world.agent.post("/routes", &form).ok(201);
    let day = day_of(on_day(3, 9, 0));
    for (from, to) in [
        ("Şanlıurfa", "Iğdır"),
        ("sanliurfa", "igdir"),
        ("SANLIURFA", "IGDIR"),
        ("ŞANLIURFA", "iğdir"),
        ("%20şanlıurfa%20", "ığdır"),
        ("s\u{327}anlıurfa", "İĞDİR"),
    ] {
        let query = format!("fromCity={}&toCity={}&date={day}", escaped(from), escaped(to));
        assert_eq!(search(&world.nobody, &query), [id(&route)], "{from} {to}");
        let destinations = format!("/routes/destinations?fromCity={}", escaped(from));
        assert!(
            world.nobody.get(&destinations).ok(200).as_array().unwrap().contains(&json!("IĞDIR"))
        );
    }
    for (from, to) in
        [("Şanlı", "Iğdır"), ("Iğdır", "Şanlıurfa"), ("%25", "igdir"), ("_anlıurfa", "igdir")]
    {
        let query = format!("fromCity={}&toCity={}&date={day}", escaped(from), escaped(to));
        assert_eq!(search(&world.nobody, &query), [""; 0], "{from} {to}");
    }
    // Names are shown as staff wrote them.
    assert_eq!((&route["fromCity"], &route["toCity"]), (&json!("Şanlıurfa"), &json!("IĞDIR")));
}

/// Percent-encodes what is not ASCII; what is encoded already stays.
fn escaped(text: &str) -> String {
    let escape = |byte: u8| match byte {
        0..=127 => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    text.bytes().map(escape).collect()
}

#[test]
fn a_date_is_a_day_of_the_company_not_of_greenwich() {
    let world = World::new();
    let times = [on_day(3, 0, 0), on_day(3, 0, 30), on_day(3, 2, 59), on_day(3, 23, 59)];
    let routes = times.map(|time| world.route(time));
    let before = world.route(on_day(2, 23, 59));
    let after = world.route(on_day(4, 0, 0));
    let hits = |day: i64| search(&world.nobody, &on(&day_of(on_day(day, 12, 0)), ""));
    let [midnight, half_past, nearly_three, evening] = routes.each_ref().map(|route| id(route));
    // A departure in the night belongs to the evening, and is listed under both days.
    assert_eq!(hits(3), [midnight, half_past, nearly_three, evening, id(&after)]);
    assert_eq!(hits(2), [id(&before), midnight, half_past, nearly_three]);
    assert_eq!(hits(4), [id(&after)]);
    let at_three = world.route(on_day(5, 3, 0));
    assert_eq!(hits(4), [id(&after)], "by three it is the next day");
    assert_eq!(hits(5), [id(&at_three)]);
    // A bus that leaves before midnight reaches later stops on the next day.
    let bolu = format!("fromCity=bolu&toCity=ankara&date={}", day_of(on_day(3, 12, 0)));
    assert!(search(&world.nobody, &bolu).contains(&id(&before).to_owned()));
    let notes = world.nobody.get(&format!("/routes/search?{}", on(&day_of(on_day(3, 12, 0)), "")));
    let notes = notes.ok(200)["data"].as_array().unwrap().clone();
    let told: Vec<_> =
        notes.iter().map(|hit| !hit["dateInfo"].as_str().unwrap().is_empty()).collect();
    assert_eq!(told, [true, true, true, false, true]);
}

#[test]
fn a_date_time_means_its_local_day() {
    let world = World::new();
    let leaves = on_day(3, 9, 0);
    let route = world.route(leaves);
    world.route(on_day(5, 9, 0));
    let day = day_of(leaves);
    let before = day_of(on_day(2, 12, 0));
    for date in [
        day.clone(),
        // How a browser sends the midnight of the day in Istanbul.
        format!("{before}T21:00:00.000Z"),
        format!("{day}T00:00:00"),
        format!("{day}T23:59:59%2B03:00"),
        format!("{day}T20:59:59Z"),
        format!("{before}T20:00:00-03:00"),
    ] {
        assert_eq!(search(&world.nobody, &on(&date, "")), [id(&route)], "{date}");
    }
    for date in [format!("{before}T20:59:59Z"), format!("{day}T21:00:00Z")] {
        assert_eq!(search(&world.nobody, &on(&date, "")), [""; 0], "{date}");
    }
}

#[test]
fn cities_and_day_may_each_be_left_out() {
    let world = World::new();
    let near = world.route(on_day(3, 9, 0));
    let far = world.route(on_day(200, 9, 0));
    let mut form = crate::support::world::route_form(id(&world.bus("34 K 1")), on_day(4, 9, 0));
    form["toCity"] = json!("Kars");
    form["prices"] = json!([]);
    let kars = world.agent.post("/routes", &form).ok(201);
    let change = json!({"isActive": false});
    world.agent.patch(&format!("/routes/{}", id(&kars)), &change).ok(200);
    let off_sale = world.route(on_day(5, 9, 0));
    world.agent.patch(&format!("/routes/{}", id(&off_sale)), &change).ok(200);
    let (near, kars, off_sale, far) = (id(&near), id(&kars), id(&off_sale), id(&far));
    let day = day_of(on_day(3, 12, 0));
    for (query, travellers, staff) in [
        (String::new(), vec![near, far], vec![near, kars, off_sale, far]),
        (format!("date={day}"), vec![near], vec![near]),
        ("fromCity=bolu".to_owned(), vec![near, far], vec![near, kars, off_sale, far]),
        ("toCity=kars".to_owned(), vec![], vec![kars]),
        (format!("toCity=ankara&date={day}"), vec![near], vec![near]),
        (
            "fromCity=istanbul&toCity=bolu".to_owned(),
            vec![near, far],
            vec![near, kars, off_sale, far],
        ),
        ("fromCity=&toCity=&date=&maxPrice=700".to_owned(), vec![], vec![]),
        ("minPrice=750&type=STANDARD".to_owned(), vec![near, far], vec![near, kars, off_sale, far]),
        ("isActive=false".to_owned(), vec![near, far], vec![kars, off_sale]),
        ("isActive=true".to_owned(), vec![near, far], vec![near, far]),
    ] {
        assert_eq!(search(&world.nobody, &query), travellers, "{query}");
        assert_eq!(search(&world.owner, &format!("{query}&ignoreTimeCheck=true")), travellers);
        assert_eq!(search(&world.agent, &query), staff, "{query}");
        assert_eq!(
            search(&world.agent, &format!("{query}&ignoreTimeCheck=true")),
            staff,
            "{query}"
        );
    }
    let page = world.agent.get("/routes/search?limit=1&page=3").ok(200);
    assert_eq!((id(&page["data"][0]), &page["meta"]["total"]), (off_sale, &json!(4)));
}

#[test]
fn another_time_zone_has_other_days() {
    let world = World::with(|launch| launch.setting("TIMEZONE", "America/New_York"));
    // 00:30 in Istanbul is the afternoon of the day before in New York, and 07:30 half past
    // midnight.
    let route = world.route(on_day(3, 0, 30));
    let hits = |day: i64| search(&world.nobody, &on(&day_of(on_day(day, 12, 0)), ""));
    assert_eq!(hits(2), [id(&route)]);
    assert_eq!(hits(3), [""; 0]);
}

#[test]
fn prices_kinds_and_buses_narrow_the_search() {
    let world = World::new();
    let route = world.route(on_day(3, 9, 0));
    let other = world.route(on_day(3, 10, 0));
    let change = json!({"price": 900.01, "type": "VIP"});
    world.agent.patch(&format!("/routes/{}", id(&other)), &change).ok(200);
    let day = day_of(on_day(3, 9, 0));
    let both = vec![id(&route), id(&other)];
    let (first, second) = (vec![id(&route)], vec![id(&other)]);
    let bus = format!("&busId={}", other["busId"].as_str().unwrap());
    for (more, expected) in [
        ("&minPrice=750", &both),
        ("&minPrice=750.01", &second),
        ("&maxPrice=900.01", &both),
        ("&maxPrice=900", &first),
        ("&minPrice=750&maxPrice=750", &first),
        ("&minPrice=901", &vec![]),
        ("&minPrice=&maxPrice=&type=", &both),
        ("&type=VIP", &second),
        ("&type=EXPRESS", &vec![]),
        (bus.as_str(), &second),
    ] {
        assert_eq!(&search(&world.nobody, &on(&day, more)), expected, "{more}");
    }
    // The segment's own fare counts.
    let bolu = format!("fromCity=istanbul&toCity=bolu&date={day}&maxPrice=450.50");
    assert_eq!(search(&world.nobody, &bolu), both);
}

#[test]
fn what_is_wrong_with_a_search_is_told_by_field() {
    let world = World::new();
    let good = [("fromCity", "a"), ("toCity", "b"), ("date", "2030-01-01")];
    let path = |changes: &[(&str, &str)]| {
        let pairs = good.iter().filter(|(name, _)| !changes.iter().any(|(other, _)| name == other));
        let pairs = pairs.chain(changes).map(|(name, value)| format!("{name}={value}"));
        format!("/routes/search?{}", pairs.collect::<Vec<_>>().join("&"))
    };
    assert_eq!(world.nobody.get(&path(&[])).ok(200)["data"], Value::Array(Vec::new()));
    for (changes, pointers) in [
        (vec![("date", "2030-01-01T25:00:00Z")], vec!["/date"]),
        (vec![("date", "1999-12-31T00:00:00Z")], vec!["/date"]),
        (vec![("date", "2030-01-01T00:00:00%2B99:00")], vec!["/date"]),
        (vec![("date", "01.01.2030")], vec!["/date"]),
        (vec![("date", "2030-02-30")], vec!["/date"]),
        (vec![("date", "1066-10-14")], vec!["/date"]),
        (vec![("date", "9999-12-31")], vec!["/date"]),
        (vec![("date", "tomorrow")], vec!["/date"]),
        (vec![("minPrice", "cheap")], vec!["/minPrice"]),
        (vec![("minPrice", "-1"), ("maxPrice", "1e3")], vec!["/minPrice", "/maxPrice"]),
        (vec![("type", "vip")], vec!["/type"]),
        (vec![("busId", "1")], vec!["/busId"]),
        (vec![("isActive", "maybe")], vec!["/isActive"]),
        (vec![("ignoreTimeCheck", "x")], vec!["/ignoreTimeCheck"]),
    ] {
        let answer = world.nobody.get(&path(&changes));
        answer.problem(400, "validation_failed");
        assert_eq!(answer.pointers(), pointers, "{changes:?}");
    }
    for days in ["0", "91", "x"] {
        let answer = world.nobody.get(&format!("/routes/upcoming?days={days}"));
        answer.problem(400, "validation_failed");
        assert_eq!(answer.pointers(), ["/days"]);
    }
}
