//! Which file names which, and where these arrows make a circle.

use std::collections::{BTreeMap, BTreeSet};

use syn::visit::{self, Visit};

use crate::sources::{Module, Sources, is_for_tests};

/// How many times a re-exported name may be re-exported again.
const HANDED_ON_MAX: usize = 8;

/// By file: the files that it names.
#[derive(Default)]
pub(crate) struct Arrows(BTreeMap<String, BTreeSet<String>>);

impl Arrows {
    pub(crate) fn of(sources: &Sources) -> Self {
        let seen: BTreeMap<&Module, Seen> = sources
            .files
            .iter()
            .map(|(module, (_, file))| {
                let mut seen = Seen { module: module.clone(), ..Seen::default() };
                seen.visit_file(file);
                (module, seen)
            })
            .collect();
        let file_of = |module: &Module| sources.files[module].0.clone();
        let added = added_methods(&seen);
        let mut arrows = Self::default();
        for (module, seen_here) in &seen {
            let from = file_of(module);
            let named = seen_here.paths.iter().map(|path| home_of(&seen, path));
            let called = seen_here.called.iter().filter_map(|(of, method)| {
                let (added_to, home) = added.get(method)?;
                of.as_ref().is_none_or(|of| of == added_to).then_some(*home)
            });
            let to = named.chain(called.cloned()).map(|home| file_of(&home));
            let to = to.filter(|to| *to != from).collect();
            arrows.0.insert(from, to);
        }
        arrows
    }

    pub(crate) fn files(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    pub(crate) fn all(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().flat_map(|(from, to)| to.iter().map(|to| (from.as_str(), to.as_str())))
    }

    fn reached_from<'a>(&'a self, file: &'a str) -> BTreeSet<&'a str> {
        let mut reached = BTreeSet::new();
        let mut next = vec![file];
        while let Some(at) = next.pop() {
            let to = self.0.get(at).into_iter().flatten();
            next.extend(to.map(String::as_str).filter(|to| reached.insert(*to)));
        }
        reached
    }
}

/// The files that reach themselves, those of one circle together.
pub(crate) fn circles(arrows: &Arrows) -> Vec<BTreeSet<String>> {
    let reached: BTreeMap<_, _> =
        arrows.files().map(|file| (file, arrows.reached_from(file))).collect();
    let mut found = Vec::<BTreeSet<String>>::new();
    for (file, from_here) in &reached {
        if from_here.contains(file) && !found.iter().any(|circle| circle.contains(*file)) {
            let together = from_here.iter().filter(|other| reached[**other].contains(file));
            found.push(together.map(ToString::to_string).collect());
        }
    }
    found
}

/// The names in one file.
#[derive(Default)]
struct Seen {
    /// Where it is being read: an inline module has its own.
    module: Module,
    /// From the crate's root.
    paths: Vec<Module>,
    /// Names that can be found here though they are defined elsewhere.
    imported: BTreeMap<String, Module>,
    children: BTreeSet<String>,
    types: BTreeSet<String>,
    /// Its own methods, with their type.
    methods: BTreeSet<(String, String)>,
    /// Methods of traits, in any implementation.
    trait_methods: BTreeSet<String>,
    /// Methods that are called: of a type, or of any value before the dot.
    called: BTreeSet<(Option<String>, String)>,
}

impl Seen {
    fn note(&mut self, path: &[String]) {
        if let Some(path) = self.rooted(path) {
            self.paths.push(path);
        }
    }

    /// `None` if it leaves the crate, or is a name of this very file.
    fn rooted(&self, path: &[String]) -> Option<Module> {
        let (first, rest) = path.split_first()?;
        let mut base = self.module.clone();
        match first.as_str() {
            "crate" => return Some(rest.to_vec()),
            "self" => {}
            "super" => {
                base.pop();
            }
            child if self.children.contains(child) => base.push(first.clone()),
            _ => return None,
        }
        let mut rest = rest;
        while let Some((first, behind)) = rest.split_first()
            && first == "super"
        {
            base.pop();
            rest = behind;
        }
        base.extend_from_slice(rest);
        Some(base)
    }

    fn import(&mut self, tree: &syn::UseTree, before: &mut Module) {
        match tree {
            syn::UseTree::Path(path) => {
                before.push(path.ident.to_string());
                self.import(&path.tree, before);
                before.pop();
            }
            syn::UseTree::Group(group) => {
                group.items.iter().for_each(|tree| self.import(tree, before));
            }
            syn::UseTree::Glob(_) => self.note(before),
            syn::UseTree::Name(name) => self.import_as(&name.ident, &name.ident, before),
            syn::UseTree::Rename(name) => self.import_as(&name.ident, &name.rename, before),
        }
    }

