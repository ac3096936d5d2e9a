//! One file of the site, and what kind of file it is for a browser.

/// One file of the site.
#[derive(Debug)]
pub struct SiteFile {
    /// Relative to the folder of the site, without a folder of its own: `guide.html`.
    pub name: String,
    /// What goes into `Content-Type`.
    pub kind: &'static str,
    pub content: Vec<u8>,
}

/// By the end of its name; `None` for a kind of file that the site does not have.
pub(crate) fn content_type(name: &str) -> Option<&'static str> {
    let extension = name.rsplit('.').next().unwrap_or_default();
    Some(match extension {
        "html" => "text/html; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "webp" => "image/webp",
        "gif" => "image/gif",
        "json" => "application/json",
        "yml" | "yaml" | "service" | "env" | "cfg" | "Dockerfile" | "Caddyfile" => {
            "text/plain; charset=utf-8"
        }
        _ => return None,
    })
}
