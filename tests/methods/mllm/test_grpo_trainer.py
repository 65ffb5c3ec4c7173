"""The trainer of the paper's method: equation 1 by hand, the reference, sampling, the data order."""

from __future__ import annotations

import dataclasses
from types import SimpleNamespace

import pytest
import torch

from methods.grpo import GrpoLoraSettings, GrpoSettings
from methods.mllm import training
from methods.mllm.reward import of_batch
from methods.processes import Processes
from protocols.errors import InputError

SMALL = {"generations": 3, "batch_size": 2, "groups_per_pass": 2, "side": 56, "max_new_tokens": 8, "max_steps": 4}


@pytest.fixture(autouse=True)
def one_thread():
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture
def build(tiny_model, faces, job, tmp_path):
    """Builds a trainer on some faces from changed demo settings."""
    from methods.mllm import grpo_trainer

    def make(settings=None, model=tiny_model, job=job, **changes):
        s = dataclasses.replace(settings or GrpoSettings.preset("demo"), **SMALL | changes)
        frames = training.training_frames(faces, s.train_frames)
        full = not isinstance(s, GrpoLoraSettings)
        rows = training.dataset(faces, frames, s)
        return grpo_trainer.build(str(model), s, rows, job, tmp_path, full=full)

    return make


def prepared(trainer):
    """Ready for `_prepare_inputs` outside of `train`, and the first batch of rows."""
    trainer.create_optimizer()
    trainer.model.train()
    trainer.current_gradient_accumulation_steps = trainer.args.gradient_accumulation_steps
    torch.manual_seed(3)
    return next(iter(trainer.get_train_dataloader()))


def log_probabilities(model, rows, i, grad=True):
    """log pi(o_t | q, o_<t) of completion i, from its own unpadded sequence: (tokens,)."""
    prompt = rows["prompt_ids"][i][rows["prompt_mask"][i].bool()]
    completion = rows["completion_ids"][i][rows["completion_mask"][i].bool()]
    ids = torch.cat([prompt, completion])[None]
    images = len(rows["prompt_ids"]) // len(rows["image_grid_thw"])
    which = i // images
    patches = rows["image_grid_thw"].prod(1).tolist()
    first = sum(patches[:which])
    with torch.set_grad_enabled(grad):
        logits = model(
            input_ids=ids,
            attention_mask=torch.ones_like(ids),
            mm_token_type_ids=(ids == model.config.image_token_id).long(),
            pixel_values=rows["pixel_values"][first : first + patches[which]],
            image_grid_thw=rows["image_grid_thw"][which : which + 1],
        ).logits[0, len(prompt) - 1 : -1]
        return logits.log_softmax(-1).gather(1, completion[:, None])[:, 0]


def equation_1(new, ref, old, advantages, s):
    """The mean over completions of the mean over tokens, from log-probabilities of each completion, (tokens,)."""
    objective = 0.0
    for p, q, o, a in zip(new, ref, old, advantages, strict=True):
        ratio = (p - o).exp()
        gain = torch.minimum(ratio * a, ratio.clamp(1 - s.epsilon, 1 + s.epsilon) * a)
        kl = (q - p).exp() - (q - p) - 1
        objective = objective + (gain - s.beta * kl).mean() / len(new)
    return objective


def advantages_of(texts, rows):
    """Equation 2 on the summed rewards of groups of three."""
    limit = GrpoSettings.preset("demo").length_limit
    worth = [f(texts, [row["label"] for row in rows]) for f in of_batch(limit=limit)]
    r = torch.tensor(worth).sum(0)
    groups = r.view(-1, 3)
    return ((groups - groups.mean(1, keepdim=True)) / (groups.std(1, keepdim=True) + 1e-4)).flatten()


