//! C#.

use tree_sitter::Node;

use super::reader::Typed;
use super::{Grammar, Role};
use crate::code::module::{Import, Language};
use crate::code::syntax::children;

pub(super) const GRAMMAR: Grammar = Grammar {
    family: Language::CSharp,
    language: || tree_sitter_c_sharp::LANGUAGE.into(),
    roles: &[
        ("comment", Role::Comment),
        ("using_directive", Role::Import),
        ("method_declaration", Role::Function),
        ("constructor_declaration", Role::Function),
        ("local_function_statement", Role::Function),
        ("lambda_expression", Role::Closure),
        ("anonymous_method_expression", Role::Closure),
        ("class_declaration", Role::Type),
        ("record_declaration", Role::Type),
        ("struct_declaration", Role::Type),
        ("interface_declaration", Role::Type),
        ("enum_declaration", Role::Type),
        ("variable_declarator", Role::Bind("name", "")),
        ("property_declaration", Role::Bind("name", "value")),
        ("assignment_expression", Role::Bind("left", "right")),
        ("string_literal", Role::Text),
        ("verbatim_string_literal", Role::Text),
        ("raw_string_literal", Role::Text),
        ("interpolated_string_expression", Role::Text),
        ("identifier", Role::Name),
        ("this", Role::Name),
        ("base", Role::Name),
        ("predefined_type", Role::Name),
        ("member_access_expression", Role::Member("expression", "name")),
        ("qualified_name", Role::Member("qualifier", "name")),
        ("conditional_access_expression", Role::Member("condition", "")),
        ("member_binding_expression", Role::Generic),
        ("generic_name", Role::Generic),
        ("parenthesized_expression", Role::Inner),
        ("cast_expression", Role::Inner),
        ("await_expression", Role::Inner),
        ("argument", Role::Inner),
        ("arrow_expression_clause", Role::Inner),
        ("postfix_unary_expression", Role::Inner),
        ("collection_element", Role::Inner),
        ("expression_element", Role::Inner),
        ("spread_element", Role::Inner),
        ("conditional_expression", Role::Choice(&["consequence", "alternative"])),
        ("binary_expression", Role::Binary),
        ("invocation_expression", Role::Call),
        ("object_creation_expression", Role::Construct("type")),
        ("implicit_object_creation_expression", Role::Construct("")),
        ("initializer_expression", Role::Braces),
        ("collection_expression", Role::List),
        ("array_creation_expression", Role::Inner),
        ("implicit_array_creation_expression", Role::Inner),
        ("anonymous_object_creation_expression", Role::Anonymous),
        ("element_access_expression", Role::Index("expression", "subscript")),
    ],
    import,
    wrappers: &[
        "Uri",
        "ApiKeyCredential",
        "AzureKeyCredential",
        "nameof",
        "BinaryData.FromString",
        "ThrowIfNull",
        "BedrockModel",
        "ModelId",
    ],
    conversions: &[
        "ToString",
        "Trim",
        "AsIChatClient",
        "AsChatClient",
        "AsEmbeddingGenerator",
        "AsIEmbeddingGenerator",
    ],
    fallbacks: &["GetValueOrDefault"],
    environment: &[
        "Environment.GetEnvironmentVariable",
        "GetValue",
        "configuration.GetValue",
        "config.GetValue",
        "GetConnectionString",
    ],
    builders: &["CreateBuilder", "AddMcpServer", "AddKernel"],
};

/// `using A.B;`, `using X = A.B;`, `using static A.B;`
fn import(reader: &mut Typed<'_>, node: Node<'_>) {
    let alias = node.child_by_field_name("name");
    let path = children(node)
        .into_iter()
        .filter(|child| Some(*child) != alias)
        .find_map(|child| reader.dotted(child));
    let Some(path) = path else { return };
    match alias {
        Some(alias) => {
            let alias = reader.text(alias).to_owned();
            let import = match path.rsplit_once('.') {
                Some((module, name)) => {
                    Import { module: module.to_owned(), name: Some(name.to_owned()) }
                }
                None => Import { module: path, name: None },
            };
            reader.module.imports.insert(alias, import);
        }
        None => reader.module.namespaces.push(path),
    }
}
