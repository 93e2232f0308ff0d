use std::ops::Range;

use sha2::{Digest, Sha256};

use super::Head;
use super::features::sums;
use crate::ShieldError;

/// Begins every model file.
const MAGIC: &[u8; 8] = b"PKSHIELD";
const VERSION: u32 = 1;
/// Weights of a head, as a power of two.
const MOST_BITS: u32 = 22;
const DIGEST: usize = 32;

/// A trained classifier.
///
/// File: `PKSHIELD`, version and bits (u32), then for each head scale, bias and three thresholds (f32) and 2^bits
/// weights (i8); all little endian; last the SHA-256 of what stands before.
#[derive(Clone, PartialEq)]
pub struct Model {
    pub(super) bits: u32,
    pub(super) heads: [Linear; 2],
}

/// One head's weights.
#[derive(Clone, PartialEq)]
pub(super) struct Linear {
    pub(super) weights: Vec<i8>,
    pub(super) scale: f32,
    pub(super) bias: f32,
    /// Raw scores that about 3 %, 1 % and 0.3 % of unseen benign texts reach.
    pub(super) thresholds: [f32; 3],
}

/// The calibrated scores that stand for [`Linear::thresholds`], as log odds: 0.3, 0.5, 0.75.
const ANCHORS: [f32; 3] = [-0.8473, 0.0, 1.0986];

impl std::fmt::Debug for Model {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Model").field("bits", &self.bits).finish_non_exhaustive()
    }
}

impl Model {
    /// Reads a model file.
    ///
    /// # Errors
    /// A file that is cut off, damaged, of another version or holds numbers that are none.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, ShieldError> {
        let problem = |text: &str| ShieldError::Model(text.to_owned());
        let body = bytes.len().checked_sub(DIGEST).and_then(|end| bytes.split_at_checked(end));
        let (body, digest) = body.ok_or_else(|| problem("the file is too short"))?;
        let mut rest =
            body.strip_prefix(MAGIC).ok_or_else(|| problem("it does not begin as a model does"))?;
        if Sha256::digest(body)[..] != *digest {
            return Err(problem("its checksum does not match"));
        }
        let version = u32::from_le_bytes(take(&mut rest)?);
        if version != VERSION {
            return Err(ShieldError::Model(format!("it is of version {version}, not {VERSION}")));
        }
        let bits = u32::from_le_bytes(take(&mut rest)?);
        if !(8..=MOST_BITS).contains(&bits) {
            return Err(problem("its size is out of range"));
        }
        let heads = [read_head(&mut rest, bits)?, read_head(&mut rest, bits)?];
        if !rest.is_empty() {
            return Err(problem("something follows its end"));
        }
        Ok(Self { bits, heads })
    }

    /// The model as a file.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = MAGIC.to_vec();
        bytes.extend(VERSION.to_le_bytes());
        bytes.extend(self.bits.to_le_bytes());
        for head in &self.heads {
            for number in [head.scale, head.bias].iter().chain(&head.thresholds) {
                bytes.extend(number.to_le_bytes());
            }
            bytes.extend(head.weights.iter().map(|weight| weight.to_le_bytes()[0]));
        }
        let digest = Sha256::digest(&bytes);
        bytes.extend(digest);
        bytes
    }

    /// The worst window of a plain text and its calibrated score.
    pub(crate) fn worst(&self, head: Head, plain: &str) -> Option<(Range<usize>, f32)> {
        let head = &self.heads[head as usize];
        let (span, raw) = head.worst(self.bits, plain)?;
        Some((span, head.calibrated(raw)))
    }
}

impl Linear {
    /// The worst window and its raw score.
    pub(super) fn worst(&self, bits: u32, plain: &str) -> Option<(Range<usize>, f32)> {
        let shift = 32 - bits;
        let sums = sums(plain, |hash| f32::from(self.weights[(hash >> shift) as usize]));
        let (words, score) = sums.windows().max_by(|a, b| a.1.total_cmp(&b.1))?;
        Some((sums.span(&words), score * self.scale + self.bias))
    }

    /// A raw score as 0 to 1, where 0.5 is what one in a hundred unseen benign texts reaches.
    pub(super) fn calibrated(&self, raw: f32) -> f32 {
        let [low, middle, high] = self.thresholds;
        let (from, to, odds_from, odds_to) = if raw < middle {
            (low, middle, ANCHORS[0], ANCHORS[1])
        } else {
            (middle, high, ANCHORS[1], ANCHORS[2])
        };
        let odds = odds_from + (raw - from) / (to - from).max(0.05) * (odds_to - odds_from);
        1.0 / (1.0 + (-odds).exp())
    }
}

fn take<const N: usize>(rest: &mut &[u8]) -> Result<[u8; N], ShieldError> {
    let (head, tail) = rest
        .split_first_chunk()
        .ok_or_else(|| ShieldError::Model("the file is cut off".to_owned()))?;
    *rest = tail;
    Ok(*head)
}

fn read_head(rest: &mut &[u8], bits: u32) -> Result<Linear, ShieldError> {
    let mut numbers = [0.0; 5];
    for number in &mut numbers {
        *number = f32::from_le_bytes(take(rest)?);
    }
    let [scale, bias, thresholds @ ..] = numbers;
    let ordered = thresholds.windows(2).all(|pair| pair[0] <= pair[1]);
    if !numbers.iter().all(|number| number.is_finite()) || !ordered {
        return Err(ShieldError::Model("its numbers make no sense".to_owned()));
    }
    let (weights, tail) = rest
        .split_at_checked(1 << bits)
        .ok_or_else(|| ShieldError::Model("its weights are cut off".to_owned()))?;
    *rest = tail;
    let weights = weights.iter().map(|byte| i8::from_le_bytes([*byte])).collect();
    Ok(Linear { weights, scale, bias, thresholds })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn model() -> Model {
        let head =
            Linear { weights: vec![1; 256], scale: 0.5, bias: -1.0, thresholds: [0.0, 1.0, 2.0] };
        Model { bits: 8, heads: [head.clone(), head] }
    }

    #[test]
    fn reads_back_what_it_writes() {
        assert!(Model::from_bytes(&model().to_bytes()).unwrap() == model());
    }

    #[test]
    fn damage_is_seen() {
        let good = model().to_bytes();
        for length in 0..good.len() {
            assert!(Model::from_bytes(&good[..length]).is_err());
        }
        for at in [0, 8, 12, 20, 300, good.len() - 1] {
            let mut bad = good.clone();
            bad[at] ^= 1;
            assert!(Model::from_bytes(&bad).is_err(), "{at}");
        }
        let mut nonsense = model();
        nonsense.heads[0].scale = f32::NAN;
        assert!(Model::from_bytes(&nonsense.to_bytes()).is_err());
    }

    #[test]
    fn scores_are_anchored_at_the_thresholds() {
        let head = &model().heads[0];
        for (raw, score) in [(0.0, 0.3), (1.0, 0.5), (2.0, 0.75)] {
            assert!((head.calibrated(raw) - score).abs() < 0.001);
        }
    }

    #[test]
    fn the_embedded_model_is_whole() {
        Model::from_bytes(super::super::EMBEDDED).unwrap();
    }
}
