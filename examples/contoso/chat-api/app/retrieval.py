"""Finds the passages of policy documents that a question is about."""

from azure.identity import DefaultAzureCredential
from azure.search.documents import SearchClient
from azure.search.documents.models import VectorizedQuery
from openai import AzureOpenAI

from .settings import settings

search = SearchClient(
    endpoint=settings.search_endpoint,
    index_name=settings.search_index,
    credential=DefaultAzureCredential(),
)


def passages(client: AzureOpenAI, question: str, count: int = 4) -> list[dict]:
    """The `count` passages nearest to the question, with where each comes from."""
    embedding = client.embeddings.create(model=settings.embedding_deployment, input=question)
    query = VectorizedQuery(vector=embedding.data[0].embedding, k_nearest_neighbors=count, fields="embedding")
    found = search.search(search_text=question, vector_queries=[query], top=count)
    return [{"source": hit["source"], "content": hit["content"]} for hit in found]
