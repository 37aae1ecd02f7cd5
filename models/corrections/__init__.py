"""Factual corrections: which facts a post speaks of, how it stands to each, and where the two clash.

`retrieval` finds the facts that a post may be about, `post` and `fact` read the two, `evidence` gathers what speaks for
each relation, `weights` has the linear model that tells it, `reader` the network that is asked beside it; `training`
and `reader_training` learn the two from `examples`, and `matcher` puts it together. `verdict` is what is made of a post
in the end, and `evaluation` tells how good that is.
"""

from models.corrections.matcher import MATCHES, Lesson, Matcher

__all__ = ["MATCHES", "Lesson", "Matcher"]
