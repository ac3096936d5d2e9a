//! How many bytes are held: by one log, by all of them, by pages.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Bytes held by entries: of one log, and of all logs together.
#[derive(Debug, Default)]
pub(crate) struct Gauge {
    bytes: AtomicUsize,
    parent: Option<Arc<Gauge>>,
}

impl Gauge {
    pub(crate) fn under(parent: &Arc<Self>) -> Arc<Self> {
        Arc::new(Self { bytes: AtomicUsize::new(0), parent: Some(Arc::clone(parent)) })
    }

    pub(crate) fn bytes(&self) -> usize {
        self.bytes.load(Ordering::Relaxed)
    }

    pub(crate) fn add(&self, bytes: usize) {
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
        if let Some(parent) = &self.parent {
            parent.add(bytes);
        }
    }

    pub(crate) fn sub(&self, bytes: usize) {
        self.bytes.fetch_sub(bytes, Ordering::Relaxed);
        if let Some(parent) = &self.parent {
            parent.sub(bytes);
        }
    }
}
