"""``python -m thermalcg`` is the command ``thermalcg``."""

from thermalcg.cli.main import main

main()
