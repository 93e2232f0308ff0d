//! What a source file says, in a form that is the same for every language: names, values, calls.

use rustc_hash::FxHashMap;
use serde::Deserialize;

/// Deepest nesting of syntax that is followed; what is deeper is left out.
pub(crate) const MAX_DEPTH: usize = 200;

/// Where something stands; both from 1, the column in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub(crate) struct Position {
    pub(crate) line: u32,
    pub(crate) column: u32,
}

/// What a source is written in, as far as signals are told apart by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Language {
    /// Python, TypeScript, JavaScript.
    #[default]
    Script,
    Go,
    Java,
    CSharp,
    Rust,
}

/// Index into [`Module::calls`].
pub(crate) type CallIndex = usize;
/// Index into [`Module::scopes`]; 0 is the module itself.
pub(crate) type ScopeIndex = usize;

/// An expression, as far as it matters.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value {
    /// A string literal without holes.
    Text(String, Position),
    /// A string with holes, which stand as `{…}`.
    Template(String, Position),
    /// A dotted name: `MODEL`, `self.model`, `settings.model`.
    Name(String, Position),
    /// An item of a mapping: `config["model"]`.
    Item(Box<Self>, String),
    /// A call.
    Call(CallIndex),
    /// A list, tuple, set or array.
    List(Vec<Self>),
    /// A mapping or object with literal keys.
    Map(Vec<(String, Position, Self)>),
    /// One of several: `a or b`, `a if c else b`, `a ?? b`.
    Either(Vec<Self>),
    /// An environment variable.
    Environment(String),
    /// `True` or `False`.
    Flag(bool),
    /// Anything else.
    Other,
}

/// An argument of a call.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Argument {
    /// Name of a keyword argument, or key of an options object.
    pub(crate) name: Option<String>,
    /// Position among the arguments without a name, from 0; 0 for named ones.
    pub(crate) index: usize,
    pub(crate) value: Value,
}

/// A call or construction.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Call {
    /// Dotted names called, after the receiver if there is one.
    pub(crate) path: String,
    /// The call whose result it is called on: `f` in `f().g()`.
    pub(crate) receiver: Option<CallIndex>,
    pub(crate) arguments: Vec<Argument>,
    pub(crate) position: Position,
    pub(crate) scope: ScopeIndex,
    /// Name that the result is bound to at once.
    pub(crate) target: Option<String>,
}

impl Call {
    /// Last name called.
    pub(crate) fn last(&self) -> &str {
        self.path.rsplit('.').next().unwrap_or(&self.path)
    }

    /// The value of a named argument.
    pub(crate) fn named(&self, name: &str) -> Option<&Value> {
        self.arguments
            .iter()
            .find(|argument| argument.name.as_deref() == Some(name))
            .map(|argument| &argument.value)
    }

    /// The value of the argument at a position.
    pub(crate) fn at(&self, index: usize) -> Option<&Value> {
        self.arguments
            .iter()
            .find(|argument| argument.name.is_none() && argument.index == index)
            .map(|argument| &argument.value)
    }
}

/// What brings a name its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Origin {
    /// An assignment.
    Assigned,
    /// The default of a parameter, or of an option on the command line.
    Parameter,
    /// The default of a field of a class.
    Field,
}

/// A name and its value.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Binding {
    pub(crate) scope: ScopeIndex,
    pub(crate) name: String,
    pub(crate) value: Value,
    pub(crate) position: Position,
    pub(crate) origin: Origin,
}

/// A region in which names live.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Scope {
    pub(crate) parent: ScopeIndex,
    pub(crate) name: String,
    pub(crate) class: bool,
}

/// A function, method or class.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Definition {
    pub(crate) name: String,
    /// Its own scope.
    pub(crate) scope: ScopeIndex,
    pub(crate) class: bool,
    pub(crate) position: Position,
    /// Decorators as dotted names.
    pub(crate) decorators: Vec<String>,
    /// Base classes as dotted names.
    pub(crate) bases: Vec<String>,
    /// Parameters in order, without `self`.
    pub(crate) parameters: Vec<String>,
    /// First line of its documentation.
    pub(crate) summary: Option<String>,
}

/// Where a local name comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Import {
    pub(crate) module: String,
    /// Name in that module; `None` for the module itself.
    pub(crate) name: Option<String>,
}

