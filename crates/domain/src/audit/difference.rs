//! What is different between a thing before and after, with nothing personal in it.

use jiff::Timestamp;

use super::action::Action;
use super::value::{Fields, Value};

/// The version of a thing: the old one stands in `before`, the new one is the row's time.
pub(super) const UPDATED_AT: &str = "updatedAt";

pub(super) struct Difference {
    pub(super) at: Option<Timestamp>,
    pub(super) action: Action,
    pub(super) before: Option<Fields>,
    pub(super) after: Option<Fields>,
}

impl Difference {
    /// Nothing of the thing itself has changed.
    pub(super) fn none(action: Action) -> Self {
        Self { at: None, action, before: None, after: None }
    }
}

/// One field of a thing, as it really is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Field<'a> {
    Plain(Value),
    Personal(Option<&'a str>),
    Version(Timestamp),
}

pub(super) type Described<'a> = Vec<(&'static str, Field<'a>)>;

pub(super) fn plain(value: impl Into<Value>) -> Field<'static> {
    Field::Plain(value.into())
}

pub(super) fn personal<'a>(value: impl Into<Option<&'a str>>) -> Field<'a> {
    Field::Personal(value.into())
}

/// All fields of a thing that is new or gone; for any other, the fields that are different.
pub(super) fn difference(
    action: Action,
    before: Option<Described<'_>>,
    after: Option<Described<'_>>,
) -> Difference {
    let is_kept = |at: usize, field: &Field<'_>, other: Option<&Described<'_>>| match other {
        Some(other) => other[at].1 != *field,
        None => !matches!(field, Field::Plain(Value::Empty) | Field::Personal(None)),
    };
    let told = |of: Option<&Described<'_>>, other: Option<&Described<'_>>| -> Option<Fields> {
        let fields = of?.iter().enumerate();
        let kept = fields.filter(|(at, (_, field))| is_kept(*at, field, other));
        Some(kept.map(|(_, (name, field))| (*name, field.told())).collect())
    };
    let (told_before, mut told_after) =
        (told(before.as_ref(), after.as_ref()), told(after.as_ref(), before.as_ref()));
    if let Some(fields) = &mut told_after {
        fields.retain(|(name, _)| *name != UPDATED_AT);
    }
    let version = after.iter().flatten().find_map(|(_, field)| match field {
        Field::Version(at) => Some(*at),
        Field::Plain(_) | Field::Personal(_) => None,
    });
    Difference { at: version, action, before: told_before, after: told_after }
}

pub(super) fn made_changed_or_gone<T>(before: Option<&T>, after: Option<&T>) -> Action {
    match (before, after) {
        (None, _) => Action::Created,
        (Some(_), Some(_)) => Action::Changed,
        (Some(_), None) => Action::Deleted,
    }
}

impl Field<'_> {
    fn told(&self) -> Value {
        match self {
            Self::Plain(value) => value.clone(),
            Self::Personal(None) => Value::Empty,
            Self::Personal(Some(_)) => Value::Hidden,
            Self::Version(at) => Value::Time(*at),
        }
    }
}
