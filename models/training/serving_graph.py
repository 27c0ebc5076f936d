"""The model as it is served: the same function as the trained one, with less work in it where it is a BERT."""

import io
import logging
import math
import warnings

import onnx
import torch
from onnx import ModelProto
from torch import Tensor, nn
from transformers import BertForSequenceClassification, PreTrainedModel

from models.training.folder import PAD_TO_MULTIPLE_OF

OPSET = 20  # has Gelu and LayerNormalization as operators of the standard


class ServingGraph(nn.Module):
    """A BERT classifier whose projections of queries, keys and values are one product, whose last layer
    works on the first token only (nothing else is read), and whose token types are always zero.

    Takes `input_ids` and `attention_mask`, int64 (batch, seq); returns logits (batch, labels). Positions from
    `longest` on are left out.
    """

    def __init__(self, model: PreTrainedModel, longest: int) -> None:
        super().__init__()
        bert = model.bert
        embeddings = bert.embeddings
        self.words = embeddings.word_embeddings
        places = embeddings.position_embeddings.weight + embeddings.token_type_embeddings.weight[0]
        self.places = nn.Parameter(places[:longest].detach().clone(), requires_grad=False)
        self.norm = embeddings.LayerNorm
        self.layers = bert.encoder.layer
        self.heads = bert.config.num_attention_heads
        self.projections = nn.ModuleList(
            _merged(layer.attention.self, self.heads, last=layer is self.layers[-1]) for layer in self.layers
        )
        self.pooler = bert.pooler.dense
        self.classifier = model.classifier

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        hidden = self.norm(self.words(input_ids) + self.places[: input_ids.shape[1]])
        padding = (1.0 - attention_mask[:, None, None, :].to(hidden.dtype)) * -1e4
        for layer, projections in zip(self.layers, self.projections, strict=True):
            last = len(projections) == 2
            if last:
                query = projections[1](hidden[:, :1])
                key, value = projections[0](hidden).chunk(2, dim=-1)
                hidden = hidden[:, :1]
            else:
                query, key, value = projections[0](hidden).chunk(3, dim=-1)
            weights = torch.softmax(self._split(query) @ self._split(key).transpose(2, 3) + padding, dim=-1)
            context = (weights @ self._split(value)).transpose(1, 2).flatten(2)
            hidden = layer.attention.output(context, hidden)
            hidden = layer.output(layer.intermediate(hidden), hidden)
        pooled = torch.tanh(self.pooler(hidden[:, 0]))
        # Not a matrix product: for one row that is another kernel, which sums in another order.
        logits: Tensor = (pooled[:, None, :] * self.classifier.weight).sum(dim=-1) + self.classifier.bias
        return logits

    def _split(self, states: Tensor) -> Tensor:
        """(batch, seq, width) as (batch, heads, seq, width per head)."""
        return states.unflatten(-1, (self.heads, -1)).transpose(1, 2)


class PlainGraph(nn.Module):
    """Any classifier of `transformers`, taking and giving what `ServingGraph` does."""

    def __init__(self, model: PreTrainedModel) -> None:
        super().__init__()
        self.model = model

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        logits: Tensor = self.model(input_ids=input_ids, attention_mask=attention_mask).logits
        return logits


def to_onnx(model: PreTrainedModel, max_length: int, head: nn.Module | None = None) -> ModelProto:
    """The fp32 graph of `model` with dynamic batch and length, of at most `max_length` tokens.

    `head` turns the logits of the model into those that are served.
    """
    longest = -(-max_length // PAD_TO_MULTIPLE_OF) * PAD_TO_MULTIPLE_OF
    graph: nn.Module = ServingGraph(model, longest) if _is_plain_bert(model) else PlainGraph(model)
    if head is not None:
        graph = _Headed(graph, head)
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)  # it tells of operators that nobody asked for
    ids = torch.ones((2, 16), dtype=torch.int64)
    batch, seq = torch.export.Dim("batch"), torch.export.Dim("seq", max=longest)
    with warnings.catch_warnings():  # of its own deprecations
        warnings.simplefilter("ignore")
        exported = torch.onnx.export(
            graph.eval(),
            (ids, torch.ones_like(ids)),
            input_names=["input_ids", "attention_mask"],
            output_names=["logits"],
            dynamic_shapes={"input_ids": {0: batch, 1: seq}, "attention_mask": {0: batch, 1: seq}},
            opset_version=OPSET,
            dynamo=True,
            verbose=False,
        )
    assert exported is not None
    file = io.BytesIO()
    exported.save(file)
    return onnx.load_model_from_string(file.getvalue())


def _is_plain_bert(model: PreTrainedModel) -> bool:
    config = model.config
    kind = getattr(config, "position_embedding_type", None) or "absolute"
    return isinstance(model, BertForSequenceClassification) and kind == "absolute" and not config.is_decoder


class _Headed(nn.Module):
    def __init__(self, graph: nn.Module, head: nn.Module) -> None:
        super().__init__()
        # Not `graph`: `torch.export` has an attribute of that name itself.
        self.served, self.head = graph, head

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        logits: Tensor = self.head(self.served(input_ids, attention_mask))
        return logits


def _merged(attention: nn.Module, heads: int, last: bool) -> nn.ModuleList:
    """One projection for queries, keys and values; in the last layer one for keys and values, one for
    queries. The division of scores by the root of a head's width goes into the queries' weights."""
    scale = 1 / math.sqrt(attention.query.out_features // heads)
    query = _linear(attention.query.weight * scale, attention.query.bias * scale)
    rest = [attention.key, attention.value]
    if last:
        merged = _linear(torch.cat([p.weight for p in rest]), torch.cat([p.bias for p in rest]))
        return nn.ModuleList([merged, query])
    parts = [query, *rest]
    return nn.ModuleList([_linear(torch.cat([p.weight for p in parts]), torch.cat([p.bias for p in parts]))])


def _linear(weight: Tensor, bias: Tensor) -> nn.Linear:
    outputs, inputs = weight.shape
    linear = nn.Linear(inputs, outputs)
    linear.weight.data, linear.bias.data = weight.detach().clone(), bias.detach().clone()
    return linear
