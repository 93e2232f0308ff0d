import type { Coverage, Plan } from "../../api/types";

export const PLAN_LABEL: Record<Plan, string> = { cspm: "Posture (CSPM)", "ai-workloads": "AI workloads" };

export const PLAN_TEXT: Record<Plan, string> = {
  cspm: "Recommendations, attack paths and sensitive data discovery over what scans find.",
  "ai-workloads": "Threat protection: prompts and responses are inspected, alerts raised and joined to incidents.",
};

export const EXTENSION: Record<string, { label: string; text: string }> = {
  "suspicious-prompt-evidence": {
    label: "Suspicious prompt evidence",
    text: "Keeps short, masked snippets of suspicious prompts with alerts. When off, detection goes on and no text is kept.",
  },
  "data-security-for-ai-interactions": {
    label: "Data security for AI interactions",
    text: "Classifies prompts and responses for sensitive information types.",
  },
  "sensitive-data-discovery": {
    label: "Sensitive data discovery",
    text: "Samples data stores and files for sensitive information types.",
  },
};

export const COVERAGE_LABEL: Record<Coverage["level"], string> = { full: "Full", partial: "Partial", none: "None" };
