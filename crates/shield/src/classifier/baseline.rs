//! What everybody builds first, to be beaten: a linear model over the n-grams of whole texts, from labelled rows alone.

use super::Head;
use super::examples::Example;
use super::model::GRAM_BITS;
use super::train::Random;

const EPOCHS: usize = 3;
const RATE: f32 = 0.1;

/// A plain linear model: hashed 3- to 5-grams of characters, words and pairs of words; no windows, no concepts, nothing
/// made up.
pub(super) struct Baseline {
    weights: Vec<f32>,
    bias: f32,
}

impl Baseline {
    pub(super) fn fit(examples: &[&Example], head: Head) -> Self {
        let rows = examples.iter().filter(|example| {
            example.head.weights() == head.weights() && matches!(example.sources, [Some(_), None])
        });
        let rows: Vec<&Example> = rows.copied().collect();
        let mut baseline = Self { weights: vec![0.0; 1 << GRAM_BITS], bias: 0.0 };
        let mut squares = vec![0.0f32; 1 << GRAM_BITS];
        let mut bias_square = 0.0f32;
        let mut random = Random::new(11);
        let mut order: Vec<usize> = (0..rows.len()).collect();
        for _ in 0..EPOCHS {
            random.shuffle(&mut order);
            for &index in &order {
                let row = rows[index];
                let probability = 1.0 / (1.0 + (-baseline.score(row)).exp());
                let error = probability - f32::from(u8::from(row.attack));
                let gradient = error / (row.grams().len().max(1) as f32).sqrt();
                for &gram in row.grams() {
                    let gram = gram as usize;
                    squares[gram] += gradient * gradient;
                    baseline.weights[gram] -= RATE * gradient / (squares[gram].sqrt() + 1e-3);
                }
                bias_square += error * error;
                baseline.bias -= RATE * error / (bias_square.sqrt() + 1e-3);
            }
        }
        baseline
    }

    pub(super) fn score(&self, example: &Example) -> f32 {
        let sum: f32 = example.grams().iter().map(|&gram| self.weights[gram as usize]).sum();
        sum / (example.grams().len().max(1) as f32).sqrt() + self.bias
    }
}
