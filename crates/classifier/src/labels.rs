//! Which outputs of a model mean an attack.

use picket_shield::OnnxConfig;

use crate::LoadError;

/// Labels of a model, in the order of its outputs.
#[derive(Debug)]
pub(crate) struct Labels {
    /// Whether each means an attack.
    attack: Vec<bool>,
}

impl Labels {
    pub(crate) fn new(config: &OnnxConfig) -> Result<Self, LoadError> {
        let wrong = |setting, problem: String| Err(LoadError::Setting { setting, problem });
        let labels = &config.labels;
        if labels.len() < 2 {
            let advice = "name all of the model's labels in the order of its outputs (`id2label` in its config.json), \
                          such as [\"benign\", \"malicious\"]";
            return wrong("labels", format!("{} are given; {advice}", labels.len()));
        }
        if let Some(at) = (1..labels.len()).find(|at| labels[..*at].contains(&labels[*at])) {
            return wrong("labels", format!("`{}` is there twice", labels[at]));
        }
        if let Some(stranger) = config.attacks.iter().find(|attack| !labels.contains(attack)) {
            let problem =
                format!("`{stranger}` is not among the labels, which are {}", labels.join(", "));
            return wrong("attacks", problem);
        }
        let attack: Vec<bool> = match config.attacks.is_empty() {
            true => (0..labels.len()).map(|at| at > 0).collect(),
            false => labels.iter().map(|label| config.attacks.contains(label)).collect(),
        };
        if attack.iter().all(|attack| *attack) {
            return wrong("attacks", "at least one label must mean that a text is fine".to_owned());
        }
        Ok(Self { attack })
    }

    pub(crate) fn len(&self) -> usize {
        self.attack.len()
    }

    /// The probability of an attack: the softmax of the outputs, summed over the labels that mean one.
    pub(crate) fn score(&self, logits: &[f32]) -> f32 {
        let highest = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let exponentials = logits.iter().map(|logit| (logit - highest).exp());
        let (mut attack, mut all) = (0.0, 0.0);
        for (exponential, is_attack) in exponentials.zip(&self.attack) {
            all += exponential;
            if *is_attack {
                attack += exponential;
            }
        }
        attack / all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(labels: &[&str], attacks: &[&str]) -> Result<Labels, String> {
        let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        let config =
            OnnxConfig { labels: owned(labels), attacks: owned(attacks), ..OnnxConfig::default() };
        Labels::new(&config).map_err(|error| error.to_string())
    }

    #[test]
    fn all_but_the_first_are_attacks_unless_said() {
        assert_eq!(labels(&["a", "b", "c"], &[]).unwrap().attack, [false, true, true]);
        assert_eq!(labels(&["a", "b", "c"], &["a"]).unwrap().attack, [true, false, false]);
    }

    #[test]
    fn what_makes_no_sense_is_named() {
        for (given, attacks, says) in [
            (&["a"][..], &[][..], "id2label"),
            (&["a", "b", "a"], &[], "`a` is there twice"),
            (&["a", "b"], &["c"], "`c` is not among the labels, which are a, b"),
            (&["a", "b"], &["a", "b"], "fine"),
        ] {
            let error = labels(given, attacks).unwrap_err();
            assert!(error.contains(says), "{error}");
        }
    }

    #[test]
    fn a_score_is_a_probability() {
        let three = labels(&["a", "b", "c"], &[]).unwrap();
        assert!((three.score(&[0.0, 0.0, 0.0]) - 2.0 / 3.0).abs() < 1e-6);
        assert!(three.score(&[900.0, 0.0, 0.0]) < 1e-6);
        assert!((three.score(&[0.0, 900.0, 0.0]) - 1.0).abs() < 1e-6);
    }
}
