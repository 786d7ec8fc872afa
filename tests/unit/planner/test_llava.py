"""The LLaVA planner over tiny random models, in the lite format and in LLaVA-1.5's own."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from planner.boxes import canvas_box, overlap
from planner.llava import LlavaPlanner
from planner.placer import PlaceQuery, Present, RelativeBox
from planner.prompts import list_prompt, place_prompt
from tests.unit.planner.tiny import write_lite, write_real


@pytest.fixture(scope="module", params=[write_lite, write_real], ids=["lite", "llava-1.5"])
def planner(request, tmp_path_factory) -> LlavaPlanner:
    return LlavaPlanner.from_pretrained(request.param(tmp_path_factory.mktemp("planner")))


def _query(**changes) -> PlaceQuery:
    rng = np.random.default_rng(3)
    query = PlaceQuery(
        semantic_map=np.kron(
            rng.integers(0, 255, (6, 6, 3), np.uint8), np.ones((20, 20, 1))
        ).astype(np.uint8),
        aspect=1.5,
        present=(Present("sky", RelativeBox(0, 0.17, 1, 0.5)),),
        caption="A dog beside a bench.",
        label="dog",
        relation="left of bench",
        count=6,
        seed=4,
    )
    return replace(query, **changes)


def test_boxes_lie_on_the_canvas_and_apart(planner):
    found = planner.propose(_query())
    frame = canvas_box(1.5)
    assert 1 <= len(found) <= 6
    for number, scored in enumerate(found):
        box = scored.box
        assert 0 < scored.score <= 1
        assert frame.x1 <= box.x1 < box.x2 <= frame.x2
        assert frame.y1 <= box.y1 < box.y2 <= frame.y2
        assert all(overlap(box, other.box) <= 0.7 for other in found[:number])


def test_the_same_query_gives_the_same_boxes_and_another_seed_others(planner):
    assert planner.propose(_query()) == planner.propose(_query())
    assert planner.propose(_query()) != planner.propose(_query(seed=5))


def test_more_samples_do_not_change_the_first_ones(planner):
    few, many = planner.answers(_query(count=2)), planner.answers(_query(count=6))
    assert [box for box, _ in few] == [box for box, _ in many[:3]]


def test_the_greedy_answer_is_always_among_them(planner):
    (greedy, _), *rest = planner.answers(_query(temperature=0.0))
    assert not rest
    assert planner.answers(_query())[0][0] == greedy
    assert len(planner.propose(_query(temperature=0.0))) == 1


def test_answers_have_the_probability_of_their_tokens(planner):
    answers = planner.answers(_query())
    assert all(0 < chance <= 1 for _, chance in answers)
    # With hardly any temperature every sample is the greedy answer.
    cold = planner.answers(_query(temperature=1e-4))
    assert {box for box, _ in cold} == {cold[0][0]}


def test_decoding_with_a_shared_prompt_equals_transformers_generate(planner):
    inputs = planner._inputs(_query().semantic_map, list_prompt(planner.form))
    ours = planner._generate(inputs, [], rows=3, room=8)
    theirs = planner.model.generate(
        **inputs,
        do_sample=False,
        max_new_tokens=8,
        eos_token_id=planner.grammar.end,
        pad_token_id=planner.grammar.end,
    )
    assert torch.equal(ours[:, : theirs.shape[1]], theirs.repeat(3, 1))


def test_map_and_words_reach_the_model(planner):
    def first(query: PlaceQuery) -> torch.Tensor:
        inputs = planner._inputs(query.semantic_map, place_prompt(query, planner.form))
        with torch.inference_mode():
            return planner.model(**inputs).logits[0, -1]

    base = first(_query())
    assert not torch.allclose(base, first(_query(semantic_map=np.zeros((120, 120, 3), np.uint8))))
    assert not torch.allclose(base, first(_query(relation="right of bench")))


def test_a_model_that_answers_nonsense_falls_back_to_the_class_mean(planner):
    free = LlavaPlanner(planner.model, planner.processor, form=planner.form, constrained=False)
    found = free.propose(_query())
    assert found, "there is always a box"
    assert free.answers(_query())[0][0] is None, "random weights do not write boxes by themselves"


def test_names_come_as_a_list(planner):
    names = planner.name_objects(_query().semantic_map)
    assert isinstance(names, list)
    assert all(name.strip() == name and name for name in names)


def test_a_folder_without_a_model_is_said(tmp_path):
    with pytest.raises(OSError):
        LlavaPlanner.from_pretrained(tmp_path)
