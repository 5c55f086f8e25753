"""The demonstration: the main job on a small invented shop, with the real programs and simulated readers.

`run_demo` is what `tallycard demo` and `make demo` run. Everything lives in a folder of its own and nothing is left
running behind it.
"""

from api.demo.run import run_demo

__all__ = ["run_demo"]
