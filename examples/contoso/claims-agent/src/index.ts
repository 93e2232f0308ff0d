import { HumanMessage, SystemMessage } from "@langchain/core/messages";
import { ChatOpenAI } from "@langchain/openai";
import { BedrockAgentRuntimeClient, InvokeAgentCommand } from "@aws-sdk/client-bedrock-agent-runtime";
import OpenAI from "openai";

import { issueRefund, lookupClaim } from "./tools.js";

const instructions = `You are the claims assistant of Contoso Mutual.
Look claims up before you speak about them. Refunds above 500 EUR need a colleague.`;

// The agent that staff talk to.
const assistant = new ChatOpenAI({ model: "gpt-4.1-mini", temperature: 0 }).bindTools([lookupClaim, issueRefund]);

// Letters are summarised by the model on our own server.
const summaries = new OpenAI({ baseURL: process.env.VLLM_URL ?? "http://vllm.inference:8000/v1", apiKey: "unused" });

const bedrock = new BedrockAgentRuntimeClient({ region: "eu-central-1" });

export async function ask(question: string): Promise<string> {
  const reply = await assistant.invoke([new SystemMessage(instructions), new HumanMessage(question)]);
  for (const call of reply.tool_calls ?? []) {
    const run = { lookup_claim: lookupClaim, issue_refund: issueRefund }[call.name];
    if (run) {
      await run.invoke(call as never);
    }
  }
  return String(reply.content);
}

export async function summarise(letter: string): Promise<string> {
  const reply = await summaries.chat.completions.create({
    model: "Qwen/Qwen2.5-7B-Instruct",
    messages: [{ role: "user", content: `Summarise this letter in three sentences:\n${letter}` }],
  });
  return reply.choices[0]?.message.content ?? "";
}

export async function coverage(session: string, question: string): Promise<AsyncIterable<unknown> | undefined> {
  const reply = await bedrock.send(
    new InvokeAgentCommand({ agentId: "CLAIMSAGT1", agentAliasId: "LIVE000001", sessionId: session, inputText: question }),
  );
  return reply.completion;
}
