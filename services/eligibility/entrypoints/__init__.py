"""The process and its RPC surface."""
