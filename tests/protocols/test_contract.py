"""Every registered release passes the shipped contract test; releases that break it are told what is wrong."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from protocols.adapter import RELEASES
from protocols.contract import check_release
from protocols.presentation import Release
from tests.protocols import celeba_miniature, field_miniatures, frames_miniature, miniatures
from tests.protocols.releases.test_celeba_spoof import PLAN

COPIES: dict[str, Callable[[Path], Path]] = {
    "casia-surf": lambda folder: miniatures.surf_c(folder).root,
    "cefa": lambda folder: miniatures.cefa_full(folder, "C").root,
    "celeba-spoof": lambda folder: celeba_miniature.write(folder / "CelebA_Spoof", PLAN),
    "hq-wmca": lambda folder: miniatures.hq_rgb(folder, lists=("curated", "full")).root,
    "siw-mv2": lambda folder: miniatures.siw(folder).root,
    "casia-fasd": lambda folder: field_miniatures.casia(folder).root,
    "msu-mfsd": lambda folder: field_miniatures.msu(folder).root,
    "oulu-npu": lambda folder: field_miniatures.oulu(folder).root,
    "replay-attack": lambda folder: field_miniatures.replay(folder).root,
    "wmca": lambda folder: field_miniatures.wmca(folder).root,
    "siw": lambda folder: field_miniatures.siw(folder).root,
    "rose-youtu": lambda folder: field_miniatures.rose_youtu(folder).root,
    "3dmad": lambda folder: field_miniatures.threedmad(folder).root,
    "hifimask": lambda folder: field_miniatures.hifimask(folder).root,
    "uniattackdata": lambda folder: _tree(folder / "UniAttackData"),
}


FRAMES = ("casia-fasd", "msu-mfsd", "oulu-npu", "replay-attack", "wmca")
"""Releases that come as prepared frames, too."""


def _tree(root: Path) -> Path:
    for side, file in (("live", "EA-321/a.mp4"), ("spoof", "replay/EA-321/b.mp4")):
        (root / side / file).parent.mkdir(parents=True)
        (root / side / file).write_bytes(b"x")
    return root


@pytest.mark.parametrize("name", FRAMES)
def test_prepared_frames_pass(name: str, tmp_path: Path) -> None:
    check_release(name, frames_miniature.write(tmp_path / "unpacked"), tmp_path / "unpacked")


@pytest.mark.parametrize("name", RELEASES)
def test_every_release_passes(name: str, tmp_path: Path) -> None:
    check_release(name, COPIES[name](tmp_path / "unpacked"), tmp_path / "unpacked")


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda r: replace(r, name="other"), "it calls itself 'other'"),
        (lambda r: replace(r, presentations=r.presentations[::-1]), "unique and in order"),
        (lambda r: replace(r, presentations=tuple(p for p in r.presentations if p.label == "attack")), "both classes"),
        (lambda r: replace(r, presentations=tuple(replace(p, species="x") for p in r.presentations)), "x is bona fide"),
        (
            lambda r: replace(r, presentations=tuple(replace(p, covariates=(("shoe", "9"),)) for p in r.presentations)),
            "not declared",
        ),
        (lambda r: replace(r, root=r.root / "Live"), "is not below the release's root"),
    ],
)
def test_what_breaks_the_contract_is_named(
    spoil: Callable[[Release], Release], message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kind = RELEASES["siw-mv2"]
    whole = kind.discover
    monkeypatch.setattr(kind, "discover", lambda self, root: spoil(whole(self, root)))
    with pytest.raises(AssertionError, match=message):
        check_release("siw-mv2", miniatures.siw(tmp_path).root, tmp_path)
