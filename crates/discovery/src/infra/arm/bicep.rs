//! Bicep files, statement by statement. A statement that cannot be read is named and the rest is kept.

use super::expression::{Expression, Parser};
use super::lexer::{Token, tokens};
use super::{Declared, Module, Source, Template};

/// Problems named of one file.
const MAX_PROBLEMS: usize = 20;

/// Reads a file; what is wrong with single statements stands beside what was read.
pub(super) fn template(path: &str, text: &str) -> Result<(Template, Vec<String>), String> {
    let tokens = tokens(text, 1)?;
    let mut parser = Parser::new(&tokens, 0);
    let mut template = Template { path: path.to_owned(), ..Template::default() };
    let mut problems = Vec::new();
    loop {
        parser.blank();
        if parser.peek().is_none() {
            return Ok((template, problems));
        }
        let before = parser.at;
        if let Err(problem) = statement(&mut parser, &mut template) {
            if problems.len() < MAX_PROBLEMS {
                problems.push(problem);
            }
            parser = Parser::new(&tokens, 0);
            parser.at = next_statement(&tokens, before);
        }
    }
}

/// The next line that begins with a word of a statement, outside all brackets.
fn next_statement(tokens: &[(Token, u32)], from: usize) -> usize {
    const WORDS: &[&str] = &[
        "param",
        "var",
        "resource",
        "module",
        "output",
        "targetScope",
        "metadata",
        "type",
        "func",
    ];
    let mut at = from + 1;
    while at < tokens.len() {
        let begins = matches!(tokens.get(at - 1), Some((Token::Newline, _)))
            && matches!(&tokens[at].0, Token::Word(word) if WORDS.contains(&word.as_str()))
            && matches!(tokens.get(at + 1), Some((Token::Word(_), _)));
        if begins {
            return at;
        }
        at += 1;
    }
    at
}

fn statement(parser: &mut Parser<'_>, template: &mut Template) -> Result<(), String> {
    let mut secure = false;
    while parser.take("@") {
        secure |= parser.is_word("secure")
            || matches!(parser.tokens.get(parser.at + 2), Some((Token::Word(word), _)) if word == "secure");
        parser.expression()?;
        parser.newlines();
    }
    let Some(Token::Word(word)) = parser.peek() else { return Err(parser.wrong("a statement")) };
    let line = parser.line();
    match word.as_str() {
        "param" => {
            parser.at += 1;
            let name = parser.word().ok_or_else(|| parser.wrong("a name"))?.to_owned();
            pass_type(parser);
            let default = if parser.take("=") {
                parser.newlines();
                Some(parser.expression()?)
            } else {
                None
            };
            template.parameters.insert(name, default.filter(|_| !secure));
        }
        "var" => {
            parser.at += 1;
            let name = parser.word().ok_or_else(|| parser.wrong("a name"))?.to_owned();
            pass_type(parser);
            parser.need("=")?;
            parser.newlines();
            template.variables.insert(name, parser.expression()?);
        }
        "output" => {
            parser.at += 1;
            let name = parser.word().ok_or_else(|| parser.wrong("a name"))?.to_owned();
            pass_type(parser);
            parser.need("=")?;
            parser.newlines();
            template.outputs.insert(name, parser.expression()?);
        }
        "resource" => {
            let (symbol, kind, existing, body) = parser.resource()?;
            let declared = Declared { symbol, kind, existing, body, line, within: None };
            resource(declared, None, template, 0);
        }
        "module" => {
            let (symbol, source, _, body) = parser.resource()?;
            let registry =
                source.starts_with("br") && source.contains(':') || source.starts_with("ts");
            let source = if registry { Source::Registry(source) } else { Source::File(source) };
            template.modules.push(Module { symbol, source, body, line });
        }
        "using" => {
            parser.at += 1;
            if let Ok(Expression::Text(path)) = parser.expression() {
                template.using = Some(path);
            }
        }
        _ => pass_statement(parser),
    }
    Ok(())
}

