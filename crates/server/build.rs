//! Packs the page of `web/` for its first view: its modules as one script, its style sheets as one,
//! each also compressed. `/assets/page.js` and `/assets/page.css` are made here and nowhere else.
//! The stock Socket.IO client and the documents (`site`) are compressed too, and the JavaScript
//! client is packed for npm.

#[path = "build/modules.rs"]
mod modules;
#[path = "build/npm_package.rs"]
mod npm_package;

use std::collections::hash_map::DefaultHasher;
use std::error::Error;
use std::hash::{Hash as _, Hasher as _};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

use flate2::{Compression, GzBuilder};
use modules::Modules;

/// In this order, in which later sheets override earlier ones.
const SHEETS: [&str; 3] = ["style.css", "seatmap.css", "booking.css"];

fn main() -> Result<(), Box<dyn Error>> {
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?).join("../..");
    let (web, client) = (root.join("web"), root.join("clients/js"));
    let stock = root.join("clients/socket.io");
    // Not all of the client's folder: the packages for its tests are installed there.
    let packed = npm_package::CONTENTS.map(|name| client.join(name));
    for path in packed.iter().chain([&web, &stock]) {
        println!("cargo:rerun-if-changed={}", path.display());
    }
    let mut sheet = String::new();
    for name in SHEETS {
        sheet.push_str(&fs::read_to_string(web.join(name))?);
    }
    let script = Modules::new(&web, &client.join("src")).bundle("app.js")?;
    let page = fs::read(web.join("index.html"))?;

    let out = PathBuf::from(env::var("OUT_DIR")?);
    pack(&out, "page.css", "SHEET", sheet.as_bytes())?;
    pack(&out, "page.js", "SCRIPT", script.as_bytes())?;
    pack(&out, "index.html", "INDEX", &page)?;
    for (name, tag) in [("socket.io.js", "STOCK"), ("socket.io.min.js", "STOCK_MIN")] {
        pack(&out, name, tag, &fs::read(stock.join(name))?)?;
    }
    pack(&out, "seatwire.tar", "CLIENT", &npm_package::archive(&client)?)?;
    documents(&root, &out)
}

/// The files of `/docs`, as an array for `src/http/pages/documents.rs`.
fn documents(root: &Path, out: &Path) -> Result<(), Box<dyn Error>> {
    for source in site::sources(root) {
        println!("cargo:rerun-if-changed={}", source.display());
    }
    let files = site::build(root)?;
    let mut array = format!("static FILES: [(&str, Packed); {}] = [\n", files.len());
    for file in files {
        let (name, kind) = (file.name, file.kind);
        let stored = format!("docs-{name}");
        let tag = write_twice(out, &stored, &file.content)?;
        array.push_str(&format!(
            "({name:?}, Packed {{ kind: {kind:?}, tags: [{:?}, {:?}], \
             plain: include_bytes!({:?}), gzip: include_bytes!({:?}) }}),\n",
            format!("\"{tag}\""),
            format!("\"{tag}-gzip\""),
            out.join(&stored).display().to_string(),
            out.join(format!("{stored}.gz")).display().to_string(),
        ));
    }
    array.push_str("];\n");
    fs::write(out.join("documents.rs"), array)?;
    Ok(())
}

/// Writes a file plain and compressed, and passes its tag to the compiler.
fn pack(out: &Path, name: &str, tag: &str, content: &[u8]) -> Result<(), Box<dyn Error>> {
    let digest = write_twice(out, name, content)?;
    // `cargo run` passes these on to the program, which would read a name with its own prefix as a
    // setting.
    println!("cargo:rustc-env=PAGE_TAG_{tag}={digest}");
    Ok(())
}

/// Writes a file plain and compressed; returns a digest of its content.
fn write_twice(out: &Path, name: &str, content: &[u8]) -> Result<String, Box<dyn Error>> {
    fs::write(out.join(name), content)?;
    // Without time and name: the same sources make the same bytes.
    let mut packed = GzBuilder::new().write(Vec::new(), Compression::best());
    packed.write_all(content)?;
    fs::write(out.join(format!("{name}.gz")), packed.finish()?)?;
    let mut digest = DefaultHasher::new();
    content.hash(&mut digest);
    Ok(format!("{:016x}", digest.finish()))
}
