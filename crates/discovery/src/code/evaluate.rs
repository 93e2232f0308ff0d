//! Follows names within a file: what text a value may be, which call made it, which library a callee comes from.

use super::module::{Call, CallIndex, Module, Position, ScopeIndex, Value};

/// Most steps from a name to what it stands for.
const MAX_STEPS: usize = 8;
/// Most values that one name may stand for.
const MAX_VALUES: usize = 16;
/// Most values that are looked at on the way, where names are bound again and again.
const MAX_VISITS: usize = 256;

/// A text that a value may be, and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Resolved {
    pub(crate) text: String,
    pub(crate) position: Position,
    /// Whether it has holes.
    pub(crate) template: bool,
}

/// What a call calls.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Callee {
    /// Import root of its first name.
    pub(crate) module: Option<String>,
    /// Dotted names in that module, through the constructors of the objects it is called on:
    /// `AzureOpenAI.chat.completions.create`.
    pub(crate) path: String,
    /// Calls that made the objects it is called on, outermost first.
    pub(crate) made_by: Vec<CallIndex>,
}

impl Module {
    /// Every text that `value` may be in `scope`.
    pub(crate) fn texts(&self, value: &Value, scope: ScopeIndex) -> Vec<Resolved> {
        let mut found = Vec::new();
        self.follow(value, scope, MAX_STEPS, &mut |value, _| match value {
            Value::Text(text, position) => {
                found.push(Resolved { text: text.clone(), position: *position, template: false });
            }
            Value::Template(text, position) => {
                found.push(Resolved { text: text.clone(), position: *position, template: true });
            }
            _ => {}
        });
        found.truncate(MAX_VALUES);
        found
    }

    /// The one text that `value` is, if it is one.
    pub(crate) fn text(&self, value: &Value, scope: ScopeIndex) -> Option<String> {
        self.texts(value, scope).into_iter().find(|text| !text.template).map(|text| text.text)
    }

    /// Every call that may have made `value`, through wrappers such as `model.bind_tools(…)`.
    pub(crate) fn made_by(&self, value: &Value, scope: ScopeIndex) -> Vec<CallIndex> {
        let mut found = Vec::new();
        self.follow(value, scope, MAX_STEPS, &mut |value, _| {
            if let Value::Call(index) = value
                && !found.contains(index)
            {
                found.push(*index);
            }
        });
        let mut next = 0;
        while next < found.len() && found.len() < MAX_VALUES {
            let index = found[next];
            for maker in self.callee(&self.calls[index]).made_by {
                if !found.contains(&maker) {
                    found.push(maker);
                }
            }
            next += 1;
        }
        found
    }

    /// Visits what `value` may be, names replaced by what they are bound to, lists and alternatives by their parts.
    pub(crate) fn follow(
        &self,
        value: &Value,
        scope: ScopeIndex,
        steps: usize,
        visit: &mut dyn FnMut(&Value, ScopeIndex),
    ) {
        let mut visits = MAX_VISITS;
        self.follow_within(value, scope, steps, &mut visits, visit);
    }

    fn follow_within(
        &self,
        value: &Value,
        scope: ScopeIndex,
        steps: usize,
        visits: &mut usize,
        visit: &mut dyn FnMut(&Value, ScopeIndex),
    ) {
        let (Some(left), Some(rest)) = (steps.checked_sub(1), visits.checked_sub(1)) else {
            return;
        };
        *visits = rest;
        match value {
            Value::Either(values) => {
                for value in values.iter().take(MAX_VALUES) {
                    self.follow_within(value, scope, left, visits, visit);
                }
            }
            Value::Name(name, _) => {
                let bound = self.lookup(name, scope);
                if bound.is_empty() {
                    visit(value, scope);
                }
                for (value, scope) in bound {
                    // `let model = model.clone();`
                    if matches!(value, Value::Name(again, _) if again == name) {
                        continue;
                    }
                    self.follow_within(value, scope, left, visits, visit);
                }
            }
            Value::Item(base, key) => {
                let mut items = Vec::new();
                self.follow_within(base, scope, left, visits, &mut |base, scope| {
                    if let Value::Map(entries) = base {
                        let wanted = entries.iter().filter(|(name, ..)| name == key);
                        items.extend(wanted.map(|(.., value)| (value.clone(), scope)));
                    }
                });
                for (value, scope) in items.into_iter().take(MAX_VALUES) {
                    self.follow_within(&value, scope, left, visits, visit);
                }
            }
            Value::Call(index) => {
                visit(value, scope);
                let call = &self.calls[*index];
                // Defaults of settings: `Field(default="…")`, `field(default="…")`, `str("…")`.
                if matches!(
                    call.last(),
                    "Field"
                        | "field"
                        | "str"
                        | "String"
                        | "SecretStr"
                        | "cast"
                        | "Option"
                        | "Argument"
                        | "dedent"
                        | "cleandoc"
                ) {
                    let default = call.named("default").or_else(|| call.at(0));
                    if let Some(default) = default {
                        self.follow_within(default, call.scope, left, visits, visit);
                    }
                } else if matches!(call.last(), "get" | "getenv")
                    && let Some(default) = call.at(1)
                {
                    self.follow_within(default, call.scope, left, visits, visit);
                }
            }
            _ => visit(value, scope),
        }
    }

