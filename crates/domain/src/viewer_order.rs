//! Orders of an administrator to viewers: to those of one account, or to those of one route.
//!
//! How a viewer is reached is not known here.

use crate::field::{NameError, readable};
use crate::{RouteId, UserId};

/// The longest notice, in characters: some lines on a telephone.
pub const NOTICE_CHARS_MAX: usize = 500;

/// Which viewers are meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ViewersOf {
    User(UserId),
    Route(RouteId),
}

/// Words to viewers, in the form of [`readable`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice(String);

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ViewerDeed {
    Disconnect,
    Notify(Notice),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ViewerOrder {
    pub viewers: ViewersOf,
    pub deed: ViewerDeed,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoticeError {
    #[error(transparent)]
    Unreadable(#[from] NameError),
    #[error("must have at most 500 characters")]
    TooLong,
}

impl Notice {
    pub fn new(text: &str) -> Result<Self, NoticeError> {
        let text = readable(text)?;
        if text.chars().count() > NOTICE_CHARS_MAX {
            return Err(NoticeError::TooLong);
        }
        Ok(Self(text))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_notice_is_as_long_as_it_may_be_and_can_be_read() {
        let longest = "ş".repeat(NOTICE_CHARS_MAX);
        assert_eq!(Notice::new(&longest).map(|notice| notice.0), Ok(longest.clone()));
        assert_eq!(Notice::new(&format!("{longest}ş")), Err(NoticeError::TooLong));
        assert_eq!(Notice::new(" \u{200b}"), Err(NameError::Empty.into()));
        assert_eq!(Notice::new("a\0b"), Err(NameError::Control.into()));
    }
}
