//! The threads that bring committed events to viewers: they run the order, the hub and its passes.
//!
//! They are a runtime of their own. Where thousands of requests are ready, each of their tasks
//! waits for its turn, and an event takes several turns from the commit to the socket: on the
//! threads of the requests, a rush for one route would delay the viewers of all others. So the
//! system shares the processors between requests and delivery, and the side with little to do is
//! served at once.
//!
//! A viewer's requests, and a socket that takes no more for now, stay with the task of the
//! connection.

use std::io;
use tokio::runtime::{Builder, Handle, Runtime};

/// Ends its threads when it is dropped, wherever that is; work that is under way then is abandoned.
#[derive(Debug)]
pub(super) struct Delivery(Option<Runtime>);

impl Delivery {
    /// One thread for each core that this process may use: rooms are served in parallel.
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
        // Never waits: the code that drops it may run in a task itself.
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}
