"""``python -m web`` is the command ``backfile``."""

from web.commands import backfile

if __name__ == "__main__":
    backfile(prog_name="backfile")
