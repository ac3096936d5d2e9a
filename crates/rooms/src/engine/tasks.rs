//! The tasks that a hub owns, and the token that ends them.

use std::future::Future;

use tokio::runtime::Handle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

#[derive(Debug)]
pub(crate) struct Tasks {
    pub(crate) stopping: CancellationToken,
    tracker: TaskTracker,
    runtime: Handle,
}

impl Tasks {
    /// On the runtime that this is called in.
    ///
    /// # Panics
    /// Outside a tokio runtime.
    pub(crate) fn new() -> Self {
        Self {
            stopping: CancellationToken::new(),
            tracker: TaskTracker::new(),
            runtime: Handle::current(),
        }
    }

    /// Runs a task of the hub's own, unless the hub is stopping. Callable from any thread.
    pub(crate) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        if !self.stopping.is_cancelled() {
            self.tracker.spawn_on(task, &self.runtime);
        }
    }

    /// Waits until the running tasks have ended; to be called after they are cancelled.
    pub(crate) async fn ended(&self) {
        self.tracker.close();
        self.tracker.wait().await;
    }
}
