//! The registry of added modules is bounded. By itself, because it is the whole process's.

use trellis_model::{Class, DeclareError, MAX_MODULES, Module, declare, modules};

#[test]
fn there_are_only_so_many_modules() {
    let built_in = modules().len();
    let add = |number: usize| {
        let name: &'static str = Box::leak(format!("empty{number}").into_boxed_str());
        let (version, doc) = ("1.0.0", "Nothing.");
        let module = Module { name, version, doc, kurento_version: None, imports: &[], packages: &[], parts: &[] };
        declare(Box::leak(Box::new(module)))
    };
    for number in 0..MAX_MODULES {
        assert_eq!(add(number), Ok(()));
    }
    assert_eq!(add(MAX_MODULES), Err(DeclareError::TooMany));
    assert_eq!(modules().len(), built_in + MAX_MODULES);
    assert!(Class::find("PassThrough").is_some());
}
