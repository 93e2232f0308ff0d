//! A model's graph: read, checked, optimised and run.

use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tract_onnx::data_resolver::ModelDataResolver;
use tract_onnx::model::{Onnx, ParseResult};
use tract_onnx::prelude::{
    DatumType, Framework as _, InferenceFact, InferenceModel, InferenceModelExt as _,
    IntoRunnable as _, IntoTValue as _, Tensor, ToDim as _, TractError, TractResult,
    TypedRunnableModel, tvec,
};
use tract_onnx::tract_hir::infer::Factoid as _;

use crate::LoadError;
use crate::labels::Labels;
use crate::tokens::{Tokens, Window};

/// A model that can be run.
#[derive(Debug)]
pub(crate) struct Graph {
    inputs: Vec<Input>,
    plan: Plan,
    padding: i64,
}

/// An input and its element type.
#[derive(Debug, Clone, Copy)]
struct Input(Kind, DatumType);

/// What an input wants to have of each token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Ids,
    Mask,
    Segments,
}

/// How a graph could be prepared, the best first. Not every exporter's graphs can be analysed with sizes left open.
#[derive(Debug)]
enum Plan {
    /// For any number of rows of any length.
    Open(Arc<TypedRunnableModel>),
    /// For one row of any length.
    Row(Arc<TypedRunnableModel>),
    /// For one row of a given length, ascending; shorter ones are filled up.
    Fixed(Vec<(usize, Arc<TypedRunnableModel>)>),
}

/// A way to prepare a graph for windows of at most so many tokens.
type Attempt = fn(&InferenceModel, &[Input], usize) -> TractResult<Plan>;

impl Graph {
    /// Reads a model of at most `largest` bytes and tries it.
    pub(crate) fn read(
        path: &Path,
        largest: u64,
        labels: &Labels,
        tokens: &Tokens,
    ) -> Result<Self, LoadError> {
        let what = "model";
        let file = File::open(path)
            .and_then(|file| Ok((file.metadata()?, file)))
            .map_err(|source| LoadError::File { what, path: path.to_owned(), source });
        let (metadata, file) = file?;
        if metadata.len() > largest {
            return Err(LoadError::TooLarge {
                what,
                path: path.to_owned(),
                limit: largest,
                advice: " (shield.onnx.max_model_bytes)",
            });
        }
        let unusable = |error: &TractError| {
            let mut problem = format!("{error:#}");
            problem.truncate(problem.floor_char_boundary(600));
            LoadError::Model { path: path.to_owned(), problem }
        };
        let left = AtomicU64::new(largest - metadata.len());
        let (model, inputs) = parse(file, path, largest, left).map_err(|error| unusable(&error))?;
        let attempts: [Attempt; 3] = [open, row, fixed];
        let mut failure = None;
        for attempt in attempts {
            let tried = attempt(&model, &inputs, tokens.most()).and_then(|plan| {
                let graph = Self { inputs: inputs.clone(), plan, padding: tokens.padding };
                graph.try_out(labels, tokens.most())?;
                Ok(graph)
            });
            match tried {
                Ok(graph) => return Ok(graph),
                // The last attempt asks least of a graph, so that its failure says most.
                Err(error) => failure = Some(error),
            }
        }
        Err(failure
            .as_ref()
            .map_or_else(|| unusable(&TractError::msg("it cannot be prepared")), unusable))
    }

    /// The outputs for each row.
    pub(crate) fn run(&self, rows: &[&Window]) -> TractResult<Vec<Vec<f32>>> {
        let each = |plan: &Arc<TypedRunnableModel>, row: &&Window, length: usize| {
            let outputs = self.pass(plan, &[row], length)?;
            outputs.into_iter().next().ok_or_else(|| TractError::msg("it gave no output"))
        };
        match &self.plan {
            Plan::Open(plan) => {
                let longest = rows.iter().map(|row| row.ids.len()).max().unwrap_or_default();
                self.pass(plan, rows, longest)
            }
            Plan::Row(plan) => rows.iter().map(|row| each(plan, row, row.ids.len())).collect(),
            Plan::Fixed(plans) => rows
                .iter()
                .map(|row| {
                    let (length, plan) = plans
                        .iter()
                        .find(|(length, _)| row.ids.len() <= *length)
                        .ok_or_else(|| TractError::msg("a window is too long"))?;
                    each(plan, row, *length)
                })
                .collect(),
        }
    }

