use picket_model::{Alert, Incident, IncidentStatus};
use picket_threat::{CorrelationConfig, Correlator, MergeError, ThreatEngine};

use super::support::{Call, at, call, engine, injected, jailbreak, leak, stolen};

fn correlator() -> Correlator {
    Correlator::new(CorrelationConfig::default())
}

fn send(
    call: &Call,
    engine: &mut ThreatEngine,
    correlator: &mut Correlator,
) -> (Vec<Alert>, Vec<Incident>) {
    let mut alerts = call.observed(engine);
    let incidents = correlator.assign(&mut alerts, call.0.time);
    (alerts, incidents)
}

#[test]
fn unrelated_users_behind_one_address_are_not_joined() {
    let (mut engine, mut correlator) = (engine(), correlator());
    let one = send(&jailbreak(0).user("a", "sa"), &mut engine, &mut correlator).1;
    let two = send(&jailbreak(5).user("b", "sb"), &mut engine, &mut correlator).1;
    assert_ne!(one[0].id, two[0].id);
}

#[test]
fn anonymous_callers_at_one_address_are_joined_but_not_on_another() {
    let (mut engine, mut correlator) = (engine(), correlator());
    let one = send(&jailbreak(0).nobody().from("203.0.113.9"), &mut engine, &mut correlator).1;
    let same = send(&leak(60).nobody().from("203.0.113.9"), &mut engine, &mut correlator).1;
    let other = send(&jailbreak(90).nobody().from("203.0.113.77"), &mut engine, &mut correlator).1;
    assert_eq!(one[0].id, same[0].id);
    assert_ne!(one[0].id, other[0].id);
}

#[test]
fn a_tor_exit_alone_does_not_join() {
    let (mut engine, mut correlator) = (engine(), correlator());
    let tor = |seconds, asset: &str| {
        let mut call = call(seconds, "hi").nobody().from(super::support::TOR);
        call.0.asset = Some(asset.into());
        call
    };
    let one = send(&tor(0, "arn:a"), &mut engine, &mut correlator).1;
    let two = send(&tor(9, "arn:b"), &mut engine, &mut correlator).1;
    assert_ne!(one[0].id, two[0].id);
}

#[test]
fn two_thieves_behind_one_tor_exit_are_two_incidents() {
    let (mut engine, mut correlator) = (engine(), correlator());
    let mut theft = |seconds, user: &str, key: &str| {
        let leak =
            call(seconds, "the key?").user(user, user).answer(&format!("It is {key}.")).seen(
                picket_model::Channel::Response,
                picket_model::ThreatCategory::CredentialExposure,
                "secret.key",
                key,
            );
        let leaked = send(&leak, &mut engine, &mut correlator).1[0].id;
        let tor = call(seconds + 5, "hi").nobody().from(super::support::TOR).key(key);
        let (alerts, used) = send(&tor, &mut engine, &mut correlator);
        assert_eq!((alerts.len(), used.len(), used[0].id), (2, 1, leaked));
        leaked
    };
    assert_ne!(theft(0, "a", "not-a-real-key-one"), theft(60, "b", "not-a-real-key-two"));
}

#[test]
fn time_ends_an_incident_unless_a_credential_ties_it() {
    let (mut engine, mut correlator) = (engine(), correlator());
    let day = 86_400;
    let one = send(&leak(0), &mut engine, &mut correlator).1;
    let later = send(&jailbreak(3 * day), &mut engine, &mut correlator).1;
    assert_ne!(one[0].id, later[0].id);
    let used = send(&stolen(5 * day), &mut engine, &mut correlator).1;
    assert_eq!(used[0].id, one[0].id);
}

