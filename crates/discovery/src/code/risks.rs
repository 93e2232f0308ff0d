//! Code that lets what it loads, or what a model says, run.

use picket_model::{AssetKind, Finding, FindingKind, Severity, Standing};
use serde_json::json;

use super::module::{Call, CallIndex, Position, Value};
use super::recognise::Recogniser;
use super::signals::CallKind;

impl Recogniser<'_> {
    /// Unsafe loading, and output of models that is run.
    pub(crate) fn risks(&mut self) {
        if self.ceiling == Standing::Mentioned {
            return;
        }
        let module = self.module;
        for (index, signal) in self.calls_of(&[CallKind::Unsafe]) {
            let call = &module.calls[index];
            // Unless told otherwise, torch.load unpickles; a pickle of one's own state is no model.
            let safe = matches!(call.named("weights_only"), Some(Value::Flag(true)));
            if safe || !(self.ai || signal.framework.as_deref() == Some("torch")) {
                continue;
            }
            self.risk(
                "pickle",
                call.position,
                Severity::High,
                FindingKind::UnsafeContent,
                "Model or data is loaded from a pickle",
                format!("{}() runs code that the file it loads brings along; load safetensors, or pass weights_only=True", call.path),
            );
        }
        for (index, call) in module.calls.iter().enumerate() {
            self.flags(index, call);
            self.runs_model_output(call);
        }
    }

    fn flags(&mut self, index: CallIndex, call: &Call) {
        let on = |name: &str| matches!(call.named(name), Some(Value::Flag(true)));
        if on("trust_remote_code") {
            let models = self.models_of.get(&index).cloned().unwrap_or_default();
            for model in models {
                self.trusting.insert(model);
            }
            self.risk(
                "trust_remote_code",
                call.position,
                Severity::High,
                FindingKind::UnsafeContent,
                "A model may bring and run its own code",
                format!("{}(trust_remote_code=True) runs Python code of the model's repository; pin a revision that was read, or use a model without code", call.path),
            );
        }
        if on("allow_dangerous_deserialization") || on("allow_pickle") {
            self.risk(
                "dangerous_deserialization",
                call.position,
                Severity::High,
                FindingKind::UnsafeContent,
                "An index or array is loaded from a pickle",
                format!(
                    "{}() unpickles what it loads, which runs code that the file brings along",
                    call.path
                ),
            );
        }
        if matches!(call.named("safe_mode"), Some(Value::Flag(false)))
            && call.last() == "load_model"
        {
            self.risk(
                "keras_unsafe_mode",
                call.position,
                Severity::High,
                FindingKind::UnsafeContent,
                "A Keras model is loaded with safe mode off",
                "load_model(safe_mode=False) runs code in Lambda layers of the model".to_owned(),
            );
        }
    }

    /// `exec(response.choices[0].message.content)`
    fn runs_model_output(&mut self, call: &Call) {
        if !matches!(call.path.as_str(), "exec" | "eval" | "Function") {
            return;
        }
        let Some(argument) = call.at(0) else { return };
        let root = match argument {
            Value::Name(name, position) => {
                Value::Name(name.split('.').next().unwrap_or(name).to_owned(), *position)
            }
            other => other.clone(),
        };
        let made_by = self.module.made_by(&root, call.scope);
        let model = made_by.iter().any(|&maker| {
            self.callees[maker].1.is_some_and(|signal| signal.kind == CallKind::Model)
                || self.callees[maker].0.made_by.iter().any(|&maker| {
                    self.callees[maker].1.is_some_and(|signal| signal.kind == CallKind::Model)
                })
        });
        if model {
            self.risk(
                "model_output_executed",
                call.position,
                Severity::Critical,
                FindingKind::AgentRisk,
                "What a model answers is run as code",
                format!("{}() runs text that comes from a model; whoever writes its input can run code here", call.path),
            );
        }
    }

    fn risk(
        &mut self,
        id: &str,
        position: Position,
        severity: Severity,
        kind: FindingKind,
        title: &str,
        detail: String,
    ) {
        if self.out.get(&self.file.id()).is_none() {
            self.file.add_to(AssetKind::SourceFile, self.out);
        }
        let place = self.place(position, id, Standing::Used);
        let evidence = json!({"path": place.path, "line": place.line, "risk": id});
        let discriminator = format!("{id}:{}", place.line);
        let finding = Finding::new(kind, &discriminator, severity, title, detail, evidence);
        let file = self.file.id();
        self.out.finding(&file, finding);
        if let Some(asset) = self.out.get_mut(&file) {
            let risks = asset.properties.entry("risks").or_insert_with(|| json!([]));
            if let Some(risks) = risks.as_array_mut()
                && !risks.contains(&json!(id))
            {
                risks.push(json!(id));
            }
        }
    }
}
