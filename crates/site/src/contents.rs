//! The pages, in the order of reading.
//!
//! A page has one source. Files of the repository that a reader without the code does not need are
//! not pages: a link to one is shown as its name.

/// One page: its file on the site, its source in the repository, its line in the navigation.
pub(crate) struct Entry {
    pub(crate) name: &'static str,
    pub(crate) source: &'static str,
    pub(crate) label: &'static str,
    /// The heading of the navigation under which it stands.
    pub(crate) part: &'static str,
}

const fn entry(
    name: &'static str,
    source: &'static str,
    label: &'static str,
    part: &'static str,
) -> Entry {
    Entry { name, source, label, part }
}

pub(crate) const REFERENCE: &str = "reference.html";

pub(crate) const PAGES: &[Entry] = &[
    entry("index.html", "docs/start.md", "Start", "Use it"),
    entry("guide.html", "docs/guide.md", "Guide", "Use it"),
    entry("quick-reference.html", "docs/quick-reference.md", "Quick reference", "Use it"),
    entry(REFERENCE, "docs/reference.md", "All addresses and messages", "Use it"),
    entry("errors.html", "docs/errors.md", "Errors", "Use it"),
    entry("testing.html", "docs/testing.md", "Testing guide", "Use it"),
    entry("troubleshooting.html", "docs/troubleshooting.md", "Troubleshooting", "Use it"),
    entry("clients.html", "docs/clients.md", "Stock clients", "Use it"),
    entry("javascript-client.html", "clients/js/README.md", "JavaScript client", "Use it"),
    entry("examples.html", "examples/README.md", "Examples", "Use it"),
    entry(
        "coming-from-the-original-backend.html",
        "docs/coming-from-the-original-backend.md",
        "Coming from the original backend",
        "Use it",
    ),
    entry("operations.html", "docs/operations.md", "Operations", "Run it"),
    entry("scaling.html", "docs/scaling.md", "Scaling", "Run it"),
    entry("backups.html", "docs/backups.md", "Backups", "Run it"),
    entry("alerts.html", "docs/alerts.md", "Alerts", "Run it"),
    entry("security.html", "docs/security.md", "Security", "Run it"),
    entry("metrics.html", "docs/metrics.md", "Metrics", "Run it"),
    entry("architecture.html", "docs/architecture.md", "Architecture", "Understand it"),
    entry("guarantees.html", "docs/guarantees.md", "Guarantees", "Understand it"),
    entry("benchmarks.html", "docs/benchmarks.md", "Benchmarks", "Understand it"),
    entry("code.html", "ARCHITECTURE.md", "The code", "Change it"),
    entry("contributing.html", "CONTRIBUTING.md", "Contributing", "Change it"),
    entry("changelog.html", "CHANGELOG.md", "Changelog", "Change it"),
];

/// The page that is made from this file of the repository.
pub(crate) fn page_of(source: &str) -> Option<&'static Entry> {
    PAGES.iter().find(|entry| entry.source == source)
}
