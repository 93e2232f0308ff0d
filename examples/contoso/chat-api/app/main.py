"""Chat API of the customer portal: answers from policy documents."""

from pathlib import Path

from azure.identity import DefaultAzureCredential, get_bearer_token_provider
from fastapi import FastAPI, Header
from openai import AzureOpenAI
from pydantic import BaseModel

from .retrieval import passages
from .settings import settings

app = FastAPI(title="Contoso chat API")
system_prompt = (Path(__file__).parent.parent / "prompts" / "system.md").read_text()
tokens = get_bearer_token_provider(DefaultAzureCredential(), "https://cognitiveservices.azure.com/.default")
client = AzureOpenAI(
    azure_endpoint=settings.endpoint,
    azure_ad_token_provider=tokens,
    api_version="2024-10-21",
)


class Question(BaseModel):
    text: str
    history: list[dict] = []


@app.post("/chat")
def chat(question: Question, x_customer: str = Header(default="anonymous")) -> dict:
    documents = passages(client, question.text)
    context = "\n\n".join(f"[{document['source']}]\n{document['content']}" for document in documents)
    answer = client.chat.completions.create(
        model=settings.chat_deployment,
        messages=[
            {"role": "system", "content": system_prompt},
            *question.history,
            {"role": "user", "content": f"{question.text}\n\nDocuments:\n{context}"},
        ],
        temperature=0.2,
        extra_body={
            "user_security_context": {
                "application_name": "contoso-chat",
                "end_user_id": x_customer,
            }
        },
    )
    return {"answer": answer.choices[0].message.content, "sources": [document["source"] for document in documents]}
