use picket_model::AlertStatus;
use picket_threat::{
    Condition, Operator, SuppressionReason, SuppressionRule, SuppressionState, simulate,
};
use serde_json::{Value, json};

use super::support::{at, engine, jailbreak, leak};

fn rule(alert_type: &str, all_of: &[(&str, Operator, Value)]) -> SuppressionRule {
    SuppressionRule {
        name: "red-team".to_owned(),
        alert_type: alert_type.to_owned(),
        reason: SuppressionReason::SecurityTesting,
        comment: String::new(),
        state: SuppressionState::Enabled,
        expires: Some(at(3_600)),
        all_of: all_of
            .iter()
            .map(|(field, op, value)| Condition {
                field: (*field).to_owned(),
                op: *op,
                value: value.clone(),
            })
            .collect(),
    }
}

#[test]
fn matching_alerts_are_dismissed_until_the_rule_expires() {
    let mut engine = engine();
    let mut alert = jailbreak(0).observed(&mut engine).remove(0);
    let rule = rule(
        "AI.Jailbreak.Detected",
        &[
            ("user", Operator::Equals, json!(["u0", "U1"])),
            ("ip", Operator::Cidr, json!("203.0.113.0/24")),
            ("severity", Operator::NotEquals, json!("high")),
            ("asset", Operator::Contains, json!("accounts/contoso")),
            ("extended.model", Operator::StartsWith, json!("gpt-")),
        ],
    );
    rule.validate().unwrap();
    assert!(!rule.matches(&alert, at(3_600)));
    let simulated = simulate(&rule, &[alert.clone(), leak(9).observed(&mut engine).remove(0)]);
    assert_eq!((simulated.examined, simulated.matched), (2, vec![alert.id]));
    assert!(rule.apply(&mut alert, at(1)));
    assert_eq!(alert.status, AlertStatus::Dismissed);
    let off = SuppressionRule { state: SuppressionState::Disabled, ..rule };
    assert!(!off.matches(&alert, at(1)));
}

#[test]
fn wrong_rules_say_what_is_wrong() {
    let told = |rule: SuppressionRule| rule.validate().unwrap_err().to_string();
    let named =
        |name: &str| SuppressionRule { name: name.to_owned(), ..rule("AI.PromptLeak", &[]) };
    assert!(told(named("-x")).starts_with("`-x` is no name"));
    assert!(told(rule("AI.Nothing", &[])).starts_with("`AI.Nothing` is not an alert type"));
    assert_eq!(told(rule("*", &[])), "a rule for every alert type needs a condition");
    assert!(told(rule("*", &[("colour", Operator::Equals, json!("red"))])).contains("`colour`"));
    assert!(told(rule("*", &[("ip", Operator::Cidr, json!("here"))])).contains("`here`"));
    assert!(told(rule("*", &[("ip", Operator::Equals, json!(7))])).contains("string"));
}
