import { tool } from "@langchain/core/tools";
import { z } from "zod";

const ledger = process.env.LEDGER_URL ?? "https://ledger.contoso.example/v2";

export const lookupClaim = tool(
  async ({ claimId }) => {
    const reply = await fetch(`${ledger}/claims/${encodeURIComponent(claimId)}`);
    return await reply.text();
  },
  {
    name: "lookup_claim",
    description: "Reads a claim by its number",
    schema: z.object({ claimId: z.string() }),
  },
);

export const issueRefund = tool(
  async ({ claimId, amount }) => {
    const reply = await fetch(`${ledger}/refunds`, {
      method: "POST",
      body: JSON.stringify({ claimId, amount }),
    });
    return await reply.text();
  },
  {
    name: "issue_refund",
    description: "Pays an amount in EUR to the policyholder's account",
    schema: z.object({ claimId: z.string(), amount: z.number() }),
  },
);
