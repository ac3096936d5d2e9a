//! The anchor of a heading, as GitHub makes it, so that one link works there and here.

use std::collections::BTreeMap;

/// The anchors of one page: a heading that comes twice gets a number.
#[derive(Debug, Default)]
pub(crate) struct Anchors {
    seen: BTreeMap<String, usize>,
}

impl Anchors {
    pub(crate) fn of(&mut self, heading: &str) -> String {
        let slug: String = heading
            .trim()
            .to_lowercase()
            .chars()
            .filter(|&letter| letter.is_alphanumeric() || matches!(letter, ' ' | '-' | '_'))
            .map(|letter| if letter == ' ' { '-' } else { letter })
            .collect();
        let earlier = self.seen.entry(slug.clone()).or_insert(0);
        *earlier += 1;
        match *earlier {
            1 => slug,
            count => format!("{slug}-{}", count - 1),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn anchors_are_those_of_github() {
        let mut anchors = Anchors::default();
        assert_eq!(anchors.of("Never a gap: `since`"), "never-a-gap-since");
        assert_eq!(anchors.of("What was tried"), "what-was-tried");
        assert_eq!(anchors.of("What was tried"), "what-was-tried-1");
        assert_eq!(anchors.of("Çıkış, giriş"), "çıkış-giriş");
    }
}
