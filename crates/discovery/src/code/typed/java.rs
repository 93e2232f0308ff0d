//! Java.

use tree_sitter::Node;

use super::reader::Typed;
use super::{Grammar, Role};
use crate::code::module::{Import, Language};

pub(super) const GRAMMAR: Grammar = Grammar {
    family: Language::Java,
    language: || tree_sitter_java::LANGUAGE.into(),
    roles: &[
        ("line_comment", Role::Comment),
        ("block_comment", Role::Comment),
        ("package_declaration", Role::Comment),
        ("import_declaration", Role::Import),
        ("method_declaration", Role::Function),
        ("constructor_declaration", Role::Function),
        ("lambda_expression", Role::Closure),
        ("class_declaration", Role::Type),
        ("record_declaration", Role::Type),
        ("interface_declaration", Role::Type),
        ("enum_declaration", Role::Type),
        ("variable_declarator", Role::Bind("name", "value")),
        ("assignment_expression", Role::Bind("left", "right")),
        ("string_literal", Role::Text),
        ("true", Role::Flag(true)),
        ("false", Role::Flag(false)),
        ("identifier", Role::Name),
        ("type_identifier", Role::Name),
        ("this", Role::Name),
        ("super", Role::Name),
        ("field_access", Role::Member("object", "field")),
        ("scoped_identifier", Role::Member("scope", "name")),
        ("scoped_type_identifier", Role::Generic),
        ("generic_type", Role::Generic),
        ("class_literal", Role::Inner),
        ("parenthesized_expression", Role::Inner),
        ("cast_expression", Role::Inner),
        ("ternary_expression", Role::Choice(&["consequence", "alternative"])),
        ("binary_expression", Role::Binary),
        ("method_invocation", Role::Method),
        ("object_creation_expression", Role::Construct("type")),
        ("array_initializer", Role::List),
        ("element_value_array_initializer", Role::List),
        ("array_access", Role::Index("array", "index")),
    ],
    import,
    wrappers: &[
        "Optional.of",
        "Optional.ofNullable",
        "ChatModel.of",
        "EmbeddingModel.of",
        "Model.of",
        "ResponsesModel.ofChat",
        "ResponsesModel.ofString",
        "Objects.requireNonNull",
        "String.valueOf",
        "URI.create",
        "AzureKeyCredential",
        "KeyCredential",
        "Endpoint.fromString",
        "SdkBytes.fromUtf8String",
        "JsonValue.from",
    ],
    conversions: &[
        "asString",
        "toString",
        "trim",
        "strip",
        "get",
        "modelId",
        "getValue",
        "getName",
        "stripIndent",
    ],
    fallbacks: &[
        "orElse",
        "orElseGet",
        "getOrDefault",
        "requireNonNullElse",
        "Objects.requireNonNullElse",
        "firstNonNull",
    ],
    environment: &[
        "System.getenv",
        "System.getProperty",
        "env.getProperty",
        "environment.getProperty",
    ],
    builders: &[
        "builder",
        "newBuilder",
        "toBuilder",
        "prompt",
        "McpServer.sync",
        "McpServer.async",
        "McpClient.sync",
        "McpClient.async",
        "createMessageParams",
    ],
};

/// `import a.b.C;`, `import static a.b.C.d;`, `import a.b.*;`
fn import(reader: &mut Typed<'_>, node: Node<'_>) {
    let Some(path) = node.named_child(0).and_then(|name| reader.dotted(name)) else { return };
    let wildcard = node.named_child(1).is_some_and(|child| child.kind() == "asterisk");
    if wildcard {
        reader.module.namespaces.push(path);
    } else if let Some((module, name)) = path.rsplit_once('.') {
        let import = Import { module: module.to_owned(), name: Some(name.to_owned()) };
        reader.module.imports.insert(name.to_owned(), import);
    }
}
