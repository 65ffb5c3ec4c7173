"""A protocol applied to its releases: which presentations are trained on, set thresholds, and are decided on.

One place for runs, doctor and sweeps alike. Train, dev and, where a release stands on both sides, target share no
subject: what would is refused. Nothing here depends on a seed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from protocols.adapter import RELEASES, Adapter, Side
from protocols.choices import Choices
from protocols.errors import InputError
from protocols.presentation import ATTACK, BONA_FIDE, Label, Presentation, Release
from protocols.protocol import Protocol
from protocols.shots import SHOT, order, shots_of
from protocols.subset import Subset

_TRAIN, _TEST = "train", "test"


@dataclass(frozen=True)
class Share:
    """What a part takes from one release. `pool` is what it could have taken, `why` (by id) why it left something."""

    release: Release
    presentations: tuple[Presentation, ...]
    pool: tuple[Presentation, ...] = ()
    why: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Cut:
    """The parts of a protocol, each with one share per release; `notes` say what had to be decided.

    `in_domain` is what the sources hold for tests and nobody trains on: empty where they hold no such split.
    """

    train: tuple[Share, ...]
    dev: tuple[Share, ...]
    target: tuple[Share, ...]
    in_domain: tuple[Share, ...] = ()
    notes: tuple[str, ...] = ()


def cut(protocol: Protocol, releases: Mapping[str, Release], choices: Choices) -> Cut:
    """The parts of `protocol` in `releases` (by name; all of `protocol.releases`). Raises `InputError` for a part that
    lacks a class, for a dev part that cannot be cut, and for a subject on both sides."""
    protocol.check(choices)
    notes: list[str] = []
    sources = _sources(protocol, releases, choices, notes)
    targets = _targets(protocol, releases, choices, notes)
    train = [_fraction(part, choices.train_fraction) for part, _, _ in sources]
    if choices.extra_source:
        train.append(_extra(releases[choices.extra_source], choices))
    shots = [shot for _, shot in targets if shot.presentations]
    found = Cut(
        train=(*train, *shots),
        dev=tuple(part for _, part, _ in sources if part.presentations),
        target=tuple(part for part, _ in targets),
        in_domain=tuple(part for _, _, part in sources if _both(part.presentations)),
        notes=tuple(notes),
    )
    for shares, what in ((train, "trained on"), (found.dev, "that sets thresholds")):
        for share in shares:
            _require_both(share, what)
    _disjoint(found, len(train))
    return replace(found, notes=(*found.notes, *_alike(found)))


def targets_of(protocol: Protocol, releases: Mapping[str, Release], choices: Choices) -> tuple[Share, ...]:
    """The target part alone: the sources need not be there."""
    return tuple(part for part, _ in _targets(protocol, releases, choices, []))


def dev_of(protocol: Protocol, releases: Mapping[str, Release], choices: Choices) -> tuple[Share, ...]:
    """The part that sets thresholds alone: the targets need not be there."""
    return tuple(part for _, part, _ in _sources(protocol, releases, choices, []) if part.presentations)


def adapter_of(release: str) -> Adapter:
    """The registered adapter of a release, or a plain one for the user's own."""
    return RELEASES[release]() if release in RELEASES else Adapter()


def _sources(
    protocol: Protocol, releases: Mapping[str, Release], choices: Choices, notes: list[str]
) -> list[tuple[Share, Share, Share]]:
    """`_source` of each; where `dev = held` finds no dev split in any of them, one is cut as ever."""
    parts = [_source(releases[name], choices, notes) for name in protocol.sources]
    if choices.dev == "held" and not any(dev.presentations for _, dev, _ in parts):
        return [_source(releases[name], replace(choices, dev="own"), notes) for name in protocol.sources]
    return parts


def _source(release: Release, choices: Choices, notes: list[str]) -> tuple[Share, Share, Share]:
    """(train, dev, unused test part) of a source."""
    kept = _kept(release, choices, "source")
    wanted = set(choices.source_splits.split("+"))
    whole = all(p.split is None for p in kept)  # a release without splits is all there to be trained on
    listed = any(_TRAIN in p.lists for p in kept)
    pool = [p for p in kept if (whole or p.split in wanted) and (not listed or _TRAIN in p.lists)]
    if not pool:
        raise InputError(
            f"{_place(release)}: nothing in it is of the split {choices.source_splits} that is trained on: give some "
            "presentations that split (in a list, a column `split`), or set source_splits"
        )
    own = [p for p in kept if p.split == "dev" and "dev" not in wanted] if choices.dev != "cut" else []
    if own or choices.dev == "held":
        train, dev = pool, own
    else:
        train, dev = _dev_cut(release, pool, choices, notes)
    trained = {p.subject for p in (*train, *dev) if p.subject}
    unused = [p for p in kept if p.split == "test" and "test" not in wanted and p.subject not in trained]
    return (
        Share(
            release,
            tuple(train),
            tuple(pool),
            dict.fromkeys([] if own else [p.id for p in dev], "cut for the dev part"),
        ),
        Share(release, tuple(dev), tuple(own or dev)),
        Share(release, tuple(unused), tuple(unused)),
    )


