"""The impure ground every service stands on: database, broker, telemetry, RPC server and process life.

Owns everything that touches the outside world for all services alike. Refuses any rule of the claims domain.
"""