#[test]
fn an_alert_that_connects_two_incidents_merges_them() {
    let (mut engine, mut correlator) = (engine(), correlator());
    let old = send(&jailbreak(0).user("a", "sa"), &mut engine, &mut correlator).1;
    let young = send(&leak(60).user("b", "sb"), &mut engine, &mut correlator).1;
    assert_ne!(old[0].id, young[0].id);
    // User a takes part in session sb.
    let (alerts, changed) = send(&injected(120).user("a", "sb"), &mut engine, &mut correlator);
    assert_eq!(alerts[0].incident_id, Some(old[0].id));
    let redirected = changed.iter().find(|it| it.id == young[0].id).unwrap();
    assert_eq!(redirected.status, IncidentStatus::Redirected);
    assert_eq!(redirected.redirect_incident_id, Some(old[0].id));
    assert!(redirected.alerts.is_empty());
    let home = correlator.incident(old[0].id).unwrap();
    assert_eq!((home.alerts.len(), home.story.len()), (3, 3));
    assert!(home.story.is_sorted_by_key(|step| step.time));
}

#[test]
fn closed_incidents_and_those_of_others_are_left_alone() {
    let (mut engine, mut correlator) = (engine(), correlator());
    let mut first = send(&jailbreak(0), &mut engine, &mut correlator).1.remove(0);
    first.status = IncidentStatus::Resolved;
    correlator.update(&first);
    let mut second = send(&leak(60), &mut engine, &mut correlator).1.remove(0);
    assert_ne!(second.id, first.id);
    assert_eq!(
        correlator.merge(second.id, &[first.id], at(70)),
        Err(MergeError::Closed(first.id, IncidentStatus::Resolved))
    );
    second.assigned_to = Some("ann".to_owned());
    correlator.update(&second);
    let mut third = send(&jailbreak(90).user("z", "sz"), &mut engine, &mut correlator).1.remove(0);
    third.assigned_to = Some("bob".to_owned());
    correlator.update(&third);
    assert_eq!(
        correlator.merge(second.id, &[third.id], at(100)),
        Err(MergeError::Differ(second.id, third.id, "assignment"))
    );
    third.assigned_to = None;
    correlator.update(&third);
    let merged = correlator.merge(second.id, &[third.id], at(110)).unwrap();
    assert_eq!((merged[0].alerts.len(), merged[1].status), (2, IncidentStatus::Redirected));
}

/// `users` behind one address, then somebody without a name there: is the last one joined to one of them?
fn joins_after(users: i64) -> bool {
    let (mut engine, mut correlator) = (engine(), correlator());
    let mut known = Vec::new();
    for at in 0..users {
        let mut call = jailbreak(at).user(&format!("u{at}"), &format!("s{at}"));
        call.0.user.source_ip = "203.0.113.9".parse().ok();
        known.push(send(&call, &mut engine, &mut correlator).1[0].id);
    }
    let nameless = leak(60).nobody().from("203.0.113.9");
    known.contains(&send(&nameless, &mut engine, &mut correlator).1[0].id)
}

#[test]
fn an_entity_of_many_incidents_joins_nothing() {
    assert!(joins_after(1));
    assert!(!joins_after(12));
}

#[test]
fn a_session_id_that_many_users_have_joins_no_more() {
    let (mut engine, mut correlator) = (engine(), correlator());
    let ids: std::collections::BTreeSet<_> = (0..12)
        .map(|at| {
            let call = jailbreak(at).user(&format!("u{at}"), "default");
            send(&call, &mut engine, &mut correlator).1[0].id
        })
        .collect();
    assert!(ids.len() >= 4, "{}", ids.len());
}

#[test]
fn a_grown_alert_stays_where_it_is() {
    let (mut engine, mut correlator) = (engine(), correlator());
    let one = send(&jailbreak(0), &mut engine, &mut correlator).1;
    let mut again = jailbreak(30);
    again.0.messages[0].content.push('!');
    let (alerts, changed) = send(&again, &mut engine, &mut correlator);
    assert_eq!((alerts[0].count, changed[0].id, changed[0].alerts.len()), (2, one[0].id, 1));
    assert!(changed[0].story[0].summary.ends_with("(2 times)"));
}
