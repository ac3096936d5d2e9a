//! What answers tell browsers to protect people: what a page may load and call, what no cache
//! keeps, and nothing about TLS where there is none.

use serde_json::json;

use crate::support::world::{World, id};

#[test]
fn pages_load_and_talk_to_their_own_host_only() {
    let world = World::new();
    for path in ["/", "/nowhere-at-all"] {
        let page = world.nobody.send("GET", path, &[("accept", "text/html")], None);
        let policy = page.header("content-security-policy").unwrap();
        let of = |name: &str| {
            let directive = policy.split(';').find_map(|part| part.trim().strip_prefix(name));
            directive.unwrap_or_else(|| panic!("no {name} in {policy}")).trim()
        };
        for name in ["default-src", "connect-src", "script-src", "style-src"] {
            assert_eq!(of(name), "'self'", "{path}: {name}");
        }
        assert_eq!((of("base-uri"), of("frame-ancestors")), ("'none'", "'none'"));
        assert_eq!(page.header("strict-transport-security"), None, "there is no TLS here");
        // Nothing that such a policy would block.
        let html = page.text();
        for script in html.split("<script").skip(1) {
            let (tag, rest) = script.split_once('>').unwrap();
            assert!(tag.contains("src=\"/"), "{tag}");
            assert!(rest.trim_start().starts_with("</script>"), "a script in the page: {rest}");
        }
        for inline in ["<style", " style=", " onclick=", " onload=", "javascript:"] {
            assert!(!html.contains(inline), "{path}: {inline}");
        }
    }
}

#[test]
fn what_is_about_somebody_is_kept_by_no_cache() {
    let world = World::new();
    let route = world.some_route();
    let ticket = world.booked(&world.owner, &route, 1);
    let cached =
        |answer: crate::support::api::Answer| answer.header("cache-control").map(str::to_owned);
    let no_store = Some("no-store".to_owned());
    let pair = format!("/tickets/pnr/{}?phone=5321234567", ticket["pnrNumber"].as_str().unwrap());
    for answer in [
        world.owner.get("/auth/me"),
        world.owner.get("/tickets/my-tickets"),
        world.owner.get(&format!("/tickets/{}", id(&ticket))),
        world.owner.get("/payments/history"),
        // Staff see more of it than others.
        world.agent.get(&format!("/routes/{}", id(&route))),
        world.nobody.get(&pair),
        world.nobody.get("/tickets/my-tickets"),
        world.nobody.get("/holds/nobody-has-this-token"),
        world.nobody.post("/auth/login", &json!({"email": "a@b.cd", "password": "x"})),
    ] {
        assert_eq!(cached(answer.clone()), no_store, "{answer:?}");
    }
    for path in ["/stations", "/routes/upcoming", &format!("/routes/{}", id(&route))] {
        assert_eq!(cached(world.nobody.get(path)), None, "{path} is everybody's");
    }
}
