//! Go.

use tree_sitter::Node;

use super::reader::Typed;
use super::{Grammar, Role};
use crate::code::module::{Import, Language};

pub(super) const GRAMMAR: Grammar = Grammar {
    family: Language::Go,
    language: || tree_sitter_go::LANGUAGE.into(),
    roles: &[
        ("comment", Role::Comment),
        ("import_spec", Role::Import),
        ("function_declaration", Role::Function),
        ("method_declaration", Role::Function),
        ("func_literal", Role::Closure),
        ("type_spec", Role::Type),
        ("const_spec", Role::Bind("name", "value")),
        ("var_spec", Role::Bind("name", "value")),
        ("short_var_declaration", Role::Bind("left", "right")),
        ("assignment_statement", Role::Bind("left", "right")),
        ("interpreted_string_literal", Role::Text),
        ("raw_string_literal", Role::Text),
        ("true", Role::Flag(true)),
        ("false", Role::Flag(false)),
        ("identifier", Role::Name),
        ("type_identifier", Role::Name),
        ("package_identifier", Role::Name),
        ("field_identifier", Role::Name),
        ("selector_expression", Role::Member("operand", "field")),
        ("qualified_type", Role::Member("package", "name")),
        ("generic_type", Role::Generic),
        ("type_instantiation_expression", Role::Generic),
        ("parenthesized_expression", Role::Inner),
        ("unary_expression", Role::Inner),
        ("literal_element", Role::Inner),
        ("type_conversion_expression", Role::Inner),
        ("variadic_argument", Role::Inner),
        ("binary_expression", Role::Binary),
        ("call_expression", Role::Call),
        ("composite_literal", Role::Construct("type")),
        ("literal_value", Role::Braces),
        ("index_expression", Role::Index("operand", "index")),
    ],
    import,
    wrappers: &[
        "F",
        "String",
        "Ptr",
        "NewOpt",
        "Opt",
        "string",
        "ChatModel",
        "Model",
        "EmbeddingModel",
        "ResponsesModel",
        "ModelID",
        "ChatModelID",
        "AnthropicModel",
        "Raw",
        "ToPtr",
        "StringPtr",
        "PtrTo",
        "Of",
    ],
    conversions: &["String", "TrimSpace"],
    fallbacks: &["cmp.Or", "lo.CoalesceOrEmpty", "coalesce", "firstNonEmpty"],
    environment: &["os.Getenv", "os.LookupEnv", "viper.GetString", "syscall.Getenv"],
    builders: &["NewChatClientBuilder"],
};

/// `name "path"`; without a name the last part of the path, less what only says that it is Go.
fn import(reader: &mut Typed<'_>, node: Node<'_>) {
    let Some(path) = node.child_by_field_name("path") else { return };
    let path = reader.string(path).0;
    let name = node.child_by_field_name("name").map(|name| reader.text(name).to_owned());
    let module = &mut reader.module;
    match name.as_deref() {
        Some("_") => {}
        Some(".") => module.namespaces.push(path),
        Some(name) => {
            module.imports.insert(name.to_owned(), Import { module: path, name: None });
        }
        None => {
            let name = package_name(&path).to_owned();
            module.imports.insert(name, Import { module: path, name: None });
        }
    }
}

/// `openai` of `github.com/openai/openai-go/v2`.
fn package_name(path: &str) -> &str {
    let version = |part: &str| {
        part.strip_prefix('v')
            .is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_digit()))
    };
    let last = path.rsplit('/').find(|part| !version(part)).unwrap_or(path);
    let mut name = last.split(".v").next().unwrap_or(last);
    for suffix in ["-sdk-go", "-go-client", "-go", ".go", "-sdk"] {
        name = name.strip_suffix(suffix).unwrap_or(name);
    }
    name.strip_prefix("go-").unwrap_or(name)
}
