use std::collections::{BTreeMap, HashMap};

use picket_model::{Extension, Plan, PlanState};
use serde::{Deserialize, Serialize};
use sqlx::Row;

use crate::error::{read, write};
use crate::{Store, StoreError};

/// A plan as set on one environment itself, before inheritance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredPlan {
    /// Which plan.
    pub plan: Plan,
    /// On or off.
    pub state: PlanState,
    /// Options that were set; the others keep their default.
    #[serde(default)]
    pub extensions: BTreeMap<Extension, bool>,
}

impl Store {
    /// Sets a plan on an environment.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub async fn set_plan(&self, environment: &str, plan: &StoredPlan) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO plans (environment, plan, state, extensions) VALUES ($1, $2, $3, $4) \
             ON CONFLICT (environment, plan) DO UPDATE SET state = excluded.state, extensions = excluded.extensions",
        )
        .bind(environment)
        .bind(plan.plan.as_str())
        .bind(plan.state.as_str())
        .bind(write("plan", &plan.extensions)?)
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// Every plan that was set, by environment id.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn plans(&self) -> Result<HashMap<String, Vec<StoredPlan>>, StoreError> {
        let rows = sqlx::query(
            "SELECT environment, plan, state, extensions FROM plans ORDER BY environment, plan",
        )
        .fetch_all(&self.pool)
        .await?;
        let mut plans: HashMap<String, Vec<StoredPlan>> = HashMap::new();
        for row in rows {
            let (Ok(plan), Ok(state)) =
                (row.try_get::<&str, _>("plan")?.parse(), row.try_get::<&str, _>("state")?.parse())
            else {
                continue;
            };
            let extensions = read("plan", row.try_get("extensions")?)?;
            plans.entry(row.try_get("environment")?).or_default().push(StoredPlan {
                plan,
                state,
                extensions,
            });
        }
        Ok(plans)
    }
}
