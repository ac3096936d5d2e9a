//! The threads that bring committed events to viewers: the order, the hub, its passes.
//!
//! They are a runtime of their own. Where thousands of requests are ready, each task of theirs waits for a
//! turn among them, and an event takes several turns from the commit to the socket: on the threads of the
//! requests a rush for one route would make the viewers of all others wait. So the system shares
//! processors between requests and delivery, and who has little to do is served at once.
//!
//! What a viewer asks, and a socket that takes no more for now, stays with its connection.

use std::io;
use tokio::runtime::{Builder, Handle, Runtime};

/// Ends its threads when it is dropped, wherever that is; what they do then is left.
#[derive(Debug)]
pub(super) struct Delivery(Option<Runtime>);

impl Delivery {
    /// One thread for each core that this process may use: rooms are served beside each other.
    pub(super) fn start() -> io::Result<Self> {
        let runtime = Builder::new_multi_thread().thread_name("delivery").enable_all().build()?;
        Ok(Self(Some(runtime)))
    }

    pub(super) fn handle(&self) -> &Handle {
        let Some(runtime) = &self.0 else {
            unreachable!("taken when it is dropped, by nobody else")
        };
        runtime.handle()
    }
}

impl Drop for Delivery {
    fn drop(&mut self) {
        // Never waits: whoever drops it may be a task itself.
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}
