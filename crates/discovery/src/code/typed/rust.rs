//! Rust.

use tree_sitter::Node;

use super::reader::Typed;
use super::{Grammar, Role};
use crate::code::module::{Import, Language, MAX_DEPTH};
use crate::code::syntax::children;

pub(super) const GRAMMAR: Grammar = Grammar {
    family: Language::Rust,
    language: || tree_sitter_rust::LANGUAGE.into(),
    roles: &[
        ("line_comment", Role::Comment),
        ("block_comment", Role::Comment),
        ("attribute_item", Role::Comment),
        ("inner_attribute_item", Role::Comment),
        ("use_declaration", Role::Import),
        ("function_item", Role::Function),
        ("function_signature_item", Role::Function),
        ("closure_expression", Role::Closure),
        ("struct_item", Role::Type),
        ("enum_item", Role::Type),
        ("impl_item", Role::Type),
        ("trait_item", Role::Type),
        ("mod_item", Role::Type),
        ("const_item", Role::Bind("name", "value")),
        ("static_item", Role::Bind("name", "value")),
        ("let_declaration", Role::Bind("pattern", "value")),
        ("assignment_expression", Role::Bind("left", "right")),
        ("string_literal", Role::Text),
        ("raw_string_literal", Role::Text),
        ("identifier", Role::Name),
        ("type_identifier", Role::Name),
        ("field_identifier", Role::Name),
        ("self", Role::Name),
        ("super", Role::Name),
        ("crate", Role::Name),
        ("field_expression", Role::Member("value", "field")),
        ("scoped_identifier", Role::Member("path", "name")),
        ("scoped_type_identifier", Role::Member("path", "name")),
        ("generic_function", Role::Generic),
        ("generic_type", Role::Generic),
        ("generic_type_with_turbofish", Role::Generic),
        ("bracketed_type", Role::Generic),
        ("parenthesized_expression", Role::Inner),
        ("try_expression", Role::Inner),
        ("await_expression", Role::Inner),
        ("reference_expression", Role::Inner),
        ("type_cast_expression", Role::Inner),
        ("else_clause", Role::Inner),
        ("expression_statement", Role::Inner),
        ("if_expression", Role::Choice(&["consequence", "alternative"])),
        ("binary_expression", Role::Binary),
        ("call_expression", Role::Call),
        ("struct_expression", Role::Construct("name")),
        ("array_expression", Role::List),
        ("tuple_expression", Role::List),
        ("block", Role::Block),
        ("macro_invocation", Role::Macro),
    ],
    import,
    wrappers: &[
        "Some",
        "Ok",
        "String.from",
        "Box.new",
        "Arc.new",
        "Rc.new",
        "Cow.from",
        "Cow.Borrowed",
        "ToString.to_string",
        "to_owned",
        "Uri.from",
        "ModelId.new",
    ],
    conversions: &[
        "to_string",
        "to_owned",
        "into",
        "clone",
        "as_str",
        "as_ref",
        "unwrap",
        "expect",
        "into_string",
        "trim",
        "into_owned",
        "unwrap_or_default",
        "ok",
        "context",
        "with_context",
        "cloned",
        "map_err",
        "to_vec",
    ],
    fallbacks: &["unwrap_or", "unwrap_or_else", "or", "or_else", "ok_or", "map_or"],
    environment: &["env.var", "env.var_os", "dotenvy.var", "dotenv.var", "env", "option_env"],
    builders: &[
        "builder",
        "agent",
        "extractor",
        "converse",
        "converse_stream",
        "invoke_model",
        "invoke_model_with_response_stream",
        "embeddings",
        "from_url",
        "LLMBuilder.new",
        "TextModelBuilder.new",
        "VisionModelBuilder.new",
        "GgufModelBuilder.new",
    ],
};

fn import(reader: &mut Typed<'_>, node: Node<'_>) {
    if let Some(argument) = node.child_by_field_name("argument") {
        uses(reader, argument, "", 0);
    }
}

/// `a::{B, c::D as E, f::*}`.
fn uses(reader: &mut Typed<'_>, node: Node<'_>, prefix: &str, depth: usize) {
    if depth > MAX_DEPTH {
        return;
    }
    let below =
        |path: &str| if prefix.is_empty() { path.to_owned() } else { format!("{prefix}.{path}") };
    match node.kind() {
        "scoped_use_list" => {
            let path = node.child_by_field_name("path").and_then(|path| reader.dotted(path));
            let prefix = path.map_or_else(|| prefix.to_owned(), |path| below(&path));
            for child in node.child_by_field_name("list").map(children).unwrap_or_default() {
                uses(reader, child, &prefix, depth + 1);
            }
        }
        "use_list" => {
            for child in children(node) {
                uses(reader, child, prefix, depth + 1);
            }
        }
        "use_wildcard" => {
            if let Some(path) = node.named_child(0).and_then(|path| reader.dotted(path)) {
                let path = below(&path);
                reader.module.namespaces.push(path);
            }
        }
        "use_as_clause" => {
            let path = node.child_by_field_name("path").and_then(|path| reader.dotted(path));
            if let (Some(path), Some(alias)) = (path, node.child_by_field_name("alias")) {
                let alias = reader.text(alias).to_owned();
                imported(reader, alias, &below(&path));
            }
        }
        _ => {
            if let Some(path) = reader.dotted(node) {
                let path = if path == "self" { prefix.to_owned() } else { below(&path) };
                let local = path.rsplit('.').next().unwrap_or(&path).to_owned();
                imported(reader, local, &path);
            }
        }
    }
}

/// What begins with a small letter is taken for a module.
fn imported(reader: &mut Typed<'_>, local: String, path: &str) {
    let import = match path.rsplit_once('.') {
        Some((module, name)) if !name.starts_with(|c: char| c.is_ascii_lowercase()) => {
            Import { module: module.to_owned(), name: Some(name.to_owned()) }
        }
        _ => Import { module: path.to_owned(), name: None },
    };
    reader.module.imports.insert(local, import);
}
