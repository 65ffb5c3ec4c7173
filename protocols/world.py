"""Where the data and the weights are: the user's licensed releases, or the embedded demo.

A world is read from `benchmark.toml` (given by `--config`, else found in the working directory), else from environment
variables, else it is the demo. Both kinds go through the same code from here on.

    name = "lab"                        # stands in run ids and table captions
    cache = "/scratch/pad"              # prepared faces, features; grows to some GB

    allowed_roots = ["/disk2"]          # folders elsewhere that symbolic links of a release may lead into

    [releases]                          # any registered ones that you hold; a protocol needs its own
    casia-surf = "/data/CASIA_SURF"
    cefa = "/data/CASIA_CeFA"
    hq-wmca = "/data/HQ-WMCA-RGB"
    siw-mv2 = "/data/SiW-Mv2"

    [models]                            # only for the methods that start from pretrained weights
    clip = "/weights/ViT-B-16.pt"
    mllm = "/weights/Qwen2.5-VL-7B-Instruct"
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from protocols.adapter import RELEASES
from protocols.errors import InputError, unknown

if TYPE_CHECKING:
    from protocols.presentation import Release

MODELS = ("clip", "mllm")
DEMO = "demo"
_ENTRIES = ("name", "cache", "releases", "models", "allowed_roots")
_NAME = re.compile(r"[a-z0-9][a-z0-9_.-]{0,40}")


@dataclass(frozen=True)
class World:
    """A named set of release roots, weights and a cache folder.

    `demo_size` is used by the demo world alone: `default`, or `small` for tests. `allowed_roots` are folders elsewhere
    that symbolic links of the releases may lead into (data on several disks, git-annex, DVC).
    """

    name: str
    demo: bool
    cache: Path
    roots: Mapping[str, Path] = field(default_factory=dict)
    models: Mapping[str, str] = field(default_factory=dict)
    origin: str = ""
    demo_size: str = "default"
    allowed_roots: tuple[Path, ...] = ()

    @property
    def preset(self) -> str:
        """The preset of method settings and recipes that fits this world."""
        return "demo" if self.demo else "paper"

    @property
    def releases(self) -> tuple[str, ...]:
        """The names of the releases that this world holds."""
        if self.demo:
            from protocols.demo import HELD

            return HELD
        return tuple(self.roots)

    def root(self, release: str) -> Path:
        """Where a release lies; the demo writes it first if need be. Raises `InputError` for one that is not held."""
        if self.demo:
            from protocols.demo import HELD, build

            if release not in HELD:
                raise InputError(
                    f"the embedded demo holds no {release} (but {', '.join(HELD)}): configure a world that does"
                )
            return build(self.cache, size=self.demo_size)[release]
        try:
            return self.roots[release]
        except KeyError:
            raise InputError(
                f'{self.origin} names no root for {release}: add `{release} = "/path"` under [releases] '
                f"or set {variable(release)}"
            ) from None

    def release(self, name: str, *, refresh: bool = False) -> Release:
        """A release of this world, listed. Raises `InputError` for one that is not held or cannot be recognised."""
        from protocols.discovery.scan import scan

        return scan(name, self.root(name), self.cache, refresh=refresh, allowed=self.allowed_roots)


def variable(word: str) -> str:
    """The environment variable that stands for a release or a model: `hq-wmca` -> `PAD_HQ_WMCA`."""
    return "PAD_" + word.upper().replace("-", "_")


def default_cache() -> Path:
    """`$PAD_CACHE`, else `pad-benchmark` in the user's cache folder."""
    if given := os.environ.get("PAD_CACHE"):
        return Path(given).expanduser()
    return Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser() / "pad-benchmark"


def demo_world() -> World:
    """The embedded demo."""
    return World(
        DEMO, True, default_cache(), origin="the embedded demo", demo_size=os.environ.get("PAD_DEMO", "default")
    )


