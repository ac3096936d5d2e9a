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
    // A list, and a document that is kept compressed.
    for path in ["/routes", "/openapi.json"] {
        let plain = world.nobody.get(path);
        assert_eq!(plain.header("content-encoding"), None, "{path}: nobody asked for it");
        let packed = asked(&world.nobody, path);
        assert_eq!(packed.header("content-encoding"), Some("gzip"), "{path}");
        for answer in [&plain, &packed] {
            let varies = answer.headers.get_all("vary").iter();
            let mut varies = varies.filter_map(|by| by.to_str().ok());
            assert!(varies.any(|by| by.contains("accept-encoding")), "{path}");
        }
        assert_eq!(packed.header("content-type"), plain.header("content-type"), "{path}");
        assert_eq!(packed.header("x-total-count"), plain.header("x-total-count"), "{path}");
        assert!(packed.body.len() * 2 < plain.body.len(), "{path}: {}", packed.body.len());
        let mut body = Vec::new();
        GzDecoder::new(packed.body.as_slice()).read_to_end(&mut body).unwrap();
        assert_eq!(body, plain.body, "{path}");
    }
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
