//! What surrounds a page: its head, the navigation, the links to the pages before and after it.

use crate::contents::{Entry, PAGES, REFERENCE};
use crate::escape::escaped;
use crate::page::Page;

/// Draws the program's own description (`/openapi.json`) on its page.
pub(crate) const REFERENCE_SCRIPT: &str = "reference.js";

/// Makes the code blocks of a page live, where a server in development mode shows it.
pub(crate) const LIVE_SCRIPT: &str = "live.js";

pub(crate) fn whole(entry: &Entry, page: &Page) -> String {
    let script = if entry.name == REFERENCE { REFERENCE_SCRIPT } else { LIVE_SCRIPT };
    format!(
        r##"<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <meta name="color-scheme" content="light dark">
  <title>{title} – Seatwire</title>
  <link rel="icon" href="favicon.svg" type="image/svg+xml">
  <link rel="stylesheet" href="docs.css">
  <script type="module" src="{script}"></script>
</head>
<body>
  <a class="skip-link" href="#main">Skip to content</a>
  <header class="site-header"><a class="brand" href="index.html">Seatwire</a><a class="to-contents" href="#contents">Contents</a></header>
  <div class="columns">
    <main id="main">
{body}{neighbours}    </main>
    <nav id="contents" aria-label="Documents">
{navigation}    </nav>
  </div>
</body>
</html>
"##,
        title = escaped(&page.title),
        body = page.body,
        neighbours = neighbours(entry),
        navigation = navigation(entry, page),
    )
}

fn navigation(current: &Entry, page: &Page) -> String {
    let mut html = String::new();
    let mut part = "";
    for entry in PAGES {
        if entry.part != part {
            if !part.is_empty() {
                html.push_str("</ul>\n");
            }
            part = entry.part;
            html.push_str(&format!("<h2>{part}</h2>\n<ul>\n"));
        }
        if entry.name != current.name {
            html.push_str(&format!("<li><a href=\"{}\">{}</a></li>\n", entry.name, entry.label));
            continue;
        }
        html.push_str(&format!(
            "<li><a href=\"{}\" aria-current=\"page\">{}</a>",
            entry.name, entry.label
        ));
        if page.sections.len() > 1 {
            html.push_str("<ul>");
            for (heading, anchor) in &page.sections {
                html.push_str(&format!("<li><a href=\"#{anchor}\">{}</a></li>", escaped(heading)));
            }
            html.push_str("</ul>");
        }
        html.push_str("</li>\n");
    }
    html.push_str("</ul>\n");
    html
}

fn neighbours(current: &Entry) -> String {
    let Some(at) = PAGES.iter().position(|entry| entry.name == current.name) else {
        return String::new();
    };
    let before = at.checked_sub(1).and_then(|at| PAGES.get(at));
    let links = [(before, "prev", "← "), (PAGES.get(at + 1), "next", "")];
    let links = links.into_iter().filter_map(|(entry, rel, arrow)| {
        let Entry { name, label, .. } = entry?;
        let after = if rel == "next" { " →" } else { "" };
        Some(format!("<a rel=\"{rel}\" href=\"{name}\">{arrow}{label}{after}</a>"))
    });
    format!("<p class=\"neighbours\">{}</p>\n", links.collect::<String>())
}