/// A string of the file and the name it is bound to or passed as, if any.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Literal {
    pub(crate) text: String,
    pub(crate) position: Position,
}

/// A source file.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Module {
    pub(crate) language: Language,
    /// Modules of which every name may be meant: `using A.B;`, `import a.b.*;`.
    pub(crate) namespaces: Vec<String>,
    pub(crate) imports: FxHashMap<String, Import>,
    /// Every module that is imported, and where.
    pub(crate) import_places: Vec<(String, Position)>,
    pub(crate) scopes: Vec<Scope>,
    pub(crate) bindings: Vec<Binding>,
    pub(crate) calls: Vec<Call>,
    pub(crate) definitions: Vec<Definition>,
    pub(crate) literals: Vec<Literal>,
    /// What functions return, with the scope of the function.
    pub(crate) returns: Vec<(ScopeIndex, Value)>,
    /// Set where nesting was deeper than [`MAX_DEPTH`].
    pub(crate) too_deep: bool,
    /// Name and scope to the bindings there.
    by_name: FxHashMap<String, FxHashMap<ScopeIndex, Vec<usize>>>,
}

impl Default for Module {
    fn default() -> Self {
        Self {
            language: Language::default(),
            namespaces: Vec::new(),
            imports: FxHashMap::default(),
            import_places: Vec::new(),
            scopes: vec![Scope { parent: 0, name: String::new(), class: false }],
            bindings: Vec::new(),
            calls: Vec::new(),
            definitions: Vec::new(),
            literals: Vec::new(),
            returns: Vec::new(),
            too_deep: false,
            by_name: FxHashMap::default(),
        }
    }
}

impl Module {
    /// Opens a scope in `parent`.
    pub(crate) fn open(&mut self, parent: ScopeIndex, name: &str, class: bool) -> ScopeIndex {
        self.scopes.push(Scope { parent, name: name.to_owned(), class });
        self.scopes.len() - 1
    }

    /// Binds a name. A name with a receiver (`self.x`, `this.x`) is bound in the class around `scope`.
    pub(crate) fn bind(
        &mut self,
        scope: ScopeIndex,
        name: &str,
        value: Value,
        position: Position,
        origin: Origin,
    ) {
        let (scope, name) = match name.split_once('.') {
            Some(("self" | "this" | "cls", field)) => {
                (self.class_around(scope).unwrap_or(scope), field)
            }
            _ => (scope, name),
        };
        if let Value::Call(index) = value
            && self.calls[index].target.is_none()
        {
            self.calls[index].target = Some(name.to_owned());
        }
        let named = self.by_name.entry(name.to_owned()).or_default();
        named.entry(scope).or_default().push(self.bindings.len());
        self.bindings.push(Binding { scope, name: name.to_owned(), value, position, origin });
    }

    /// The class that a scope is in.
    pub(crate) fn class_around(&self, mut scope: ScopeIndex) -> Option<ScopeIndex> {
        while scope != 0 {
            if self.scopes[scope].class {
                return Some(scope);
            }
            scope = self.scopes[scope].parent;
        }
        None
    }

    /// Bindings of `name` in exactly this scope.
    pub(crate) fn bound_in(&self, scope: ScopeIndex, name: &str) -> impl Iterator<Item = &Binding> {
        let named = self.by_name.get(name).and_then(|named| named.get(&scope));
        named.into_iter().flatten().map(|&index| &self.bindings[index])
    }

    /// Classes that bind `name`.
    pub(crate) fn classes_with(&self, name: &str) -> impl Iterator<Item = ScopeIndex> {
        let scopes = self.by_name.get(name).into_iter().flat_map(FxHashMap::keys);
        scopes.copied().filter(|&scope| self.scopes[scope].class)
    }

    /// Whether `inner` is `outer` or in it.
    pub(crate) fn within(&self, mut inner: ScopeIndex, outer: ScopeIndex) -> bool {
        while inner != outer {
            if inner == 0 {
                return false;
            }
            inner = self.scopes[inner].parent;
        }
        true
    }

    /// Dotted name of a scope: `Class.method`; empty for the module.
    pub(crate) fn qualified(&self, mut scope: ScopeIndex) -> String {
        let mut names = Vec::new();
        while scope != 0 {
            names.push(self.scopes[scope].name.as_str());
            scope = self.scopes[scope].parent;
        }
        names.reverse();
        names.join(".")
    }
}
