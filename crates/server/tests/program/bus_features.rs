//! What buses offer: features with pictures from this server, and what a bus shows of them and of
//! its position.

use serde_json::{Value, json};

use crate::support::world::{World, id, text_at};

fn feature(world: &World, name: &str, icon: &str) -> Value {
    let form = json!({"name": name, "description": "", "iconPath": icon});
    world.admin.post("/bus-features", &form).ok(201)
}

#[test]
fn the_pictures_are_ours_and_public() {
    let world = World::new();
    let icons = world.nobody.get("/bus-features/icons").ok(200);
    let icons: Vec<&str> = icons.as_array().unwrap().iter().map(|i| i.as_str().unwrap()).collect();
    assert!(icons.len() >= 8, "{icons:?}");
    for icon in icons {
        let picture = world.nobody.get(icon);
        assert_eq!((picture.status, picture.header("content-type")), (200, Some("image/svg+xml")));
        let drawing = picture.text();
        assert!(drawing.starts_with("<svg xmlns=") && drawing.contains("viewBox"), "{drawing}");
        assert!(!drawing.contains("script"), "{drawing}");
    }
    world.nobody.get("/features/nothing.svg").problem(404, "not_found");
    world.nobody.get("/features/../index.html").problem(404, "not_found");
}

#[test]
fn a_feature_is_made_changed_and_deleted_with_the_buses_that_have_it() {
    let world = World::new();
    let wifi = feature(&world, "Wi-Fi", "/features/wifi.svg");
    let tea = feature(&world, "Çay", "/features/hot-drinks.svg");
    assert_eq!(
        wifi,
        json!({"id": wifi["id"], "name": "Wi-Fi", "description": null,
        "iconPath": "/features/wifi.svg"})
    );
    let same = json!({"name": "WI-FI", "description": null, "iconPath": "/features/usb.svg"});
    world.admin.post("/bus-features", &same).problem(409, "feature_taken");
    for icon in ["/features/none.svg", "https://elsewhere.example/x.svg", "javascript:1", ""] {
        let form = json!({"name": "X", "iconPath": icon});
        let answer = world.admin.post("/bus-features", &form);
        answer.problem(400, "validation_failed");
        assert_eq!(answer.pointers(), ["/iconPath"]);
    }
    let all = world.nobody.get("/bus-features");
    assert_eq!((all.header("x-total-count"), all.ok(200)), (Some("2"), json!([tea, wifi])));

    let form = json!({"plate": "34 F 1", "model": "M", "seatCount": 9, "specs": null,
        "features": [tea["id"], wifi["id"]]});
    let bus = world.admin.post("/buses", &form).ok(201);
    let path = format!("/buses/{}", id(&bus));
    assert_eq!(bus["features"], json!([tea, wifi]), "in the order in which they were sent");
    assert_eq!(bus["specs"], Value::Null);
    let wifi_path = format!("/bus-features/{}", id(&wifi));
    let change = json!({"description": "Ücretsiz", "iconPath": "/features/usb.svg"});
    let changed = world.admin.patch(&wifi_path, &change).ok(200);
    assert_eq!(changed["description"], "Ücretsiz");
    assert_eq!(world.nobody.get(&path).ok(200)["features"], json!([tea, changed]));
    let one = world.admin.patch(&path, &json!({"features": [wifi["id"]]})).ok(200);
    assert_eq!(one["features"], json!([changed]), "a PATCH replaces them");
    let kept = world.admin.patch(&path, &json!({"model": "N"})).ok(200);
    assert_eq!(kept["features"], json!([changed]));
    let twice = world.admin.patch(&path, &json!({"features": [wifi["id"], wifi["id"]]}));
    twice.problem(400, "validation_failed");
    assert_eq!(twice.pointers(), ["/features/1"]);
    let nowhere = json!({"features": [bus["id"]]});
    world.admin.patch(&path, &nowhere).problem(404, "feature_not_found");
    let mut other = form.clone();
    other["plate"] = json!("34 F 2");
    other["features"] = nowhere["features"].clone();
    world.admin.post("/buses", &other).problem(404, "feature_not_found");

    assert_eq!(world.admin.call("DELETE", &wifi_path).status, 204);
    world.admin.call("DELETE", &wifi_path).problem(404, "feature_not_found");
    world.admin.patch(&wifi_path, &change).problem(404, "feature_not_found");
    assert_eq!(world.nobody.get(&path).ok(200)["features"], json!([]));
}

#[test]
fn a_form_sends_everything_and_its_empty_fields_are_none() {
    let world = World::new();
    let form = json!({
        "plate": "34 E 1", "model": "M", "seatCount": 9, "layoutType": "LAYOUT_2_1",
        "layoutId": null, "features": [], "specs": {"hasWifi": true}, "testLat": 41.015137,
        "testLng": 28.97953, "busPhone": "", "owner": " ", "taxOffice": "", "taxNumber": "",
    });
    let bus = world.admin.post("/buses", &form).ok(201);
    let path = format!("/buses/{}", id(&bus));
    for field in ["busPhone", "owner", "taxOffice", "taxNumber"] {
        assert_eq!(bus[field], Value::Null, "{field}");
        let filled = world.admin.patch(&path, &json!({field: "1"})).ok(200);
        assert_eq!(filled[field], "1");
        assert_eq!(world.admin.patch(&path, &json!({field: ""})).ok(200)[field], Value::Null);
    }
    assert_eq!((&bus["testLat"], &bus["testLng"]), (&json!(41.015137), &json!(28.97953)));
    assert_eq!(bus["specs"]["hasWifi"], true);
    let half = world.admin.patch(&path, &json!({"testLat": null})).ok(200);
    assert_eq!((&half["testLat"], &half["testLng"]), (&Value::Null, &json!(28.97953)));
    for (field, value) in [("testLat", 90.1), ("testLng", -180.5)] {
        let answer = world.admin.patch(&path, &json!({field: value}));
        answer.problem(400, "validation_failed");
        assert_eq!(answer.pointers(), [format!("/{field}")]);
    }
    assert_eq!(text_at(&world.nobody.get(&path).ok(200), "plate"), "34 E 1");
}
