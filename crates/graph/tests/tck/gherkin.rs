//! Feature files, as far as query scenarios use them.

/// A scenario with the background's steps first; outlines are written out.
#[derive(Debug, Clone, Default)]
pub(crate) struct Scenario {
    pub(crate) name: String,
    /// Of its title, from 1.
    pub(crate) line: usize,
    pub(crate) steps: Vec<Step>,
}

#[derive(Debug, Clone, Default)]
pub(crate) struct Step {
    /// Without `Given`, `When`, `Then`, `And`.
    pub(crate) text: String,
    pub(crate) block: String,
    pub(crate) table: Vec<Vec<String>>,
}

impl Step {
    fn replaced(&self, from: &str, to: &str) -> Self {
        let replaced = |text: &String| text.replace(from, to);
        Self {
            text: replaced(&self.text),
            block: replaced(&self.block),
            table: self.table.iter().map(|row| row.iter().map(replaced).collect()).collect(),
        }
    }
}

pub(crate) fn read(text: &str) -> Vec<Scenario> {
    let mut reader = Reader::default();
    let mut lines = (1..).zip(text.lines());
    while let Some((number, line)) = lines.next() {
        let content = line.trim();
        if content == "\"\"\"" {
            let indent = line.len() - line.trim_start().len();
            let block: Vec<&str> = lines
                .by_ref()
                .map(|(_, line)| line)
                .take_while(|line| line.trim() != "\"\"\"")
                .map(|line| line.get(indent..).unwrap_or(line.trim()))
                .collect();
            if let Some(step) = reader.current.steps.last_mut() {
                step.block = block.join("\n");
            }
        } else {
            reader.line(number, content);
        }
    }
    reader.close();
    reader.scenarios
}

#[derive(Default)]
struct Reader {
    scenarios: Vec<Scenario>,
    background: Vec<Step>,
    current: Scenario,
    in_background: bool,
    /// One table for each `Examples`.
    examples: Option<Vec<Vec<Vec<String>>>>,
}

impl Reader {
    fn line(&mut self, number: usize, content: &str) {
        if content.is_empty() || content.starts_with(['#', '@']) {
            return;
        }
        if content.starts_with('|') {
            let table = match (&mut self.examples, self.current.steps.last_mut()) {
                (Some(examples), _) => examples.last_mut(),
                (None, Some(step)) => Some(&mut step.table),
                (None, None) => None,
            };
            if let Some(table) = table {
                table.push(cells(content));
            }
        } else if content.starts_with("Examples:") {
            self.examples.get_or_insert_default().push(Vec::new());
        } else if content.starts_with("Background:") {
            self.in_background = true;
        } else if let Some(name) =
            ["Scenario:", "Scenario Outline:"].iter().find_map(|title| content.strip_prefix(title))
        {
            self.close();
            self.current.name = name.trim().to_owned();
            self.current.line = number;
        } else if let Some(text) = ["Given ", "When ", "Then ", "And ", "But "]
            .iter()
            .find_map(|word| content.strip_prefix(word))
        {
            self.current.steps.push(Step { text: text.trim().to_owned(), ..Step::default() });
        }
    }

    fn close(&mut self) {
        let current = std::mem::take(&mut self.current);
        let examples = self.examples.take();
        if std::mem::take(&mut self.in_background) {
            self.background = current.steps;
            return;
        }
        if current.line == 0 {
            return;
        }
        let steps: Vec<Step> = self.background.iter().cloned().chain(current.steps).collect();
        let scenario = Scenario { steps, ..current };
        let Some(examples) = examples else { return self.scenarios.push(scenario) };
        for table in examples {
            let Some((names, rows)) = table.split_first() else { continue };
            for row in rows {
                let mut one = scenario.clone();
                for (name, value) in names.iter().zip(row) {
                    let place = format!("<{name}>");
                    one.name = one.name.replace(&place, value);
                    one.steps = one.steps.iter().map(|step| step.replaced(&place, value)).collect();
                }
                self.scenarios.push(one);
            }
        }
    }
}

/// The cells of a table's row; a backslash keeps a bar or a backslash.
fn cells(line: &str) -> Vec<String> {
    let mut cells = Vec::new();
    let mut cell = String::new();
    let mut chars = line.trim_start_matches('|').chars();
    while let Some(c) = chars.next() {
        match c {
            '|' => cells.push(std::mem::take(&mut cell).trim().to_owned()),
            '\\' => match chars.next() {
                Some(kept @ ('|' | '\\')) => cell.push(kept),
                other => cell.extend(['\\'].into_iter().chain(other)),
            },
            c => cell.push(c),
        }
    }
    cells
}
