//! What a person at the desk asks for, and how often.

#[derive(Clone, Copy)]
pub(super) enum Wish {
    Book,
    /// Several together, or there and back.
    Group,
    Move,
    Regender,
    Confirm,
    Suspend,
    Cancel,
    CancelAll,
    Refund,
    Pay,
    PayAll,
    /// Hold or block seats, or end a hold or block.
    Keep,
}

pub(super) const OTHER_WISHES: [(u64, Wish); 11] = [
    (16, Wish::Group),
    (14, Wish::Move),
    (4, Wish::Regender),
    (8, Wish::Confirm),
    (8, Wish::Suspend),
    (8, Wish::Cancel),
    (6, Wish::CancelAll),
    (5, Wish::Refund),
    (14, Wish::Pay),
    (8, Wish::PayAll),
    (18, Wish::Keep),
];
