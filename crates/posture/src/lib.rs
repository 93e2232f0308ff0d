//! Runs rules over the graph: recommendations, attack paths, risk, plans.