@pytest.mark.parametrize("kind", ["shared", "stock"])
def test_loss_and_gradient_are_equations_1_and_2(build, kind):
    s = SimpleNamespace(epsilon=0.1, beta=0.1)
    changes = {"iterations": 2, "epsilon": s.epsilon, "beta": s.beta, "learning_rate": 0.02}
    trainer = build(trainer=kind, **changes)
    rows = prepared(trainer)
    model, old = trainer.model, None
    for use in (1, 2):  # the second time the policy has moved: ratio, clip and KL all count
        batch = trainer._prepare_inputs(rows)
        texts = [c[0]["content"] for c in trainer._logs["completion"]]
        advantages = advantages_of(texts, rows)
        order = range(len(texts)) if kind == "shared" else match(trainer, batch, texts)
        new = [log_probabilities(model, batch, i) for i in range(len(texts))]
        ref = [log_probabilities(trainer.ref_model, batch, i, grad=False) for i in range(len(texts))]
        old = [p.detach() for p in new] if old is None else old
        objective = equation_1(new, ref, old, advantages[list(order)], s)
        parameters = [p for p in model.parameters() if p.requires_grad]
        by_hand = torch.autograd.grad(-objective, parameters)
        loss = trainer._compute_loss(model, batch)
        ours = torch.autograd.grad(loss, parameters)
        flat = [torch.cat([g.flatten() for g in gradient]) for gradient in (ours, by_hand)]
        assert loss.item() == pytest.approx(-objective.item(), abs=2e-6)
        assert (flat[0] - flat[1]).norm() <= 1e-4 * flat[1].norm()
        if use == 1:
            assert flat[1].norm() > 1e-3
            for parameter, gradient in zip(parameters, ours, strict=True):
                parameter.data -= 0.05 * gradient / flat[1].norm()
            trainer._step += 1
        else:
            moved = torch.cat([(p - o).exp() for p, o in zip(new, old, strict=True)])
            assert (moved - 1).abs().max() > s.epsilon  # something was clipped


@pytest.mark.parametrize("kind", ["shared", "stock"])
def test_an_update_from_older_samples_is_equation_1_with_the_policy_that_sampled(build, kind):
    """Four prompts are decoded at once and serve two updates; in the second pi_old is the policy before the first."""
    s = SimpleNamespace(epsilon=0.1, beta=0.1)
    trainer = build(trainer=kind, rollout_prompts=4, epsilon=s.epsilon, beta=s.beta, learning_rate=0.02)
    rows = prepared(trainer)
    assert len(rows) == 4 * 3
    model, calls = trainer.model, []
    generate = trainer._generate_single_turn
    trainer._generate_single_turn = lambda *a, **k: calls.append(1) or generate(*a, **k)
    first = trainer._prepare_inputs(rows)
    texts = [c[0]["content"] for c in trainer._logs["completion"]]
    advantages = advantages_of(texts, rows)
    second = trainer._buffered_inputs[1]
    old = [log_probabilities(model, second, i, grad=False) for i in range(6)]
    parameters = [p for p in model.parameters() if p.requires_grad]
    gradient = torch.autograd.grad(trainer._compute_loss(model, first), parameters)
    size = torch.cat([g.flatten() for g in gradient]).norm()
    for parameter, part in zip(parameters, gradient, strict=True):
        parameter.data -= 0.05 * part / size
    trainer._step += 1

    batch = trainer._prepare_inputs(rows)
    assert calls == [1]
    order = range(6, 12) if kind == "shared" else match(trainer, batch, texts)
    new = [log_probabilities(model, batch, i) for i in range(6)]
    ref = [log_probabilities(trainer.ref_model, batch, i, grad=False) for i in range(6)]
    objective = equation_1(new, ref, old, advantages[list(order)], s)
    by_hand = torch.cat([g.flatten() for g in torch.autograd.grad(-objective, parameters)])
    loss = trainer._compute_loss(model, batch)
    ours = torch.cat([g.flatten() for g in torch.autograd.grad(loss, parameters)])
    assert loss.item() == pytest.approx(-objective.item(), abs=2e-6)
    assert by_hand.norm() > 1e-3
    assert (ours - by_hand).norm() <= 1e-4 * by_hand.norm()
    moved = torch.cat([(p - o).exp() for p, o in zip(new, old, strict=True)])
    assert (moved - 1).abs().max() > s.epsilon  # the clip acts