    /// Runs rows filled up to `length`.
    fn pass(
        &self,
        plan: &Arc<TypedRunnableModel>,
        rows: &[&Window],
        length: usize,
    ) -> TractResult<Vec<Vec<f32>>> {
        let mut inputs = tvec![];
        for Input(kind, element) in &self.inputs {
            let mut values: Vec<i64> = Vec::with_capacity(rows.len() * length);
            for (number, row) in rows.iter().enumerate() {
                match kind {
                    Kind::Ids => values.extend(row.ids.iter().map(|id| i64::from(*id))),
                    Kind::Mask => values.extend(row.ids.iter().map(|_| 1)),
                    Kind::Segments => values.extend(row.segments.iter().map(|id| i64::from(*id))),
                }
                let filler = if *kind == Kind::Ids { self.padding } else { 0 };
                values.resize((number + 1) * length, filler);
            }
            let tensor = Tensor::from_shape(&[rows.len(), length], &values)?;
            inputs.push(tensor.cast_to_dt(*element)?.into_owned().into_tvalue());
        }
        let outputs = plan.run(inputs)?;
        let logits = outputs.first().ok_or_else(|| TractError::msg("it has no output"))?;
        let logits = logits.cast_to::<f32>()?;
        let width = match *logits.shape() {
            [count, width] if count == rows.len() && width > 0 => width,
            ref other => {
                return Err(TractError::msg(format!(
                    "its first output has the shape {other:?} for {} texts; a sequence classifier with one row of logits a \
                     text is needed",
                    rows.len()
                )));
            }
        };
        let view = logits.to_plain_array_view::<f32>()?;
        let values: Vec<f32> = view.iter().copied().collect();
        Ok(values.chunks(width).map(<[f32]>::to_vec).collect())
    }

    /// Runs rows of different lengths, so that what cannot work is known before it is needed.
    fn try_out(&self, labels: &Labels, most: usize) -> TractResult<()> {
        let row =
            |length: usize| Window { ids: vec![0; length], segments: vec![0; length], span: 0..0 };
        for lengths in [&[3][..], &[5, 2], &[most]] {
            let rows: Vec<Window> = lengths.iter().map(|length| row(*length)).collect();
            let outputs = self.run(&rows.iter().collect::<Vec<_>>()).map_err(|error| {
                let length = lengths[0];
                error.context(format!(
                    "it fails on texts of {length} tokens (shield.onnx.max_tokens is {most})"
                ))
            })?;
            if let Some(output) = outputs.iter().find(|output| output.len() != labels.len()) {
                return Err(TractError::msg(format!(
                    "it has {} outputs, and shield.onnx.labels names {}",
                    output.len(),
                    labels.len()
                )));
            }
        }
        Ok(())
    }
}

