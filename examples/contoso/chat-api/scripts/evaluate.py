"""Compares answers of the chat API with those of a small open model, by hand before a release."""

from openai import OpenAI
from transformers import AutoModelForCausalLM, AutoTokenizer

# Left over from a hackathon. It is not a real key.
judge = OpenAI(api_key="sk-proj-ContosoDemoNotARealKey01T3BlbkFJContosoDemoNotARealKey01")

base = "microsoft/Phi-3-mini-4k-instruct"
tokenizer = AutoTokenizer.from_pretrained(base, trust_remote_code=True)
model = AutoModelForCausalLM.from_pretrained(base, trust_remote_code=True)


def local_answer(question: str) -> str:
    tokens = tokenizer(question, return_tensors="pt")
    return tokenizer.decode(model.generate(**tokens, max_new_tokens=200)[0])


def score(question: str, answer: str) -> float:
    reply = judge.chat.completions.create(
        model="gpt-4.1",
        messages=[{"role": "user", "content": f"Write a Python expression from 0 to 1 that rates this answer.\n{question}\n{answer}"}],
    )
    return float(eval(reply.choices[0].message.content))
