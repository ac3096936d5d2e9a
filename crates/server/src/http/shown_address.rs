//! An address as it may be shown: it can have a hold's token in it, which must appear in no log, no
//! trace and no problem.

use std::borrow::Cow;

const FOLDER: &str = "/holds/";

/// What replaces a token in logs, traces and the `instance` of a problem.
const TOKEN: &str = "{token}";

/// An address as it may be shown.
pub(super) fn shown(path: &str) -> Cow<'_, str> {
    let Some(rest) = path.strip_prefix(FOLDER).filter(|rest| !rest.is_empty()) else {
        return Cow::Borrowed(path);
    };
    let behind = rest.find('/').map(|at| &rest[at..]).unwrap_or_default();
    Cow::Owned(format!("{FOLDER}{TOKEN}{behind}"))
}

#[cfg(test)]
mod tests {
    use super::shown;

    #[test]
    fn a_token_is_not_shown() {
        for (path, told) in [
            ("/holds", "/holds"),
            ("/holds/", "/holds/"),
            ("/holds/c2VjcmV0", "/holds/{token}"),
            ("/holds/c2VjcmV0/extend", "/holds/{token}/extend"),
            ("/holdings/c2VjcmV0", "/holdings/c2VjcmV0"),
        ] {
            assert_eq!(shown(path), told);
        }
    }
}
