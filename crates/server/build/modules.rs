//! Makes one script from the page's modules, each in a function of its own, in the order of their
//! imports.
//!
//! Knows only as much JavaScript as these modules use: named imports and exports that begin a line,
//! comments that fill whole lines, and no text that spans lines: indentation is removed. Anything
//! else that begins like one of these is refused by name, so that a page that cannot run is never
//! built.

use std::fs;
use std::path::{Path, PathBuf};

pub(crate) struct Modules<'a> {
    web: &'a Path,
    client: &'a Path,
    /// What was written, and under which names; a module that was begun but not written is in a
    /// circle.
    begun: Vec<PathBuf>,
    written: Vec<PathBuf>,
    script: String,
}

impl<'a> Modules<'a> {
    pub(crate) fn new(web: &'a Path, client: &'a Path) -> Self {
        Self { web, client, begun: Vec::new(), written: Vec::new(), script: String::new() }
    }

    /// The script that runs this module of `web/` and everything that it imports.
    pub(crate) fn bundle(mut self, entry: &str) -> Result<String, String> {
        self.add(&self.web.join(entry))?;
        Ok(self.script)
    }

    fn add(&mut self, file: &Path) -> Result<(), String> {
        if self.written.iter().any(|each| each == file) {
            return Ok(());
        }
        let shown = file.display();
        if self.begun.iter().any(|each| each == file) {
            return Err(format!("{shown} imports itself in a circle"));
        }
        if let Some(other) = self.written.iter().find(|each| name(each) == name(file)) {
            return Err(format!("{shown} has the name of {}", other.display()));
        }
        self.begun.push(file.to_path_buf());
        let text = fs::read_to_string(file).map_err(|fault| format!("{shown}: {fault}"))?;
        let module = Module::read(&text).map_err(|line| format!("{shown}: {line}"))?;
        let mut body = String::new();
        for (names, from) in &module.imports {
            let imported = self.file(file, from);
            self.add(&imported)?;
            body.push_str(&format!("const {{ {names} }} = {};\n", variable(&imported)));
        }
        body.push_str(&module.body);
        // The first module is written last. It exports nothing, and may await at its top level.
        if self.begun.first().is_some_and(|first| first == file) {
            self.script.push_str(&format!("// {}\n{body}", name(file)));
        } else {
            let exports = module.exports.join(", ");
            self.script.push_str(&format!(
                "// {}\nconst {} = (() => {{\n{body}return {{ {exports} }};\n}})();\n",
                name(file),
                variable(file),
            ));
        }
        self.written.push(file.to_path_buf());
        Ok(())
    }

    fn file(&self, importer: &Path, from: &str) -> PathBuf {
        match from.strip_prefix("/client/") {
            Some(name) => self.client.join(name),
            None => importer.with_file_name(from.trim_start_matches("./")),
        }
    }
}

struct Module {
    /// The names, as a pattern of an object, and where they come from.
    imports: Vec<(String, String)>,
    exports: Vec<String>,
    body: String,
}

impl Module {
    /// # Errors
    /// The line that this file cannot handle.
    fn read(text: &str) -> Result<Self, String> {
        let mut module = Self { imports: Vec::new(), exports: Vec::new(), body: String::new() };
        let mut lines = text.lines();
        while let Some(line) = lines.next() {
            if is_comment(line, &mut lines) {
                continue;
            }
            if line.starts_with("import") {
                let mut whole = line.to_owned();
                while !whole.ends_with(';') {
                    whole.push_str(lines.next().ok_or_else(|| line.to_owned())?);
                }
                module.imports.push(import(&whole).ok_or(whole)?);
            } else if let Some(exported) = line.strip_prefix("export ") {
                if let Some(names) =
                    exported.strip_prefix("{ ").and_then(|rest| rest.strip_suffix(" };"))
                {
                    module.exports.push(names.to_owned());
                } else {
                    module.exports.push(declared(exported).ok_or_else(|| line.to_owned())?);
                    module.body.push_str(exported);
                    module.body.push('\n');
                }
            } else {
                // A text that continues in the next line would lose the spaces at its beginning.
                if line.matches('`').count() % 2 == 1 {
                    return Err(line.to_owned());
                }
                module.body.push_str(line.trim_start());
                module.body.push('\n');
            }
        }
        Ok(module)
    }
}

/// Whether a line is only a comment, which is for readers of the sources; skips to the end of a
/// comment that spans lines.
fn is_comment<'t>(line: &str, following: &mut impl Iterator<Item = &'t str>) -> bool {
    let text = line.trim_start();
    if text.starts_with("//") {
        return true;
    }
    if !text.starts_with("/**") {
        return false;
    }
    let mut last = text;
    while !last.contains("*/") {
        let Some(next) = following.next() else { break };
        last = next;
    }
    true
}

/// `import { a, b as c } from "./d.js";`
fn import(line: &str) -> Option<(String, String)> {
    let (names, from) = line.strip_prefix("import {")?.split_once("} from \"")?;
    let names = names.trim().trim_end_matches(',').replace(" as ", ": ");
    Some((names, from.strip_suffix("\";")?.to_owned()))
}

/// The declared name; one that can be assigned again is refused, because an import would only copy
/// it.
fn declared(exported: &str) -> Option<String> {
    let declaration = exported.trim_start_matches("async ");
    let rest =
        ["function ", "class ", "const "].iter().find_map(|kind| declaration.strip_prefix(kind))?;
    let name: String = rest
        .chars()
        .take_while(|letter| letter.is_alphanumeric() || "_$".contains(*letter))
        .collect();
    (!name.is_empty()).then_some(name)
}

fn name(file: &Path) -> String {
    file.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default()
}

fn variable(file: &Path) -> String {
    format!("module_{}", name(file).replace('-', "_"))
}
