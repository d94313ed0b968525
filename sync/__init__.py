"""The exchange with the ICS: protocol, merge, engine, runner, transport, and a reference ICS."""
