"""The command ``thermalcg``: the only folder that knows of command lines."""
