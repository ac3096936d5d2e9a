//! Why the site cannot be made.

use std::path::PathBuf;

use crate::page::PageError;

#[derive(Debug, thiserror::Error)]
pub enum SiteError {
    #[error("cannot read {}: {fault}", path.display())]
    Read { path: PathBuf, fault: std::io::Error },
    #[error("{source_file}: {fault}")]
    Page { source_file: String, fault: PageError },
    #[error("`{0}` is a kind of file that the site has no Content-Type for")]
    Kind(String),
    #[error("two files of the site would be `{0}`")]
    Twice(String),
}
