//! A light viewer that always connects again, in one of five ways.
//!
//! It does exactly what the stock client does with `pid` and offset, and notes at once when a wrong
//! packet comes. Its map is compared with the database at the end.
//!
//! Its files are floors: `kind`, `watched`, `story` ← `state` ← `conversation` ← `connection` ← this
//! one, its life.

mod connection;
mod conversation;
mod kind;
mod state;
mod story;
mod watched;

use std::rc::Rc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::sleep;

use super::world::World;
pub(crate) use kind::Kind;
pub(crate) use state::{Order, Plan, Viewer};

/// First and longest time before a viewer tries again, in milliseconds, as the stock client has it.
const DELAY_MS: u64 = 100;
const DELAY_MS_MAX: u64 = 1_000;

impl Viewer {
    /// Lives in a task of its own until it is ended.
    pub(crate) fn start(plan: Plan, world: &Rc<World>) -> Rc<Self> {
        let (viewer, orders) = Self::new(plan, world);
        let viewer = Rc::new(viewer);
        tokio::task::spawn_local(Rc::clone(&viewer).live(orders));
        viewer
    }

    async fn live(self: Rc<Self>, mut orders: mpsc::Receiver<Order>) {
        let mut attempts = 0_u32;
        while !self.ended.get() {
            let end = self.one_connection(&mut orders).await;
            let was_connected = self.lost(&end);
            attempts = if was_connected { 0 } else { attempts.saturating_add(1) };
            let longest = (DELAY_MS << attempts.min(4)).min(DELAY_MS_MAX);
            let delay = self.dice.borrow_mut().u64(DELAY_MS / 2..=longest);
            sleep(Duration::from_millis(delay)).await;
        }
    }
}
