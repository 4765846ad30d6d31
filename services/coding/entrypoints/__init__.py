"""Where work comes in: Faust agents, gRPC, the process itself."""
