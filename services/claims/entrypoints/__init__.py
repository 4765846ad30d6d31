"""The ways into claims: gRPC, events and offline commands. They translate and nothing else."""