/// Adds a resource, and those that are written in it.
fn resource(mut declared: Declared, outer: Option<&str>, template: &mut Template, depth: u32) {
    let kind = declared.kind.split('@').next().unwrap_or_default();
    declared.kind = match outer {
        Some(outer) if !kind.contains('.') => format!("{outer}/{kind}"),
        _ => kind.to_owned(),
    };
    let inner = take_inner(&mut declared.body);
    let (symbol, kind) = (declared.symbol.clone(), declared.kind.clone());
    template.resources.push(declared);
    if depth > 8 {
        return;
    }
    for (key, body) in inner {
        let Expression::Call(_, key) = key else { continue };
        let [
            Expression::Text(name),
            Expression::Text(own),
            Expression::Bool(existing),
            Expression::Number(line),
        ] = key.as_slice()
        else {
            continue;
        };
        let declared = Declared {
            symbol: name.clone(),
            kind: own.clone(),
            existing: *existing,
            body,
            line: u32::try_from(*line).unwrap_or(1),
            within: Some(symbol.clone()),
        };
        resource(declared, Some(&kind), template, depth + 1);
    }
}

fn take_inner(body: &mut Expression) -> Vec<(Expression, Expression)> {
    match body {
        Expression::Map(entries) => {
            let (inner, own) = std::mem::take(entries).into_iter().partition(
                |(key, _)| matches!(key, Expression::Call(name, _) if name == "resource"),
            );
            *entries = own;
            inner
        }
        Expression::If(_, body) | Expression::For { body, .. } => take_inner(body),
        _ => Vec::new(),
    }
}

/// Passes over a type, up to the `=` or the end of the line.
fn pass_type(parser: &mut Parser<'_>) {
    let mut open = 0_u32;
    while let Some(token) = parser.peek() {
        match token {
            Token::Sign("{" | "[" | "(") => open += 1,
            Token::Sign("}" | "]" | ")") => open = open.saturating_sub(1),
            Token::Sign("=") | Token::Newline if open == 0 => return,
            _ => {}
        }
        parser.at += 1;
    }
}

/// Passes over a statement that says nothing of resources.
fn pass_statement(parser: &mut Parser<'_>) {
    let mut open = 0_u32;
    while let Some(token) = parser.peek() {
        match token {
            Token::Sign("{" | "[" | "(") => open += 1,
            Token::Sign("}" | "]" | ")") => open = open.saturating_sub(1),
            Token::Newline if open == 0 => return,
            _ => {}
        }
        parser.at += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_are_read_and_a_bad_one_is_named() {
        let text = "
targetScope = 'resourceGroup'
@description('Where')
param location string = resourceGroup().location
@secure()
param key string = 'not-kept'
param sizes {
  name: string
}[] = []
type size = { name: 'a' | 'b' }
var broken = = 1
resource account 'Microsoft.CognitiveServices/accounts@2024-10-01' = if (true) {
  name: 'ai'
  resource: 'a key, not a resource'
  @batchSize(1)
  resource chat 'deployments@2024-10-01' = {
    name: 'chat'
  }
}
module more './more.bicep' = { name: 'more' }
output id string = account::chat.id
";
        let (template, problems) = template("main.bicep", text).unwrap();
        assert_eq!(problems, ["an expression expected at line 11"]);
        assert_eq!(template.parameters["key"], None);
        assert!(template.parameters["sizes"].is_some());
        let kinds: Vec<(&str, u32)> =
            template.resources.iter().map(|it| (it.kind.as_str(), it.line)).collect();
        assert_eq!(
            kinds,
            [
                ("Microsoft.CognitiveServices/accounts", 12),
                ("Microsoft.CognitiveServices/accounts/deployments", 16)
            ]
        );
        assert_eq!(template.modules.len(), 1);
        assert_eq!(template.outputs.len(), 1);
    }
}
