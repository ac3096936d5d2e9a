//! Asks something on the network and waits for the answer, for commands without a runtime.

use std::fmt::Display;

pub(crate) fn awaited<T, E: Display>(
    question: impl Future<Output = Result<T, E>>,
) -> Result<T, String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| error.to_string())?;
    runtime.block_on(question).map_err(|error| error.to_string())
}
