//! A field's value as a row has it.

use std::borrow::Cow;

use jiff::Timestamp;
use uuid::Uuid;

use crate::Kurus;

/// A value as a row has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// There is none.
    Empty,
    /// There is one, which is personal.
    Hidden,
    Flag(bool),
    Number(i64),
    /// A number with a fraction, as its digits.
    Digits(String),
    Money(Kurus),
    Time(Timestamp),
    Id(Uuid),
    Text(Cow<'static, str>),
    Numbers(Vec<u16>),
    Texts(Vec<String>),
    Ids(Vec<Uuid>),
}

pub type Fields = Vec<(&'static str, Value)>;

macro_rules! values {
    ($($of:ty: $value:ident => $made:expr;)*) => {
        $(impl From<$of> for Value {
            fn from($value: $of) -> Self {
                $made
            }
        })*
    };
}

values! {
    bool: flag => Self::Flag(flag);
    u8: number => Self::Number(number.into());
    u16: number => Self::Number(number.into());
    Kurus: amount => Self::Money(amount);
    Timestamp: time => Self::Time(time);
    Uuid: id => Self::Id(id);
    &'static str: text => Self::Text(text.into());
    String: text => Self::Text(text.into());
    Vec<u16>: numbers => Self::Numbers(numbers);
    Vec<String>: texts => Self::Texts(texts);
}

impl<T: Into<Self>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Empty, Into::into)
    }
}
