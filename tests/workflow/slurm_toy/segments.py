"""A sum in segments, with the library's checkpoints; logs which job did which segment."""

import os
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "workflow"))
from thermalcg.storage.checkpoints import Checkpoints

output, attempt = Path(sys.argv[1]), int(sys.argv[2])
checkpoints = Checkpoints("checkpoints", {"work": "sum"})
while checkpoints.done < 100:
    index = checkpoints.done
    time.sleep(1.0 if attempt == 1 else 0.01)
    checkpoints.save({"sum": checkpoints.state().get("sum", 0) + index})
    with Path("segments.log").open("a") as log:
        print(os.environ["SLURM_JOB_ID"], index, file=log)
output.write_text(f"{checkpoints.state()['sum']}\n")
