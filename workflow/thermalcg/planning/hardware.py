"""Whether this machine has the hardware that a configuration names."""

from __future__ import annotations

from thermalcg.config.messages import ConfigError
from thermalcg.config.study import Config
from thermalcg.runtime.devices import choose_device
from thermalcg.runtime.platforms import choose_platform


def check_hardware(config: Config) -> None:
    """Make sure that a GPU that is asked for by name is there.

    Raises:
        ConfigError: naming compute.platform or compute.device, and what this machine offers.
    """
    problems = []
    for choose, name in ((choose_platform, config.compute.platform), (choose_device, config.compute.device)):
        try:
            if name != "auto":  # always finds something: no need to import torch for it
                choose(name)
        except ValueError as error:
            problems.append(str(error))
    if problems:
        raise ConfigError("\n".join(problems))
