//! A number of a document as it may be shown: its ends, and stars between them.

pub(super) fn masked(text: &str, shown_first: usize, shown_last: usize) -> String {
    let length = text.chars().count();
    let hidden = shown_first..length.saturating_sub(shown_last);
    text.chars().enumerate().map(|(at, c)| if hidden.contains(&at) { '*' } else { c }).collect()
}
