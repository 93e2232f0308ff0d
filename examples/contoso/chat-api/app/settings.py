"""Settings of the chat API, read from the environment once."""

import os
from dataclasses import dataclass


@dataclass(frozen=True)
class Settings:
    endpoint: str = os.environ.get("AZURE_OPENAI_ENDPOINT", "https://contoso-openai.openai.azure.com")
    chat_deployment: str = os.environ.get("AZURE_OPENAI_CHAT_DEPLOYMENT", "gpt-4o")
    embedding_deployment: str = os.environ.get("AZURE_OPENAI_EMBEDDING_DEPLOYMENT", "text-embedding-3-large")
    search_endpoint: str = os.environ.get("AZURE_SEARCH_ENDPOINT", "https://contoso-policies.search.windows.net")
    search_index: str = os.environ.get("AZURE_SEARCH_INDEX", "policies")


settings = Settings()
