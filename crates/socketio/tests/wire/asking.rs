//! Acknowledgements that the server waits for, events that may be dropped, and rooms whose events
//! leave their sender out.

use crate::client::{Client, Got, frame, text};
use crate::fixture::{Fixture, Serve};
use crate::http_client::{get, open, post, session};
use socketio::Config;

#[tokio::test]
async fn an_answer_comes_back_to_who_has_asked() {
    let fixture = Fixture::start().await;
    let mut client = Client::connected(fixture.port).await;
    client.text("42[\"ask\",5000]").await;
    assert_eq!(client.next().await, text("420[\"question\",1]"));
    client.text("430[\"yes\",{\"a\":1}]").await;
    fixture.log.has("answer \"yes\",{\"a\":1} 0").await;
    client.text("42[\"ask\",5000]").await;
    assert_eq!(client.next().await, text("421[\"question\",1]"));
    client.text("461-1[{\"_placeholder\":true,\"num\":0}]").await;
    client.raw(&frame(0x82, b"bytes")).await;
    fixture.log.has("answer {\"_placeholder\":true,\"num\":0} 5").await;
}

#[tokio::test]
async fn questions_have_numbers_of_their_own_and_answers_may_come_in_any_order() {
    let fixture = Fixture::start().await;
    let mut client = Client::connected(fixture.port).await;
    client.text("40/custom").await;
    client.next().await;
    client.next().await;
    client.text("42[\"ask\",5000]").await;
    assert_eq!(client.next().await, text("420[\"question\",1]"));
    client.text("42/custom,[\"ask\",5000]").await;
    assert_eq!(client.next().await, text("42/custom,1[\"question\",1]"));
    // From another namespace, to no question, twice: no answer.
    for wrong in ["431[\"wrong\"]", "4377[\"wrong\"]", "43[\"wrong\"]", "43/custom,0[\"wrong\"]"] {
        client.text(wrong).await;
    }
    client.text("43/custom,1[\"b\"]").await;
    client.text("430[\"a\"]").await;
    client.text("430[\"again\"]").await;
    fixture.log.has("answer \"a\" 0").await;
    fixture.log.has("answer \"b\" 0").await;
    client.text("42[\"end\"]").await;
    assert_eq!(client.next().await, text("42[\"end\"]"));
    assert_eq!(fixture.log.lines().iter().filter(|line| line.starts_with("answer")).count(), 2);
}

#[tokio::test]
async fn who_does_not_answer_is_not_waited_for_longer() {
    let fixture = Fixture::start().await;
    let mut client = Client::connected(fixture.port).await;
    client.text("42[\"ask\",30]").await;
    assert_eq!(client.next().await, text("420[\"question\",1]"));
    fixture.log.has("no answer: TimedOut").await;
    // Too late, and not the answer to the next question either.
    client.text("430[\"late\"]").await;
    client.text("42[\"ask\",5000]").await;
    assert_eq!(client.next().await, text("421[\"question\",1]"));
    client.text("41").await;
    fixture.log.has("no answer: Disconnected").await;
    let mut client = Client::connected(fixture.port).await;
    client.text("42[\"ask\",50000]").await;
    client.next().await;
    drop(client);
    fixture.log.has("/ Closed(Peer)").await;
    let lost = || fixture.log.lines().iter().filter(|line| line.ends_with("Disconnected")).count();
    crate::fixture::wait_until(|| lost() == 2).await;
}

#[tokio::test]
async fn a_client_owes_only_so_many_answers() {
    let fixture = Fixture::with(Config { acks_max: 2, ..Config::default() }, Serve::Bare).await;
    let mut client = Client::connected(fixture.port).await;
    for _ in 0..3 {
        client.text("42[\"ask\",5000]").await;
    }
    assert_eq!(client.next().await, text("420[\"question\",1]"));
    assert_eq!(client.next().await, text("421[\"question\",1]"));
    fixture.log.has("no answer: TooMany").await;
}

#[tokio::test]
async fn what_is_volatile_is_dropped_while_something_waits() {
    let fixture = Fixture::start().await;
    let mut client = Client::connected(fixture.port).await;
    client.text("42[\"volatile\",1]").await;
    assert_eq!(client.next().await, text("42[\"volatile\",1]"));
    let query = session(&open(fixture.port).await);
    post(fixture.port, &query, "40").await;
    get(fixture.port, &query).await;
    // No poll waits: the first event waits, and the second one is not put behind it.
    post(fixture.port, &query, "42[\"volatile\",1]\u{1e}42[\"volatile\",2]").await;
    assert_eq!(get(fixture.port, &query).await.body, "42[\"volatile\",1]");
}

#[tokio::test]
async fn an_event_of_a_room_leaves_its_sender_out() {
    let fixture = Fixture::start().await;
    let mut sender = Client::connected(fixture.port).await;
    let mut other = Client::connected(fixture.port).await;
    let query = session(&open(fixture.port).await);
    post(fixture.port, &query, "40").await;
    get(fixture.port, &query).await;
    for client in [&mut sender, &mut other] {
        client.text("421[\"enter\",\"r\"]").await;
        assert_eq!(client.next().await, text("431[\"r\"]"));
    }
    post(fixture.port, &query, "421[\"enter\",\"r\"]").await;
    get(fixture.port, &query).await;
    sender.text("421[\"tell\",\"r\"]").await;
    assert_eq!(sender.next().await, text("431[\"r\"]"));
    assert_eq!(other.next().await, text("42[\"told\",\"r\"]"));
    // All clients; none in the other namespace's room of the same name.
    let told = |namespace, except| fixture.server.broadcast(namespace, "r", ("all", "1"), except);
    assert!(told("/", None));
    assert!(!told("/custom", None));
    assert_eq!(sender.next().await, text("42[\"all\",1]"));
    assert_eq!(other.next().await, text("42[\"all\",1]"));
    let body = get(fixture.port, &query).await.body;
    assert_eq!(body, "42[\"told\",\"r\"]\u{1e}42[\"all\",1]");
    // A poll is not answered for an event that is not for its client.
    let poll = tokio::spawn({
        let (port, query) = (fixture.port, query.clone());
        async move { get(port, &query).await }
    });
    post(fixture.port, &query, "42[\"tell\",\"r\"]").await;
    post(fixture.port, &query, "42[\"exit\",\"r\"]").await;
    assert_eq!(other.next().await, text("42[\"told\",\"r\"]"));
    assert!(told("/", None));
    assert_eq!(other.next().await, text("42[\"all\",1]"));
    post(fixture.port, &query, "42[\"end\"]").await;
    assert_eq!(poll.await.unwrap().body, "42[\"left\",true]");
    assert_eq!(get(fixture.port, &query).await.body, "42[\"end\"]");
}

#[tokio::test]
async fn a_room_that_everybody_has_left_begins_anew() {
    let fixture = Fixture::start().await;
    let mut client = Client::connected(fixture.port).await;
    for _ in 0..3 {
        client.text("421[\"enter\",\"r\"]").await;
        assert_eq!(client.next().await, text("431[\"r\"]"));
        assert!(fixture.server.broadcast("/", "r", ("all", "1"), None));
        assert_eq!(client.next().await, text("42[\"all\",1]"));
        client.text("42[\"exit\",\"r\"]").await;
        assert_eq!(client.next().await, Got::Text("42[\"left\",true]".into()));
        assert!(!fixture.server.broadcast("/", "r", ("all", "1"), None));
    }
}
