"""The day's digest: what a leader reads in two minutes. Knows nothing of Streamlit; the command line uses it too."""

from dashboard.digest.build import Digest, build, build_to_export
from dashboard.digest.render import FORMATS, Format, render

__all__ = ["FORMATS", "Digest", "Format", "build", "build_to_export", "render"]