    /// What a dotted name is bound to, from the innermost scope outwards; several where it is bound several times.
    fn lookup(&self, name: &str, scope: ScopeIndex) -> Vec<(&Value, ScopeIndex)> {
        let (first, rest) =
            name.split_once('.').map_or((name, None), |(first, rest)| (first, Some(rest)));
        if let Some(field) = rest {
            let field = field.rsplit('.').next().unwrap_or(field);
            if matches!(first, "self" | "this" | "cls") {
                return self
                    .class_around(scope)
                    .map_or_else(Vec::new, |class| self.bound(class, field));
            }
            // `settings.model`: a field of the only class that has it.
            let mut classes = self.classes_with(field);
            return match (classes.next(), classes.next()) {
                (Some(class), None) if !self.imports.contains_key(first) => {
                    self.bound(class, field)
                }
                _ => Vec::new(),
            };
        }
        let mut scope = scope;
        loop {
            let bound = self.bound(scope, first);
            if !bound.is_empty() || scope == 0 {
                return bound;
            }
            scope = self.scopes[scope].parent;
        }
    }

    fn bound(&self, scope: ScopeIndex, name: &str) -> Vec<(&Value, ScopeIndex)> {
        self.bound_in(scope, name)
            .take(MAX_VALUES)
            .map(|binding| (&binding.value, binding.scope))
            .collect()
    }

    /// What a call calls.
    pub(crate) fn callee(&self, call: &Call) -> Callee {
        self.callee_within(call, MAX_STEPS)
    }

    fn callee_within(&self, call: &Call, steps: usize) -> Callee {
        let as_written = Callee { path: call.path.clone(), ..Callee::default() };
        let Some(left) = steps.checked_sub(1) else { return as_written };
        if let Some(receiver) = call.receiver {
            return self.called_on(receiver, &call.path, left);
        }
        // The longest imported prefix: `google.generativeai.GenerativeModel`.
        let mut end = call.path.len();
        loop {
            if let Some(import) = self.imports.get(&call.path[..end]) {
                let rest = call.path[end..].trim_start_matches('.');
                let path = match (&import.name, rest) {
                    (None, rest) => rest.to_owned(),
                    (Some(name), "") => name.clone(),
                    (Some(name), rest) => format!("{name}.{rest}"),
                };
                return Callee { module: Some(import.module.clone()), path, made_by: Vec::new() };
            }
            match call.path[..end].rfind('.') {
                Some(dot) => end = dot,
                None => break,
            }
        }
        // The longest prefix that is bound to a call: `self.client.chat.completions.create`.
        let mut end = call.path.len();
        loop {
            let prefix = &call.path[..end];
            for (value, _) in self.lookup(prefix, call.scope) {
                let maker = match value {
                    Value::Call(index) => Some(*index),
                    Value::Either(parts) => parts.iter().find_map(|part| match part {
                        Value::Call(index) => Some(*index),
                        _ => None,
                    }),
                    _ => None,
                };
                if let Some(maker) = maker {
                    return self.called_on(maker, call.path[end..].trim_start_matches('.'), left);
                }
            }
            match prefix.rfind('.') {
                Some(dot) if dot > 0 => end = dot,
                _ => return as_written,
            }
        }
    }

    fn called_on(&self, maker: CallIndex, rest: &str, steps: usize) -> Callee {
        let mut callee = self.callee_within(&self.calls[maker], steps);
        callee.made_by.insert(0, maker);
        if rest.is_empty() {
            // `const openai = createOpenAI(); openai("gpt-4o")`: the provider function that `@ai-sdk/openai` exports itself.
            if let Some(module) =
                callee.module.as_deref().filter(|_| callee.path.starts_with("create"))
            {
                callee.path = module.rsplit('/').next().unwrap_or(module).to_owned();
            }
        } else {
            callee.path = format!("{}.{rest}", callee.path);
        }
        callee
    }
}
