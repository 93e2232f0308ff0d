//! Manifests of Maven.

use quick_xml::Reader;
use quick_xml::events::Event;
use rustc_hash::FxHashMap;

use super::Dependency;
use super::parse::Parsed;

/// Deepest nesting of elements that is followed.
const MAX_DEPTH: usize = 64;

/// `pom.xml`: dependencies, managed ones too, with the properties of the same file put in.
pub(super) fn manifest(text: &str) -> Parsed {
    let mut reader = Reader::from_str(text);
    let mut stack: Vec<String> = Vec::new();
    let mut properties: FxHashMap<String, String> = FxHashMap::default();
    let mut fields: FxHashMap<String, String> = FxHashMap::default();
    let mut lines = super::parse::Lines::new(text);
    let (mut found, mut problem, mut line) = (Vec::new(), None, 0);
    let path = |stack: &[String], tail: &[&str]| {
        stack.len() >= tail.len()
            && stack[stack.len() - tail.len()..].iter().zip(tail).all(|(have, want)| have == want)
    };
    loop {
        match reader.read_event() {
            Ok(Event::Start(start)) => {
                stack.push(start.local_name().as_ref().to_owned());
                if stack.len() > MAX_DEPTH {
                    problem = Some(format!("elements nested deeper than {MAX_DEPTH}"));
                    break;
                }
                if path(&stack, &["dependencies", "dependency"]) {
                    fields.clear();
                    line = lines.of("<dependency>");
                    // The next search begins behind this one.
                    lines.skip(1);
                }
            }
            Ok(Event::Text(content)) => {
                let content = content.trim();
                if let [.., parent, name] = stack.as_slice()
                    && !content.is_empty()
                {
                    if parent == "properties" {
                        properties.insert(name.clone(), content.to_owned());
                    } else if parent == "dependency" {
                        fields.insert(name.clone(), content.to_owned());
                    } else if parent == "project" && name == "version" {
                        properties.insert("project.version".to_owned(), content.to_owned());
                    }
                }
            }
            Ok(Event::End(_)) => {
                if path(&stack, &["dependencies", "dependency"])
                    && let (Some(group), Some(artifact)) =
                        (fields.get("groupId"), fields.get("artifactId"))
                {
                    found.push(Dependency {
                        name: format!("{group}:{artifact}"),
                        constraint: Some(fields.get("version").cloned().unwrap_or_default()),
                        line,
                        development: fields.get("scope").is_some_and(|scope| scope == "test"),
                        ..Dependency::default()
                    });
                }
                stack.pop();
            }
            Ok(Event::Eof) => {
                if !stack.is_empty() {
                    problem = Some("the file ends before its elements do".to_owned());
                }
                break;
            }
            Ok(_) => {}
            Err(error) => {
                problem = Some(error.to_string());
                break;
            }
        }
    }
    for dependency in &mut found {
        let written = dependency.constraint.as_deref().unwrap_or_default();
        if let Some(name) = written.strip_prefix("${").and_then(|rest| rest.strip_suffix('}'))
            && let Some(value) = properties.get(name)
        {
            dependency.constraint = Some(value.clone());
        }
    }
    Parsed { found, problem }
}

#[cfg(test)]
mod tests {
    use super::super::tests::brief;
    use super::*;

    const POM: &str = "<project>\n<properties><ai.version>1.0.0</ai.version></properties>\n<dependencies>\n<dependency><groupId>org.springframework.ai</groupId>\n<artifactId>spring-ai-openai</artifactId><version>${ai.version}</version></dependency>\n<dependency><groupId>dev.langchain4j</groupId><artifactId>langchain4j</artifactId><scope>test</scope></dependency>\n</dependencies></project>";

    #[test]
    fn dependencies_are_read_with_their_properties() {
        let read = manifest(POM);
        assert_eq!(read.problem, None);
        assert_eq!(
            brief(&read.found),
            ["org.springframework.ai:spring-ai-openai|1.0.0|4", "dev.langchain4j:langchain4j||6"]
        );
        assert!(read.found[1].development);
    }

    #[test]
    fn a_broken_file_keeps_what_can_be_read() {
        let half = POM.find("<groupId>dev").unwrap_or(0);
        let read = manifest(&POM[..half]);
        assert_eq!(read.found.len(), 1);
        assert!(read.problem.is_some());
    }
}
