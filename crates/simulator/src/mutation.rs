//! Negative controls: one fault each, put into an otherwise correct program. The auditor must see
//! each.

/// The fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mutation {
    /// Viewers are sent a group's events before its commit, and even when that fails.
    TellBeforeCommit,
    /// Viewers are sent a route's changes before their commit, and even when that fails.
    TellChangesBeforeCommit,
    /// A route's changes are never written to any viewer.
    SkipChanges,
    /// Viewers are sent a route's changes at once, and not at their place in the stream.
    MisplaceChanges,
    /// Every few events one is never written to any viewer.
    SkipAnEvent,
    /// Every few events one is written twice.
    TellTwice,
    /// A crash undoes the last acknowledged group.
    ForgetAtCrash,
    /// A snapshot is sent at once, and not at its place in the stream.
    MisplaceSnapshots,
    /// A hold that has expired is a hold again.
    EndHoldsTwice,
    /// The key that forbids to sell a leg twice is gone.
    SellTwice,
    /// The provider says that it gave the money back, but keeps it.
    KeepTheMoney,
    /// Seats are sold by a timetable on which every bus leaves an hour later than it does.
    LeaveLate,
    /// A subscription is confirmed to a recoverable client, and only then saved.
    ConfirmBeforeWriting,
    /// A client that is recovered counts as having received one event more than it has.
    TakeOffsetsTooFar,
    /// The way back of a return booking is dropped.
    LoseTheReturn,
    /// The row of a key is not written.
    ForgetKeys,
    /// The row of a key has another answer than the one given.
    KeepOtherAnswers,
    /// The company's default neighbour rule is not kept.
    ForgetTheRule,
    /// Passports are stored in another spelling than the one that is looked up.
    SpellPassports,
    /// One share of a payment for several tickets is written as more than it is.
    MiscountShares,
    /// A payment for several tickets is noted with another payer.
    MixUpPayers,
    /// A group's row has another id than the group that was sent.
    BreakTheChain,
}

impl Mutation {
    /// All of them.
    pub const ALL: [Self; 22] = [
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
        Self::SpellPassports,
        Self::MiscountShares,
        Self::MixUpPayers,
        Self::BreakTheChain,
    ];
}
