//! All modules that there are: the built-in ones, and those that a program adds.
//!
//! Built-in declarations are found without a lock; only what is not among them is looked for among the added ones.
//! Nothing is ever taken out: declarations are static.

use crate::class::names;
use crate::declared;
use crate::verify::{DeclareError, verify};
use crate::{Class, ComplexType, Event, Member, Module};
use parking_lot::RwLock;
use std::collections::HashMap;
use std::sync::LazyLock;

/// Modules that a program may add.
pub const MAX_MODULES: usize = 100;

static BUILT_IN: LazyLock<Index> = LazyLock::new(|| {
    let mut index = Index::default();
    declared::MODULES.iter().for_each(|module| index.add(module));
    index
});

static ADDED: LazyLock<RwLock<Index>> =
    LazyLock::new(|| RwLock::new(Index { below: Some(&BUILT_IN), ..Index::default() }));

/// Adds a module, for the whole process and as long as it runs. Every name of it must be new, and every name that it uses
/// declared; nothing of a module that is refused is added.
pub fn declare(module: &'static Module) -> Result<(), DeclareError> {
    let mut added = ADDED.write();
    if added.modules.len() == MAX_MODULES {
        return Err(DeclareError::TooMany);
    }
    verify(module, &added)?;
    added.add(module);
    Ok(())
}

/// Every module: the built-in ones, then the added ones in the order of their coming.
pub fn modules() -> Vec<&'static Module> {
    BUILT_IN.modules.iter().chain(&ADDED.read().modules).copied().collect()
}

/// Every class.
pub fn classes() -> impl Iterator<Item = &'static Class> {
    modules().into_iter().flat_map(Module::classes)
}

/// Every register and enumeration.
pub fn types() -> impl Iterator<Item = &'static ComplexType> {
    modules().into_iter().flat_map(Module::types)
}

/// Every event.
pub fn events() -> impl Iterator<Item = &'static Event> {
    modules().into_iter().flat_map(Module::events)
}

/// What a look-up finds, among the built-in declarations first.
pub(crate) fn find<T>(look: impl Fn(&Index) -> Option<T>) -> Option<T> {
    look(&BUILT_IN).or_else(|| look(&ADDED.read()))
}

/// Declarations by their names. The number of entries is that of the declarations: modules are bounded.
#[derive(Default)]
pub(crate) struct Index {
    below: Option<&'static Index>,
    modules: Vec<&'static Module>,
    classes: HashMap<&'static str, &'static Class>,
    /// Two modules may have a type of the same name if its fields are the same.
    types: HashMap<&'static str, Vec<&'static ComplexType>>,
    events: HashMap<&'static str, &'static Event>,
    /// By class, then by operation; inherited members too.
    members: HashMap<&'static str, HashMap<String, Member>>,
}

impl Index {
    pub fn module(&self, name: &str) -> Option<&'static Module> {
        let own = self.modules.iter().find(|module| module.name == name).copied();
        own.or_else(|| self.below?.module(name))
    }

    /// `X` or `module.X`.
    pub fn class(&self, name: &str) -> Option<&'static Class> {
        let (prefix, bare) = split(name);
        let own = self.classes.get(bare).filter(|class| prefix.is_none_or(|prefix| class.prefix() == prefix));
        own.copied().or_else(|| self.below?.class(name))
    }

    /// `X` or `module.X`.
    pub fn complex_type(&self, name: &str) -> Option<&'static ComplexType> {
        let (prefix, bare) = split(name);
        let mut named = self.types.get(bare).into_iter().flatten();
        let own = named.find(|kind| prefix.is_none_or(|prefix| kind.prefix() == prefix));
        own.copied().or_else(|| self.below?.complex_type(name))
    }

    pub fn event(&self, name: &str) -> Option<&'static Event> {
        self.events.get(name).copied().or_else(|| self.below?.event(name))
    }

    /// A member of a class of this index, not of the one below.
    pub fn member(&self, class: &str, operation: &str) -> Option<Member> {
        self.members.get(class)?.get(operation).copied()
    }

    fn add(&mut self, module: &'static Module) {
        self.modules.push(module);
        self.classes.extend(module.classes().map(|class| (class.name, class)));
        self.events.extend(module.events().map(|event| (event.name, event)));
        for kind in module.types() {
            self.types.entry(kind.name()).or_default().push(kind);
        }
        for class in module.classes() {
            let members = self.members_of(class);
            self.members.insert(class.name, members);
        }
    }

    /// What is declared nearest to the class comes before what its ancestors declare.
    fn members_of(&self, class: &'static Class) -> HashMap<String, Member> {
        let mut members = HashMap::new();
        let lineage = std::iter::successors(Some(class), |class| self.class(class.parent?));
        for (name, member) in lineage.flat_map(Class::own_members) {
            members.entry(name).or_insert(member);
        }
        members
    }
}

/// What stands before the dot, and what behind it.
fn split(name: &str) -> (Option<&str>, &str) {
    name.rsplit_once('.').map_or((None, name), |(prefix, bare)| (Some(prefix), bare))
}

impl Class {
    /// Its own operations by name: methods, then what reads and writes its properties.
    pub(crate) fn own_members(&'static self) -> impl Iterator<Item = (String, Member)> {
        let methods = self.methods.iter().map(|method| (method.name.to_owned(), Member::Method(method)));
        let readers = self.properties.iter().map(|property| (names("get", property), Member::Get(property)));
        let written = self.properties.iter().filter(|property| property.is_writable());
        methods.chain(readers).chain(written.map(|property| (names("set", property), Member::Set(property))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Method, Part};
    use std::hint::black_box;
    use std::time::{Duration, Instant};

    /// An index of as many classes, each with a method, and how long it takes to find the last one and its method.
    fn time_among(count: usize) -> Duration {
        static METHODS: [Method; 1] = [Method { name: "go", doc: "", params: &[], returns: None, returns_doc: "" }];
        let class = |number: usize| Class {
            name: Box::leak(format!("Class{number}").into_boxed_str()),
            module: "many",
            doc: "",
            parent: None,
            is_abstract: true,
            constructor: None,
            constructor_doc: "",
            properties: &[],
            methods: &METHODS,
            events: &[],
        };
        let classes: &[Class] = Box::leak((0..count).map(class).collect());
        let part = Part { path: module_path!(), classes, types: &[], events: &[] };
        let parts: &[&Part] = Box::leak(Box::new([&*Box::leak(Box::new(part))]));
        let (name, version, doc) = ("many", "1.0.0", "");
        let module = Module { name, version, doc, kurento_version: None, imports: &[], packages: &[], parts };
        let mut index = Index::default();
        index.add(Box::leak(Box::new(module)));
        let last = classes[count - 1].name;
        let batch = |_| {
            let start = Instant::now();
            for _ in 0..1_000 {
                assert!(black_box(index.class(black_box(last))).is_some());
                assert!(black_box(index.member(black_box(last), black_box("go"))).is_some());
            }
            start.elapsed()
        };
        (0..50).map(batch).min().unwrap_or_default()
    }

    #[test]
    fn built_in_modules_pass_what_added_ones_must() {
        let mut index = Index::default();
        for module in declared::MODULES {
            assert_eq!(verify(module, &index), Ok(()));
            index.add(module);
        }
        assert_eq!(verify(declared::MODULES[0], &index), Err(DeclareError::Module("core")));
    }

    #[test]
    fn a_look_up_takes_no_longer_among_many_declarations() {
        let (few, many) = (time_among(5), time_among(10_000));
        // A scan would take two thousand times as long.
        assert!(many < few * 50, "{few:?} among 5, {many:?} among 10000");
    }
}