def load(config: Path | None = None, *, name: str | None = None) -> World:
    """The world to work in. `name="demo"` asks for the demo whatever is configured; another name must be the config's.

    Raises `InputError` for a configuration that is half given, misspelt, or names folders that are not there.
    """
    if name == DEMO and config is None:
        return demo_world()
    if config is None and Path("benchmark.toml").is_file():
        config = Path("benchmark.toml")
    found = _from_file(config) if config else _from_environment()
    if found is None:
        if name not in (None, DEMO):
            raise InputError(f"no world {name!r}: give its configuration with --config FILE")
        return demo_world()
    if name is not None and name != found.name:
        raise InputError(f"{found.origin} configures the world {found.name!r}, not {name!r}")
    return found


def _from_file(path: Path) -> World:
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror})") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: not valid TOML ({error})") from error
    for key in data:
        if key not in _ENTRIES:
            raise InputError(f"{path}: {unknown('entry', key, _ENTRIES)}")
    releases, models = data.get("releases", {}), data.get("models", {})
    if not isinstance(releases, dict) or not isinstance(models, dict):
        raise InputError(f'{path}: [releases] and [models] are tables of name = "path"')
    name = data.get("name", path.resolve().parent.name.lower() or "user")
    world = _checked(str(path), name, releases, models, data.get("cache"), path.resolve().parent)
    return replace(world, allowed_roots=_allowed(str(path), data.get("allowed_roots", []), path.resolve().parent))


def _from_environment() -> World | None:
    releases = {r: os.environ[variable(r)] for r in RELEASES if os.environ.get(variable(r))}
    models = {m: os.environ[variable(m)] for m in MODELS if os.environ.get(variable(m))}
    if not releases and not models:
        return None
    world = _checked("the environment", os.environ.get("PAD_WORLD", "user"), releases, models, None, Path.cwd())
    allowed = [place for place in os.environ.get("PAD_ALLOWED_ROOTS", "").split(os.pathsep) if place]
    return replace(world, allowed_roots=_allowed("PAD_ALLOWED_ROOTS", allowed, Path.cwd()))


def _checked(
    origin: str, name: object, releases: Mapping[str, object], models: Mapping[str, object], cache: object, base: Path
) -> World:
    if not isinstance(name, str) or not _NAME.fullmatch(name) or name == DEMO:
        raise InputError(f"{origin}: name = {name!r} must be a short lower-case word, and not 'demo'")
    for section, entries, known in (("release", releases, RELEASES), ("model", models, MODELS)):
        for key, value in entries.items():
            if key not in known:
                raise InputError(f"{origin}: {unknown(section, key, known)}")
            if not isinstance(value, str) or not value:
                raise InputError(f"{origin}: {key} = {value!r} is not a path")
    if not releases:
        raise InputError(f"{origin} is half a configuration: it names no release; give the roots under [releases]")
    roots = {key: base / Path(str(value)).expanduser() for key, value in releases.items()}
    for key, root in roots.items():
        if not root.is_dir():
            raise InputError(f"{origin}: {key} = {root}: there is no such folder")
    if cache is not None and not isinstance(cache, str):
        raise InputError(f"{origin}: cache = {cache!r} is not a path")
    where = base / Path(cache).expanduser() if cache else default_cache()
    named = {key: _model(base, str(value)) for key, value in models.items()}
    return World(name, False, where, roots, named, origin)


def _allowed(origin: str, given: object, base: Path) -> tuple[Path, ...]:
    if not isinstance(given, list) or not all(isinstance(place, str) and place for place in given):
        raise InputError(f'{origin}: allowed_roots = {given!r} is not a list of folders: write ["/data/disk2"]')
    places = tuple(base / Path(place).expanduser() for place in given)
    for place in places:
        if not place.is_dir():
            raise InputError(f"{origin}: allowed_roots: {place}: there is no such folder")
        if place.resolve() == Path(place.anchor):
            raise InputError(f"{origin}: allowed_roots: {place}: that is everything; name the folders with the data")
    return places


def _model(base: Path, value: str) -> str:
    """A hub name stays as it is; a path is made absolute so that a run can be started from anywhere."""
    path = base / Path(value).expanduser()
    return str(path) if path.exists() or value.startswith((".", "/", "~")) else value