def _targets(
    protocol: Protocol, releases: Mapping[str, Release], choices: Choices, notes: list[str]
) -> list[tuple[Share, Share]]:
    """(target, few-shot training part) of every target, narrowed to the subset that is asked for."""
    found = [_target(releases[name], choices, name in protocol.sources, notes) for name in protocol.targets]
    subset = choices.target_subset
    if subset is not None:
        ids = subset.by_release(protocol.targets)
        whole = sum(len(part.presentations) for part, _ in found)
        found = [(_narrowed(part, subset, ids[part.release.name]), shots) for part, shots in found]
        left = sum(len(part.presentations) for part, _ in found)
        notes.append(f"target: {left} of {whole} presentations, {subset.words}")
    for part, _ in found:
        if not _both(part.presentations):
            of = "" if subset is None else f" (setting target_subset, {subset.name})"
            raise InputError(f"{_place(part.release)}: a target needs bona fide and attack presentations{of}")
    return found


def _narrowed(share: Share, subset: Subset, ids: Sequence[str]) -> Share:
    """What a subset leaves of a target."""
    place = _place(share.release)
    lacking = {p.id: "other settings leave it out" for p in share.release.presentations} | dict(share.why)
    kept, why = subset.narrow(share.presentations, ids, lacking, place)
    return replace(share, presentations=tuple(kept), why={**share.why, **why})


def _target(release: Release, choices: Choices, trained: bool, notes: list[str]) -> tuple[Share, Share]:
    """(whole target, few-shot training part) of a target; `trained`: the release is a source, too."""
    kept = _kept(release, choices, "target")
    wanted = set(choices.target_splits.split("+"))
    whole = wanted == {"all"} or (all(p.split is None for p in kept) and not trained)
    if whole and wanted != {"all"}:
        notes.append(f"{release.title}: it has no splits: all of it is decided on, not {choices.target_splits} alone")
    pool = [p for p in kept if whole or p.split in wanted]
    if not pool:
        raise InputError(
            f"{_place(release)}: nothing in it is of the split {choices.target_splits}: are the list files in place?"
        )
    listed = any(_TEST in p.lists for p in pool)
    pool = [p for p in pool if not listed or set(p.lists) & {_TEST, SHOT}]
    if choices.few_shot is None:
        part = [p for p in pool if not listed or _TEST in p.lists]
        shots: list[Presentation] = []
        aside: set[str] = set()
    else:
        aside, shots = shots_of(release, pool, choices.few_shot, notes)
        part = [p for p in pool if p.id not in aside]
    everything = _of_splits(release, wanted, part) if wanted != {"all"} else release.presentations
    share = Share(release, tuple(part), everything, dict.fromkeys(sorted(aside), "set aside for few-shot training"))
    return share, Share(release, tuple(shots), tuple(shots))


def _of_splits(release: Release, splits: set[str], taken: Iterable[Presentation]) -> tuple[Presentation, ...]:
    """What a part of these splits could have had of a release, whatever was chosen: all of one without splits."""
    if all(p.split is None for p in release.presentations):
        return release.presentations
    held = {p.id for p in taken}
    return tuple(p for p in release.presentations if p.split in splits or p.id in held)


def _extra(release: Release, choices: Choices) -> Share:
    """What of `Choices.extra_source` is trained on: its train split. Its other splits stay unused: thresholds are set
    on the sources' own dev parts."""
    part = tuple(p for p in _kept(release, choices, "source") if p.split == "train")
    if not _both(part):
        missing = sorted({BONA_FIDE, ATTACK} - {p.label for p in part})
        raise InputError(
            f"{_place(release)}: no {' and no '.join(missing)} presentation in its train split: it cannot be an extra "
            "source"
        )
    return Share(release, part, _of_splits(release, {"train"}, part))


def _kept(release: Release, choices: Choices, side: Side) -> list[Presentation]:
    """What the release's own choices and the species asked for keep of it on a side."""
    adapter = adapter_of(release.name)
    own = adapter.own(choices)
    if lack := adapter.lacks(release, own, side):
        raise InputError(f"{_place(release)}: {lack}")
    species = choices.source_species if side == "source" else choices.target_species
    absent = sorted(set(species) - {p.species for p in release.presentations})
    if species and len(absent) == len(set(species)):
        known = sorted({p.species for p in release.presentations if p.label == ATTACK})
        raise InputError(f"{_place(release)}: no attack of it is {' or '.join(absent)}; it has {', '.join(known)}")
    return [
        p
        for p in release.presentations
        if adapter.keeps(p, own, side) and (not species or p.label == BONA_FIDE or p.species in species)
    ]


