//! Work that goes on when its caller disconnects.

use booking::BookingError;
use tracing::Instrument as _;

/// In a task beside the request, which ends with its connection: what was committed by then has to
/// be counted, or carried out, all the same.
pub(super) async fn to_its_end<T: Send + 'static>(
    work: impl Future<Output = T> + Send + 'static,
) -> Result<T, BookingError> {
    tokio::spawn(work.in_current_span()).await.map_err(BookingError::BrokeOff)
}
