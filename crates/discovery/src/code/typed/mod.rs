//! Go, Java, C# and Rust to [`Module`]: one reader, and a table of node kinds for each language.
//!
//! The reader knows what a call, a name or a class is; a [`Grammar`] says what that looks like in its language.
//! Names of arguments and of struct fields are given in snake case, so that one word list serves all languages.

mod calls;
mod csharp;
mod go;
mod java;
mod reader;
mod rust;
#[cfg(test)]
mod tests;
mod values;

use std::sync::OnceLock;

use tree_sitter::Node;

use super::module::{Language, Module};
use reader::Typed;

/// What a kind of node is. Kinds that a grammar does not name are gone through for what they hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Role {
    /// Nothing that matters.
    Comment,
    Import,
    /// A named function or method: `name`, `parameters`, `body`.
    Function,
    /// A function without a name.
    Closure,
    /// A class, interface, struct or block of methods.
    Type,
    /// Names and values, by the names of their fields; without a field for values it is the last child.
    Bind(&'static str, &'static str),
    Text,
    Flag(bool),
    Name,
    /// `object.name`, by the names of the two fields.
    Member(&'static str, &'static str),
    /// A name with type arguments.
    Generic,
    /// As much as what it holds: parentheses, casts, `await`, `&`.
    Inner,
    /// One of several fields.
    Choice(&'static [&'static str]),
    Binary,
    /// A call: `function`, `arguments`.
    Call,
    /// A call: `object`, `name`, `arguments`.
    Method,
    /// A construction, with the field that names its type.
    Construct(&'static str),
    /// Values between braces, with or without keys.
    Braces,
    List,
    /// `new { key = value }`.
    Anonymous,
    /// `base[key]`, by the names of the two fields.
    Index(&'static str, &'static str),
    /// Statements, of which the last may be the value.
    Block,
    /// A macro of Rust, whose arguments are tokens.
    Macro,
    #[default]
    Other,
}

/// How one language writes what the reader knows.
struct Grammar {
    family: Language,
    language: fn() -> tree_sitter::Language,
    roles: &'static [(&'static str, Role)],
    /// Reads an import.
    import: fn(&mut Typed<'_>, Node<'_>),
    /// Functions whose result is their first argument: `aws.String("x")`, `Some("x")`, `new Uri("x")`.
    wrappers: &'static [&'static str],
    /// Methods whose result is what they are called on: `"x".to_string()`.
    conversions: &'static [&'static str],
    /// Methods and functions whose arguments stand in for what is missing: `unwrap_or("x")`.
    fallbacks: &'static [&'static str],
    /// Functions that read an environment variable or setting.
    environment: &'static [&'static str],
    /// Calls that begin a chain of setters, each of which is an argument: `X.builder().model("x").build()`.
    builders: &'static [&'static str],
}

const GRAMMARS: [&Grammar; 4] = [&go::GRAMMAR, &java::GRAMMAR, &csharp::GRAMMAR, &rust::GRAMMAR];

/// The language of a file, by its name.
pub(crate) fn language(path: &str) -> Option<Language> {
    Some(match path.rsplit_once('.')?.1 {
        "go" => Language::Go,
        "java" => Language::Java,
        "cs" => Language::CSharp,
        "rs" => Language::Rust,
        _ => return None,
    })
}

/// Reads a source in one of the four languages.
pub(crate) fn read(text: &str, language: Language) -> Option<Module> {
    let index = GRAMMARS.iter().position(|grammar| grammar.family == language)?;
    let grammar = GRAMMARS[index];
    let tree_language = (grammar.language)();
    let tree = super::syntax::parse(text, &tree_language)?;
    static ROLES: [OnceLock<Vec<Role>>; GRAMMARS.len()] =
        [const { OnceLock::new() }; GRAMMARS.len()];
    let roles = ROLES[index].get_or_init(|| by_kind_id(grammar, &tree_language));
    Some(Typed::read(text, tree.root_node(), grammar, roles))
}

/// The role of each kind of node, by the number of the kind.
fn by_kind_id(grammar: &Grammar, language: &tree_sitter::Language) -> Vec<Role> {
    (0..language.node_kind_count())
        .map(|id| {
            let kind = u16::try_from(id).ok().and_then(|id| language.node_kind_for_id(id));
            let named = |(name, _): &&(&str, Role)| kind == Some(*name);
            grammar.roles.iter().find(named).map_or(Role::Other, |(_, role)| *role)
        })
        .collect()
}
