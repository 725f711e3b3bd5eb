"""``python -m web`` is the command ``backfile``."""

import os

# There is no linear algebra here: threads for it, which NumPy starts, only wait, a tenth of a second of it in earnest.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from web.commands import backfile  # it has to be known before NumPy is imported

if __name__ == "__main__":
    backfile(prog_name="backfile")