/// Reads a graph and its external data.
fn parse(
    file: File,
    path: &Path,
    largest: u64,
    left: AtomicU64,
) -> TractResult<(InferenceModel, Vec<Input>)> {
    let onnx = Onnx { provider: Arc::new(Bounded { left }), ..tract_onnx::onnx() }
        .with_ignore_value_info(true);
    let proto = onnx
        .proto_model_for_read(&mut file.take(largest))
        .map_err(|error| error.context("it is not an ONNX file"))?;
    let folder = path.parent().unwrap_or(Path::new(""));
    let folder = folder.to_str().ok_or_else(|| TractError::msg("its path is not UTF-8"))?;
    let ParseResult { mut model, unresolved_inputs, .. } = onnx.parse(&proto, Some(folder))?;
    if !unresolved_inputs.is_empty() {
        return Err(TractError::msg(format!(
            "some of its nodes want inputs that nothing gives: {}",
            unresolved_inputs.join(", ")
        )));
    }
    let mut inputs = Vec::new();
    for (number, outlet) in model.input_outlets()?.iter().enumerate() {
        let name = model.node(outlet.node).name.as_str();
        let kind = match name {
            "input_ids" => Kind::Ids,
            "attention_mask" => Kind::Mask,
            "token_type_ids" => Kind::Segments,
            other => {
                return Err(TractError::msg(format!(
                    "it has an input `{other}`; input_ids, attention_mask and token_type_ids are known"
                )));
            }
        };
        let element = model.input_fact(number)?.datum_type.concretize().unwrap_or(DatumType::I64);
        inputs.push(Input(kind, element));
    }
    for (kind, name) in [(Kind::Ids, "input_ids"), (Kind::Mask, "attention_mask")] {
        if !inputs.iter().any(|input| input.0 == kind) {
            return Err(TractError::msg(format!(
                "it has no input `{name}`; a sequence classifier as exported from Hugging Face is needed"
            )));
        }
    }
    let outputs = model.output_outlets()?;
    let logits = outputs.iter().find(|output| model.outlet_label(**output) == Some("logits"));
    let output = logits.or(outputs.first()).copied();
    let output = output.ok_or_else(|| TractError::msg("it has no output"))?;
    model.select_output_outlets(&[output])?;
    Ok((model, inputs))
}

fn open(model: &InferenceModel, inputs: &[Input], _: usize) -> TractResult<Plan> {
    let (rows, length) = (model.symbols.sym("ROWS"), model.symbols.sym("LENGTH"));
    let shape = tvec![rows.to_dim(), length.to_dim()];
    prepare(model, inputs, &shape).map(Plan::Open)
}

fn row(model: &InferenceModel, inputs: &[Input], _: usize) -> TractResult<Plan> {
    let shape = tvec![1.to_dim(), model.symbols.sym("LENGTH").to_dim()];
    prepare(model, inputs, &shape).map(Plan::Row)
}

/// Each length holds its own copy of most weights, so there are few.
fn fixed(model: &InferenceModel, inputs: &[Input], most: usize) -> TractResult<Plan> {
    let plan = |length: usize| {
        let shape = tvec![1.to_dim(), length.to_dim()];
        Ok((length, prepare(model, inputs, &shape)?))
    };
    [most.div_ceil(8), most].into_iter().map(plan).collect::<TractResult<_>>().map(Plan::Fixed)
}

fn prepare(
    model: &InferenceModel,
    inputs: &[Input],
    shape: &[tract_onnx::prelude::TDim],
) -> TractResult<Arc<TypedRunnableModel>> {
    let mut model = model.clone();
    for (number, Input(_, element)) in inputs.iter().enumerate() {
        model.set_input_fact(number, InferenceFact::dt_shape(*element, shape))?;
    }
    // What exporters write of the output's shape is not always true.
    model.set_output_fact(0, InferenceFact::default())?;
    model.into_optimized()?.into_runnable()
}

/// Reads external data, as long as `left` bytes hold out. That it lies in the model's folder is seen to before.
#[derive(Debug)]
struct Bounded {
    left: AtomicU64,
}

impl ModelDataResolver for Bounded {
    fn read_bytes_from_path(
        &self,
        bytes: &mut Vec<u8>,
        path: &Path,
        offset: usize,
        length: Option<usize>,
    ) -> TractResult<()> {
        let mut file = File::open(path)?;
        let behind = file.metadata()?.len().saturating_sub(offset as u64);
        let length = length.map_or(behind, |length| length as u64);
        let name = || PathBuf::from(path.file_name().unwrap_or_default());
        if length > behind {
            return Err(TractError::msg(format!("its data file {:?} is too short", name())));
        }
        let enough = |left: u64| left.checked_sub(length);
        if self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, enough).is_err() {
            return Err(TractError::msg(
                "with its data files it is larger than shield.onnx.max_model_bytes",
            ));
        }
        file.seek(SeekFrom::Start(offset as u64))?;
        file.take(length).read_to_end(bytes)?;
        Ok(())
    }
}