    fn import_as(&mut self, name: &syn::Ident, known_as: &syn::Ident, before: &Module) {
        let mut path = before.clone();
        if name != "self" {
            path.push(name.to_string());
        }
        if let Some(home) = self.rooted(&path) {
            self.imported.insert(known_as.to_string(), home.clone());
            self.paths.push(home);
        }
    }
}

impl<'a> Visit<'a> for Seen {
    fn visit_file(&mut self, file: &'a syn::File) {
        // First, because a path may begin with a child that is declared below it.
        for item in &file.items {
            if let syn::Item::Mod(child) = item {
                self.children.insert(child.ident.to_string());
            }
        }
        visit::visit_file(self, file);
    }

    fn visit_item_mod(&mut self, item: &'a syn::ItemMod) {
        if !is_for_tests(&item.attrs) {
            self.module.push(item.ident.to_string());
            visit::visit_item_mod(self, item);
            self.module.pop();
        }
    }

    fn visit_item_fn(&mut self, item: &'a syn::ItemFn) {
        if !is_for_tests(&item.attrs) {
            visit::visit_item_fn(self, item);
        }
    }

    fn visit_stmt(&mut self, statement: &'a syn::Stmt) {
        let is_for_tests = match statement {
            syn::Stmt::Expr(syn::Expr::Call(call), _) => is_for_tests(&call.attrs),
            _ => false,
        };
        if !is_for_tests {
            visit::visit_stmt(self, statement);
        }
    }

    /// `pub(in crate::a)` limits where a name may be seen: it is no use of `crate::a`.
    fn visit_visibility(&mut self, _: &'a syn::Visibility) {}

    fn visit_item_use(&mut self, item: &'a syn::ItemUse) {
        if !is_for_tests(&item.attrs) {
            self.import(&item.tree, &mut Vec::new());
        }
    }

    fn visit_path(&mut self, path: &'a syn::Path) {
        let segments: Module =
            path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        if let [.., of, method] = segments.as_slice() {
            self.called.insert((Some(of.clone()), method.clone()));
            self.note(&segments);
        }
        visit::visit_path(self, path);
    }

    fn visit_expr_method_call(&mut self, call: &'a syn::ExprMethodCall) {
        self.called.insert((None, call.method.to_string()));
        visit::visit_expr_method_call(self, call);
    }

    fn visit_item_struct(&mut self, item: &'a syn::ItemStruct) {
        self.types.insert(item.ident.to_string());
        visit::visit_item_struct(self, item);
    }

    fn visit_item_enum(&mut self, item: &'a syn::ItemEnum) {
        self.types.insert(item.ident.to_string());
        visit::visit_item_enum(self, item);
    }

    fn visit_item_trait(&mut self, item: &'a syn::ItemTrait) {
        for item in &item.items {
            if let syn::TraitItem::Fn(method) = item {
                self.trait_methods.insert(method.sig.ident.to_string());
            }
        }
        visit::visit_item_trait(self, item);
    }

    fn visit_item_impl(&mut self, item: &'a syn::ItemImpl) {
        if let (None, syn::Type::Path(of)) = (&item.trait_, &*item.self_ty)
            && let Some(of) = of.path.segments.last()
        {
            for item in &item.items {
                if let syn::ImplItem::Fn(method) = item {
                    self.methods.insert((of.ident.to_string(), method.sig.ident.to_string()));
                }
            }
        }
        visit::visit_item_impl(self, item);
    }
}

/// The module that defines the thing at the end of a path: re-exported names are followed.
fn home_of(seen: &BTreeMap<&Module, Seen>, path: &Module) -> Module {
    let mut path = path.clone();
    for _ in 0..HANDED_ON_MAX {
        let len = (0..=path.len()).rev().find(|len| seen.contains_key(&path[..*len].to_vec()));
        let (module, rest) = path.split_at(len.unwrap_or(0));
        let module = module.to_vec();
        let handed_on = rest.first().and_then(|name| seen[&module].imported.get(name));
        let Some(home) = handed_on.filter(|home| !home.starts_with(&path)) else { return module };
        path = home.iter().chain(&rest[1..]).cloned().collect();
    }
    path
}

/// Methods that a file adds to a type of another file: by name, the type and the file, if the name
/// is unique.
fn added_methods<'a>(seen: &BTreeMap<&'a Module, Seen>) -> BTreeMap<String, (String, &'a Module)> {
    let mut homes = BTreeMap::<&str, Vec<Option<(&str, &'a Module)>>>::new();
    for (module, here) in seen {
        for (of, method) in &here.methods {
            let is_added = !here.types.contains(of);
            homes.entry(method).or_default().push(is_added.then_some((of.as_str(), *module)));
        }
        for method in &here.trait_methods {
            homes.entry(method).or_default().push(None);
        }
    }
    let added = homes.into_iter().filter_map(|(method, homes)| match homes.as_slice() {
        [Some((of, module))] => Some((method.to_owned(), ((*of).to_owned(), *module))),
        _ => None,
    });
    added.collect()
}