def test_a_rollout_is_what_lies_between_checkpoints_and_is_recorded(build, job):
    from methods.mllm import grpo_trainer

    several = dataclasses.replace(GrpoSettings(), rollout_prompts=8, save_every=50)
    assert grpo_trainer.options(several, {})["save_steps"] == 56  # 7 rollouts
    assert grpo_trainer.options(several, {})["steps_per_generation"] == 8
    both = dataclasses.replace(several, iterations=2)
    assert grpo_trainer.options(both, {})["save_steps"] == 64
    trainer = build(rollout_prompts=4, max_steps=2)
    training.train(trainer, job, job.scratch / "rollout", "lower batch")
    assert trainer.stock_reason is None
    assert grpo_trainer.facts(trainer)["updates_per_rollout"] == 2
    assert trainer.state.global_step == 2


def match(trainer, batch, texts):
    """Which generated text each row of trl's shuffled batch holds (equal texts have equal rewards in a group)."""
    tokens = trainer.processing_class.tokenizer
    rows = [
        tokens.decode(ids[mask.bool()], skip_special_tokens=True)
        for ids, mask in zip(batch["completion_ids"], batch["completion_mask"], strict=True)
    ]
    assert set(rows) <= set(texts)
    assert len(set(texts)) == len(texts)
    return [texts.index(row) for row in rows]


def test_options_hold_the_papers_values():
    from methods.mllm.grpo_trainer import options

    paper = options(GrpoSettings.preset("paper"), {})
    assert (paper["num_generations"], paper["learning_rate"], paper["loss_type"]) == (6, 5e-6, "grpo")
    assert (paper["per_device_train_batch_size"], paper["gradient_accumulation_steps"]) == (6, 1)
    prompts = options(dataclasses.replace(GrpoSettings(), batch_unit="prompts"), {})
    assert (prompts["per_device_train_batch_size"], prompts["gradient_accumulation_steps"]) == (6, 6)
    assert GrpoSettings().length_limit == 1200


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"generations": 1}, "setting generations: 1"),
        ({"batch_size": 8, "batch_unit": "completions"}, "setting batch_size: 8"),
        ({"batch_size": 0}, "setting batch_size: 0"),
        ({"groups_per_pass": 4}, "setting groups_per_pass: 4"),
        ({"rollout_prompts": 0}, "setting rollout_prompts: 0"),
        ({"rollout_prompts": 8, "batch_unit": "prompts"}, "rollout_prompts: 8 prompts do not divide into steps of 6"),
        ({"rollout_prompts": 8, "max_steps": 20}, "make 8 updates, which do not divide max_steps=20"),
    ],
)
def test_settings_that_do_not_fit_are_refused_in_one_line_before_anything_is_loaded(changes, word):
    with pytest.raises(InputError, match=word) as error:
        dataclasses.replace(GrpoSettings(), **changes)
    assert "\n" not in str(error.value)


def test_fewer_pictures_than_a_step_needs_are_refused(build):
    with pytest.raises(InputError, match="24 pictures to train on, but a step needs 32: lower batch_size"):
        build(batch_size=32, groups_per_pass=32)
    with pytest.raises(InputError, match="but a rollout needs 32: lower rollout_prompts"):
        build(rollout_prompts=32, max_steps=16)


def test_more_processes_than_groups_are_refused(build, job):
    with pytest.raises(InputError, match=r"but a step needs 32 \(16 processes\): lower batch_size or the number of"):
        build(job=dataclasses.replace(job, processes=Processes(0, 16)))


def test_right_padding_is_refused(build, monkeypatch):
    from methods.mllm import grpo_trainer

    load = grpo_trainer.models.load_processor

    def right(*args):
        processor = load(*args)
        processor.tokenizer.padding_side = "right"
        return processor

    monkeypatch.setattr(grpo_trainer.models, "load_processor", right)
    with pytest.raises(InputError, match="right"):
        build()


