//! Valid Turkish identity numbers, as many as a test needs: one person cannot be booked twice on a
//! departure.

/// The `nth` of them, from 1 on: nine counting digits, and the two check digits of the published
/// rule.
pub fn identity_number(nth: u32) -> String {
    let digits: Vec<u32> =
        (100_000_000 + nth).to_string().chars().filter_map(|c| c.to_digit(10)).collect();
    let (odd, even): (u32, u32) =
        (digits.iter().step_by(2).sum(), digits[1..].iter().step_by(2).sum());
    // Enough tens to keep the difference above zero.
    let tenth = (7 * odd + 40 - even) % 10;
    let eleventh = (odd + even + tenth) % 10;
    digits.iter().chain([&tenth, &eleventh]).map(u32::to_string).collect()
}
