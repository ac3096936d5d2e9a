//! Valid Turkish identity numbers, as many as a test needs: one person cannot be booked twice on a
//! departure.

use domain::identity::IdentityNumber;

/// The `nth` of them, from 1 on.
pub fn identity_number(nth: u32) -> String {
    let number = IdentityNumber::with_check_digits(100_000_000 + nth).expect("nine digits");
    number.as_str().to_owned()
}
