"""A language model behind an OpenAI-compatible endpoint: the guard of what leaves, the client, its limits."""