def _dev_cut(
    release: Release, pool: Sequence[Presentation], choices: Choices, notes: list[str]
) -> tuple[list[Presentation], list[Presentation]]:
    """(train, dev): whole subjects, as many of those with one class as of those with both in proportion.

    They are taken from splits in which every subject is known.
    """
    nameless = [p for p in pool if not p.subject]
    unknown = {p.split for p in nameless}
    named = [p for p in pool if p.split not in unknown]  # other splits hold other people: theirs are not cut
    if not named:
        raise InputError(
            f"{_place(release)}: it has no dev part, and none can be cut: no subject is known of {len(nameless)} "
            f"presentations, such as {nameless[0].id}: give it a dev split, or subjects"
        )
    kinds: dict[frozenset[Label], list[str]] = {}
    classes: dict[str, set[Label]] = {}
    for p in named:
        classes.setdefault(str(p.subject), set()).add(p.label)
    for subject in sorted(classes, key=order):
        kinds.setdefault(frozenset(classes[subject]), []).append(subject)
    chosen: set[str] = set()
    for subjects in kinds.values():
        chosen.update(subjects[: min(len(subjects) - 1, max(1, round(choices.dev_fraction * len(subjects))))])
    train = [p for p in pool if p.subject not in chosen]
    dev = [p for p in pool if p.subject in chosen]
    if not (_both(train) and _both(dev)):
        raise InputError(
            f"{_place(release)}: it has no dev part, and its {len(classes)} subjects are too few to cut one with bona "
            "fide presentations and attacks on each side: give it a dev split, or more subjects"
        )
    why = "its dev split is trained on" if "dev" in choices.source_splits else "it has no dev part"
    why = "dev=cut" if choices.dev == "cut" else why
    notes.append(
        f"{release.title}: {why}: {len(chosen)} of {len(classes)} subjects were cut from those trained on, to set "
        "thresholds"
    )
    return train, dev


def _fraction(share: Share, part: float) -> Share:
    """Whole subjects in an order that no seed changes, so that a larger share contains every smaller one."""
    if part >= 1:
        return share
    groups = sorted({p.group for p in share.presentations}, key=order)
    kept = set(groups[: max(1, round(part * len(groups)))])
    left = {p.id: "outside the training fraction" for p in share.presentations if p.group not in kept}
    rows = tuple(p for p in share.presentations if p.group in kept)
    return replace(share, presentations=rows, why={**share.why, **left})


def _disjoint(found: Cut, sources: int) -> None:
    """Raise `InputError` for a subject on two sides. Few-shot parts come after the sources and are the lists' own."""
    train, dev, target = (_subjects(part) for part in (found.train[:sources], found.dev, found.target))
    pairs: tuple[tuple[str, set[tuple[str, str]]], ...] = (
        ("in what is trained on and in its dev part", train & dev),
        ("in what is trained on and in the target", train & target),
        ("in the dev part and in the target", dev & target),
    )
    sides = [(a, b) for a in found.train[:sources] for b in (*found.dev, *found.target)]
    sides += [(a, b) for a in found.dev for b in found.target]
    for one, other in ((a, b) for a, b in sides if a.release.name != b.release.name):
        if twice := _same_files(one, other):
            raise InputError(
                f"{_place(one.release)}: {len(twice)} of its files (such as {min(twice)}) are those of "
                f"{other.release.title}, too: what is trained on would be decided on; give each release data of its own"
            )
    for where, shared in pairs:
        if shared:
            release, subject = min(shared)
            place = next(s.release for s in (*found.train, *found.dev) if s.release.name == release)
            raise InputError(
                f"{_place(place)}: {len(shared)} subjects (such as {subject}) are both {where}: no figure could be "
                "trusted; give them one split"
            )


def _subjects(part: Iterable[Share]) -> set[tuple[str, str]]:
    """Who is in a part: subjects, and presentations of which none is known."""
    return {(s.release.name, p.subject or p.id) for s in part for p in s.presentations}


def _alike(found: Cut) -> list[str]:
    """What is said of subjects of the user's own releases that are called alike on both sides."""
    said = []
    for one, other in ((a, b) for a in found.train for b in found.target if a.release.name != b.release.name):
        if {one.release.name, other.release.name} & RELEASES.keys():
            continue  # registered releases have codes of their own
        names = {p.subject for p in one.presentations if p.subject} & {p.subject for p in other.presentations}
        if names:
            said.append(
                f"{one.release.title} and {other.release.title} call {len(names)} subjects alike: taken for different "
                "people; who is in both belongs in one list, with splits"
            )
    return said


def _same_files(one: Share, other: Share) -> set[str]:
    """Files that two shares of different releases have in common, by their place on the disk."""
    roots = [s.release.root.resolve() for s in (one, other)]
    if not (roots[0].is_relative_to(roots[1]) or roots[1].is_relative_to(roots[0])):
        return set()
    files = [
        {f"{root}/{p.media.files[0]}": p.media.files[0] for p in s.presentations}
        for root, s in zip(roots, (one, other), strict=True)
    ]
    return {files[0][place] for place in files[0].keys() & files[1].keys()}


def _require_both(share: Share, what: str) -> None:
    missing = sorted({BONA_FIDE, ATTACK} - {p.label for p in share.presentations})
    if missing:
        raise InputError(
            f"{_place(share.release)}: no {' and no '.join(missing)} presentation in the part {what}; are the list "
            "files in place?"
        )


def _both(presentations: Iterable[Presentation]) -> bool:
    return {p.label for p in presentations} == {BONA_FIDE, ATTACK}


def _place(release: Release) -> str:
    return f"{release.title} at {release.root}"
