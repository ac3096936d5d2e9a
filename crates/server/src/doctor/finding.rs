//! One thing that the doctor has checked, and whether it should change.

use serde::Serialize;

/// One thing that was checked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Finding {
    pub(super) topic: &'static str,
    pub(super) verdict: Verdict,
    /// What was found.
    pub(super) what: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) why: Option<String>,
    /// What to do about it.
    #[serde(rename = "do", skip_serializing_if = "Option::is_none")]
    pub(super) change: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Verdict {
    Ok,
    /// Worth knowing; nothing needs to be done.
    Note,
    Change,
}

impl Finding {
    pub(super) fn ok(topic: &'static str, what: impl Into<String>) -> Self {
        Self { topic, verdict: Verdict::Ok, what: what.into(), why: None, change: None }
    }

    pub(super) fn note(topic: &'static str, what: impl Into<String>, why: &str) -> Self {
        let why = Some(why.to_owned());
        Self { verdict: Verdict::Note, why, ..Self::ok(topic, what) }
    }

    pub(super) fn change(
        topic: &'static str,
        what: impl Into<String>,
        why: &str,
        change: impl Into<String>,
    ) -> Self {
        let (why, change) = (Some(why.to_owned()), Some(change.into()));
        Self { verdict: Verdict::Change, why, change, ..Self::ok(topic, what) }
    }
}
