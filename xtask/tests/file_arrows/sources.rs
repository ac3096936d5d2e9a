//! The files of a crate, and which module each of them is.

use std::collections::BTreeMap;
use std::path::Path;

/// A module's path from the crate's root, without `crate`.
pub(crate) type Module = Vec<String>;

const CRATES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../crates");

pub(crate) struct Sources {
    /// By module: the file's path from `src`, and what is in it.
    pub(crate) files: BTreeMap<Module, (String, syn::File)>,
}

impl Sources {
    /// The names of all crates, as their folders have them.
    pub(crate) fn crates() -> Vec<String> {
        let folders =
            std::fs::read_dir(Path::new(CRATES)).unwrap_or_else(|error| panic!("{error}"));
        let folders = folders.map(|folder| folder.unwrap_or_else(|error| panic!("{error}")));
        let with_sources = folders.filter(|folder| folder.path().join("src").is_dir());
        with_sources.map(|folder| folder.file_name().to_string_lossy().into_owned()).collect()
    }

    pub(crate) fn of_crate(name: &str) -> Self {
        let src = Path::new(CRATES).join(name).join("src");
        let root = if src.join("lib.rs").exists() { "lib.rs" } else { "main.rs" };
        Self::read(root, &|file| std::fs::read_to_string(src.join(file)).ok())
    }

    pub(crate) fn made_up(files: &[(&str, &str)]) -> Self {
        let files: BTreeMap<_, _> = files.iter().copied().collect();
        Self::read("lib.rs", &|file| files.get(file).map(ToString::to_string))
    }

    fn read(root: &str, source: &dyn Fn(&str) -> Option<String>) -> Self {
        let mut sources = Self { files: BTreeMap::new() };
        sources.add(Vec::new(), root.to_owned(), "", source);
        sources
    }

    /// Adds a file and those that it declares, which lie under `folder`.
    fn add(
        &mut self,
        module: Module,
        file: String,
        folder: &str,
        source: &dyn Fn(&str) -> Option<String>,
    ) {
        let Some(text) = source(&file) else { panic!("there is no {file}") };
        let parsed = syn::parse_file(&text).unwrap_or_else(|error| panic!("{file}: {error}"));
        for item in &parsed.items {
            let syn::Item::Mod(child) = item else { continue };
            if child.content.is_some() || is_for_tests(&child.attrs) {
                continue;
            }
            let name = child.ident.to_string();
            let child: Module = module.iter().cloned().chain([name.clone()]).collect();
            self.add(child, format!("{folder}{name}.rs"), &format!("{folder}{name}/"), source);
        }
        self.files.insert(module, (file, parsed));
    }
}

pub(crate) fn is_for_tests(attributes: &[syn::Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("cfg")
            && attribute.parse_args::<syn::Path>().is_ok_and(|path| path.is_ident("test"))
    })
}
