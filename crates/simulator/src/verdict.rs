//! The outcome for a client that connects.

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It has sent no session.
    New,
    /// It is in its rooms again.
    Recovered,
    /// Nothing was kept.
    Unknown,
    /// The session is another's.
    Foreign,
    /// It missed too much, or the missed events are not known.
    Unrecoverable,
}

impl Verdict {
    const ALL: [(Self, &'static str); 5] = [
        (Self::New, "new"),
        (Self::Recovered, "recovered"),
        (Self::Unknown, "unknown"),
        (Self::Foreign, "foreign"),
        (Self::Unrecoverable, "unrecoverable"),
    ];

    pub(crate) fn as_str(self) -> &'static str {
        Self::ALL.iter().find(|(verdict, _)| *verdict == self).map_or("", |(_, word)| word)
    }

    pub(crate) fn parse(word: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, known)| *known == word).map(|(verdict, _)| *verdict)
    }
}
