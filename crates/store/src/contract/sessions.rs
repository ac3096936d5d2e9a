//! Sessions of viewers that may come back, and where a route stood at a moment.

use super::{Harness, World};
use crate::SessionKey;

fn key(number: u8) -> SessionKey {
    SessionKey([number; 32])
}

pub async fn a_session_is_kept_replaced_and_forgotten<H: Harness>() {
    let world = World::<H>::new().await;
    let store = &world.store;
    assert_eq!(store.viewer_session(key(1)).await.unwrap(), None);
    store.save_viewer_session(key(1), b"one".to_vec()).await.unwrap();
    store.save_viewer_session(key(2), b"two".to_vec()).await.unwrap();
    store.save_viewer_session(key(1), b"another".to_vec()).await.unwrap();
    assert_eq!(store.viewer_session(key(1)).await.unwrap().as_deref(), Some(&b"another"[..]));
    let mut keys = store.viewer_session_keys().await.unwrap();
    keys.sort_unstable();
    assert_eq!(keys, [key(1), key(2)]);
    store.forget_viewer_sessions(vec![key(1), key(9)]).await.unwrap();
    assert_eq!(store.viewer_session(key(1)).await.unwrap(), None);
    assert_eq!(store.viewer_session_keys().await.unwrap(), [key(2)]);
    world.finish().await;
}

pub async fn a_session_is_there_again<H: Harness>() {
    let world = World::<H>::new().await;
    world.store.save_viewer_session(key(1), b"one".to_vec()).await.unwrap();
    let world = world.reopened().await;
    let found = world.store.viewer_session(key(1)).await.unwrap();
    assert_eq!(found.as_deref(), Some(&b"one"[..]));
    world.finish().await;
}
