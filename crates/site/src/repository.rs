//! The files of the repository, as they are read for the site.

use std::fs;
use std::path::Path;

use crate::error::SiteError;

/// Folders that tools make or fetch: their links and names are not ours.
const NOT_OURS: [&str; 3] = ["target", "node_modules", "data"];

/// A file or a folder.
pub(crate) struct Found {
    /// From the root, with `/`.
    pub(crate) path: String,
    pub(crate) is_folder: bool,
}

pub(crate) fn read(path: &Path) -> Result<String, SiteError> {
    fs::read_to_string(path).map_err(|fault| SiteError::Read { path: path.to_path_buf(), fault })
}

/// All files and folders, without hidden ones.
pub(crate) fn everything(root: &Path) -> Result<Vec<Found>, SiteError> {
    let mut found = Vec::new();
    collect(root, "", &mut found)?;
    Ok(found)
}

fn collect(root: &Path, folder: &str, found: &mut Vec<Found>) -> Result<(), SiteError> {
    let path = root.join(folder);
    let failed = |fault| SiteError::Read { path: path.clone(), fault };
    for entry in fs::read_dir(&path).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.starts_with('.') || NOT_OURS.contains(&name.as_str()) {
            continue;
        }
        let path = if folder.is_empty() { name } else { format!("{folder}/{name}") };
        let is_folder = entry.file_type().map_err(failed)?.is_dir();
        if is_folder {
            collect(root, &path, found)?;
        }
        found.push(Found { path, is_folder });
    }
    Ok(())
}
