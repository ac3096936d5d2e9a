//! Negative controls: one wrong thing each, put into an otherwise sound house. An auditor that does
//! not see it is no auditor.

/// What is done wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mutation {
    /// Viewers are told of a group's events before its commit, and even when that fails.
    TellBeforeCommit,
    /// Viewers are told of a route's changes before their commit, and even when that fails.
    TellChangesBeforeCommit,
    /// A route's changes are never written to anybody.
    SkipChanges,
    /// Viewers are told of a route's changes at once, instead of at their place in the stream.
    MisplaceChanges,
    /// Every few events one is never written to anybody.
    SkipAnEvent,
    /// Every few events one is written twice.
    TellTwice,
    /// A crash takes back the last group that was acknowledged.
    ForgetAtCrash,
    /// A snapshot is sent at once instead of at its place in the stream.
    MisplaceSnapshots,
    /// A hold that has expired is a hold again.
    EndHoldsTwice,
    /// The key that forbids to sell a leg twice is gone.
    SellTwice,
    /// The provider says that it gave the money back, and kept it.
    KeepTheMoney,
    /// Seats are sold by a timetable on which every bus leaves an hour later than it does.
    LeaveLate,
    /// A subscription is confirmed to a client that may come back, and then written down.
    ConfirmBeforeWriting,
    /// A client that comes back is taken to have received one event more than it has.
    TakeOffsetsTooFar,
    /// Of a booking there and back the way back is dropped.
    LoseTheReturn,
    /// What stands under a key is not written down.
    ForgetKeys,
    /// What stands under a key is not what was answered.
    KeepOtherAnswers,
    /// The house's neighbour rule is not kept.
    ForgetTheRule,
    /// Of a payment for several tickets one share is written down as more than it is.
    MiscountShares,
    /// A payment for several tickets is noted as another's.
    MixUpPayers,
    /// A group's row bears another id than it was told under.
    BreakTheChain,
}

impl Mutation {
    /// All of them.
    pub const ALL: [Self; 21] = [
        Self::TellBeforeCommit,
        Self::TellChangesBeforeCommit,
        Self::SkipChanges,
        Self::MisplaceChanges,
        Self::SkipAnEvent,
        Self::TellTwice,
        Self::ForgetAtCrash,
        Self::MisplaceSnapshots,
        Self::EndHoldsTwice,
        Self::SellTwice,
        Self::KeepTheMoney,
        Self::LeaveLate,
        Self::ConfirmBeforeWriting,
        Self::TakeOffsetsTooFar,
        Self::LoseTheReturn,
        Self::ForgetKeys,
        Self::KeepOtherAnswers,
        Self::ForgetTheRule,
        Self::MiscountShares,
        Self::MixUpPayers,
        Self::BreakTheChain,
    ];
}
