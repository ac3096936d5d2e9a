//! Stations: the places that a search box offers.

use jiff::Timestamp;

use crate::StationId;
use crate::field::{FieldErrors, NAME_CHARS_MAX, name};
use crate::version::changed_at;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StationKind {
    City,
    Terminal,
    RestFacility,
}

impl StationKind {
    pub const ALL: [Self; 3] = [Self::City, Self::Terminal, Self::RestFacility];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::City => "CITY",
            Self::Terminal => "TERMINAL",
            Self::RestFacility => "REST_FACILITY",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Station {
    pub id: StationId,
    pub name: String,
    /// Derived from the name by [`slug`], unique.
    pub slug: String,
    pub kind: StationKind,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// The changes of a station, as they came; a field that is not named stays.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StationPatch {
    pub name: Option<String>,
    pub slug: Option<String>,
    pub kind: Option<StationKind>,
}

impl StationPatch {
    pub fn over(&self, old: &Station, now: Timestamp) -> Result<Station, FieldErrors> {
        // A slug that a person has chosen stays when the name changes.
        let chosen = (old.slug != slug(&old.name)).then_some(old.slug.as_str());
        let name = self.name.as_deref().unwrap_or(&old.name);
        let (name, slug) = named(name, self.slug.as_deref().or(chosen))?;
        Ok(Station {
            id: old.id,
            name,
            slug,
            kind: self.kind.unwrap_or(old.kind),
            created_at: old.created_at,
            updated_at: changed_at(old.updated_at, now),
        })
    }
}

/// Name and slug of a station, checked; a slug that is not given is made from the name.
pub fn named(text: &str, given: Option<&str>) -> Result<(String, String), FieldErrors> {
    let mut errors = FieldErrors::default();
    let name = errors.check("/name", name(text)).unwrap_or_default();
    let made = slug(given.unwrap_or(&name));
    if made.is_empty() && (given.is_some() || errors.is_empty()) {
        let pointer = if given.is_some() { "/slug" } else { "/name" };
        errors.push(pointer, "must have a letter or a digit");
    }
    if made.chars().count() > NAME_CHARS_MAX {
        errors.push("/slug", format!("must have at most {NAME_CHARS_MAX} characters"));
    }
    errors.into_result()?;
    Ok((name, made))
}

/// `İzmir Otogarı` → `izmir-otogari`: the folded name with everything else as single hyphens.
pub fn slug(name: &str) -> String {
    let key = crate::CityKey::new(name);
    key.as_str()
        .split(|c: char| !c.is_alphanumeric())
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join("-")
}

#[cfg(test)]
mod tests {
    #[test]
    fn slugs() {
        for (name, slug) in [
            ("İzmir Otogarı", "izmir-otogari"),
            ("  Şanlıurfa ", "sanliurfa"),
            ("Ankara (AŞTİ)", "ankara-asti"),
            ("--", ""),
        ] {
            assert_eq!(super::slug(name), slug);
        }
    }
}
