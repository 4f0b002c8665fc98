//! `trellis model`: what is declared of remote classes, for people and for generators of clients.

use crate::output;
use anyhow::Context;
use trellis_model::reference::{markdown, rust, typescript};

/// What a module is printed as.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
pub enum Form {
    /// The reference page.
    Markdown,
    /// Kurento's descriptor, JSON.
    Kmd,
    /// Types for TypeScript, a `.d.ts` file.
    Typescript,
    /// Classes for the Rust client; a part of a module is named as in core/element.
    Rust,
}

/// Prints a module in one of the forms.
pub fn print(form: Form, module: &str) -> anyhow::Result<()> {
    output::print(&text(form, module)?)
}

fn text(form: Form, module: &str) -> anyhow::Result<String> {
    let text = match form {
        Form::Markdown => markdown(module),
        Form::Kmd => trellis_model::kmd(module).map(|kmd| format!("{kmd:#}\n")),
        Form::Typescript => typescript(module),
        Form::Rust => rust(module),
    };
    text.with_context(|| {
        let known: Vec<&str> = trellis_model::modules().iter().map(|module| module.name).collect();
        format!("there is no module '{module}'; there are: {}", known.join(", "))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_module_is_printed_in_each_form_and_one_that_there_is_not_in_none() {
        let kmd = (Form::Kmd, "{\n");
        let page = (Form::Markdown, "# Module `chroma`\n");
        for (form, begin) in [page, kmd, (Form::Typescript, "// "), (Form::Rust, "//! Module `chroma`")] {
            let text = text(form, "chroma").expect("a module");
            assert!(text.starts_with(begin) && text.ends_with('\n') && text.contains("ChromaFilter"), "{form:?}");
            let error = super::text(form, "nothing").expect_err("no module").to_string();
            assert!(error.starts_with("there is no module 'nothing'; there are: core, elements,"), "{error}");
        }
    }
}
