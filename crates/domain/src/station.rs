//! Stations: the places that a search box offers.

use jiff::Timestamp;

use crate::StationId;

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