def test_reference_is_what_training_starts_from(build, tiny_model, tmp_path):
    from transformers import AutoModelForImageTextToText, AutoProcessor

    from methods.mllm.grpo_trainer import require_own_reference

    start = AutoModelForImageTextToText.from_pretrained(tiny_model)
    with torch.no_grad():
        for parameter in start.parameters():
            parameter.mul_(1.5)
    folder = tmp_path / "tuned"
    start.save_pretrained(folder)
    AutoProcessor.from_pretrained(tiny_model).save_pretrained(folder)
    trainer = build(model=folder)
    for name, value in start.state_dict().items():
        assert torch.equal(trainer.ref_model.state_dict()[name], value), name
    with torch.no_grad():
        next(iter(trainer.ref_model.parameters())).add_(1.0)
    with pytest.raises(RuntimeError, match="reference"):
        require_own_reference(trainer)


def test_picture_tokens_cannot_be_sampled(build):
    trainer = build()
    rows = prepared(trainer)
    forbidden = trainer.generation_config.suppress_tokens
    tokens = trainer.processing_class.tokenizer
    assert {"<|image_pad|>", "<|video_pad|>"} <= set(tokens.convert_ids_to_tokens(forbidden))
    push = torch.zeros(trainer.model.lm_head.out_features)
    push[forbidden] = 100.0
    trainer.model.lm_head.register_forward_hook(lambda _, __, logits: logits + push)
    batch = trainer._prepare_inputs(rows)
    assert not torch.isin(batch["completion_ids"], torch.tensor(forbidden)).any()


def test_truncated_completions_are_counted_and_kept(build):
    trainer = build()
    rows = prepared(trainer)
    push = torch.zeros(trainer.model.lm_head.out_features)
    push[trainer.eos_token_ids] = -100.0
    trainer.model.lm_head.register_forward_hook(lambda _, __, logits: logits + push)
    batch = trainer._prepare_inputs(rows)
    assert trainer._metrics["train"]["completions/clipped_ratio"] == [1.0]
    assert batch["completion_mask"].all()


def test_the_curve_shows_what_can_go_wrong(build, job):
    rows = []
    trainer = build(max_steps=2)
    training.train(
        trainer, dataclasses.replace(job, log=lambda **row: rows.append(row)), job.scratch / "curve", "lower batch"
    )
    assert [row["step"] for row in rows if "reward" in row] == [1, 2]
    names = {
        *("reward", "rewards/format_reward/mean", "rewards/class_reward/mean", "rewards/reasoning_reward/mean"),
        *("kl", "entropy", "frac_reward_zero_std", "unparsable", "repetition"),
        *("completions/mean_length", "completions/clipped_ratio"),
    }
    assert names <= rows[0].keys()
    assert rows[0]["unparsable"] == 1.0  # an untrained model


def test_watched_rates_by_hand():
    from methods.mllm.grpo_trainer import watched

    seen = {}
    reward = watched(of_batch(["class"])[0])
    texts = ["<answer>real</answer>", "a b c d a b c d", "<answer>fake</answer>", "?"]
    assert reward(completions=texts, label=["real"] * 4, log_metric=seen.__setitem__) == [1.0, 0.0, 0.0, 0.0]
    assert seen == {"unparsable": 0.5, "repetition": pytest.approx(0.2 / 4)}
    assert reward.__name__ == "class_reward"


def test_each_epoch_has_an_order_of_its_own():
    from methods.mllm.grpo_trainer import EpochSampler

    sampler = EpochSampler(range(12), mini_repeat_count=2, batch_size=3, seed=5)
    orders = []
    for epoch in (0, 1, 1):
        sampler.set_epoch(epoch)
        orders.append(list(sampler))
    assert orders[0] != orders[1] == orders[2]
    assert sorted(orders[1]) == sorted(orders[0])


def test_an_order_of_the_wrong_epoch_stops_the_training(build, job, monkeypatch):
    from methods.mllm import grpo_trainer

    monkeypatch.setattr(grpo_trainer.EpochSampler, "set_epoch", lambda self, epoch: None)
    trainer = build(batch_size=12, groups_per_pass=12, generations=2)  # two steps an epoch
    with pytest.raises(RuntimeError, match="order of epoch 0 in epoch 1"):
        training.train(trainer, job, job.scratch / "wrong", "lower batch")
