//! How many files a server started from here may have open.

use super::finding::Finding;
use crate::open_files::{OPEN_FILES_WANTED, allowed};

const TOPIC: &str = "descriptors";

pub(super) fn look() -> Vec<Finding> {
    vec![match allowed() {
        None => Finding::ok(TOPIC, "as many files may be open as there are"),
        Some(allowed) if allowed >= OPEN_FILES_WANTED => {
            Finding::ok(TOPIC, format!("{allowed} files may be open"))
        }
        Some(allowed) => Finding::change(
            TOPIC,
            format!(
                "{allowed} files may be open, as seen from here; {OPEN_FILES_WANTED} are wanted"
            ),
            "each viewer takes one; when there are no more, new ones are kept waiting",
            "raise the hard limit: `LimitNOFILE=65536` in the systemd unit, `--ulimit nofile=65536` \
             in Docker, `ulimit -Hn` in a shell",
        ),
    }]
}
