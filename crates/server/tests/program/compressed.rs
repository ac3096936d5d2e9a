//! Long public lists are compressed for clients that accept it; answers about a person, and answers
//! with a version, never are.

use std::io::Read as _;

use flate2::read::GzDecoder;

use crate::support::api::{Answer, Api};
use crate::support::world::{World, id};

const GZIP: (&str, &str) = ("accept-encoding", "gzip");

fn asked(by: &Api, path: &str) -> Answer {
    let answer = by.send("GET", path, &[GZIP], None);
    assert_eq!(answer.status, 200, "{path}");
    answer
}

#[test]
fn a_list_for_everybody_is_the_same_and_shorter() {
    let world = World::new();
    for _ in 0..5 {
        world.some_route();
    }
    let plain = world.nobody.get("/routes");
    assert_eq!(plain.header("content-encoding"), None, "nobody asked for it");
    let packed = asked(&world.nobody, "/routes");
    assert_eq!(packed.header("content-encoding"), Some("gzip"));
    let varies = packed.headers.get_all("vary").iter();
    assert!(varies.filter_map(|by| by.to_str().ok()).any(|by| by.contains("accept-encoding")));
    assert_eq!(packed.header("x-total-count"), plain.header("x-total-count"));
    assert!(packed.body.len() * 2 < plain.body.len(), "{}", packed.body.len());
    let mut body = Vec::new();
    GzDecoder::new(packed.body.as_slice()).read_to_end(&mut body).unwrap();
    assert_eq!(body, plain.body);
}

#[test]
fn what_is_about_somebody_or_has_a_version_is_left_as_it_is() {
    let world = World::new();
    let route = world.some_route();
    for seat in 1..8 {
        world.booked(&world.agent, &route, seat);
    }
    let path = format!("/routes/{}", id(&route));
    for (by, path) in
        [(&world.agent, "/tickets"), (&world.agent, "/routes"), (&world.nobody, &path)]
    {
        let answer = asked(by, path);
        assert!(answer.body.len() > 2_048, "{path} is long enough");
        assert_eq!(answer.header("content-encoding"), None, "{path}");
    }
}
