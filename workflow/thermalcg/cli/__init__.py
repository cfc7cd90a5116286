"""The command ``thermalcg``: the only room that knows of command lines."""
