//! The same question about another piece of its list.

/// What a list shows when the question does not say it.
const LIMIT_DEFAULT: u64 = 20;

/// The same question without its `page`.
pub(super) fn on_the_first_page(path: &str) -> String {
    without(path, &["page"])
}

/// The same question for this many entries, behind as many as before.
pub(super) fn for_entries(path: &str, entries: u64) -> String {
    let number = |name: &str, default: u64| {
        fields(path)
            .find_map(|field| field.strip_prefix(name)?.strip_prefix('=')?.parse().ok())
            .unwrap_or(default)
    };
    let behind = (number("page", 1) - 1) * number("limit", LIMIT_DEFAULT);
    let rest = without(path, &["page", "limit"]);
    let sign = if rest.contains('?') { '&' } else { '?' };
    let page = match behind {
        // Not every list with a `limit` has pages.
        0 => String::new(),
        _ => format!("page={}&", behind / entries + 1),
    };
    format!("{rest}{sign}{page}limit={entries}")
}

fn fields(path: &str) -> impl Iterator<Item = &str> {
    let query = path.split_once('?').map(|(_, query)| query);
    query.unwrap_or_default().split('&').filter(|field| !field.is_empty())
}

fn without(path: &str, names: &[&str]) -> String {
    let named = |field: &str| field.split('=').next().is_some_and(|name| names.contains(&name));
    let kept: Vec<&str> = fields(path).filter(|field| !named(field)).collect();
    let address = path.split('?').next().unwrap_or_default();
    if kept.is_empty() { address.to_owned() } else { format!("{address}?{}", kept.join("&")) }
}

#[cfg(test)]
mod tests {
    use super::{for_entries, on_the_first_page};

    #[test]
    fn a_question_loses_its_page_and_nothing_else() {
        for (path, first) in [
            ("/routes", "/routes"),
            ("/routes?page=500&limit=20", "/routes?limit=20"),
            ("/tickets?page=500", "/tickets"),
            ("/tickets?status=CANCELLED&page=500", "/tickets?status=CANCELLED"),
        ] {
            assert_eq!(on_the_first_page(path), first);
        }
    }

    #[test]
    fn another_number_of_entries_is_as_far_behind() {
        for (path, entries, asked) in [
            ("/routes", 1, "/routes?limit=1"),
            ("/routes?limit=100", 2, "/routes?limit=2"),
            ("/tickets?page=500", 1, "/tickets?page=9981&limit=1"),
            ("/tickets?q=a&page=3&limit=10", 4, "/tickets?q=a&page=6&limit=4"),
        ] {
            assert_eq!(for_entries(path, entries), asked);
        }
    }
}
