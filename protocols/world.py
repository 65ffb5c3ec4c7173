"""Where the data and the weights are: the user's licensed releases and own data, or the embedded demo.

A world is read from `benchmark.toml` (given by `--config`, else found in the working directory), else from environment
variables, else it is the demo. Both kinds go through the same code from here on.

    name = "lab"                        # stands in run ids and table captions
    cache = "/scratch/pad"              # prepared faces, features; grows to some GB
    scratch = "/local/nvme"             # checkpoints of trainings under way, up to 230 GB each; default: with results

    allowed_roots = ["/disk2"]          # folders elsewhere that symbolic links of a release may lead into

    [releases]                          # what you hold; a protocol needs its own
    casia-surf = "/data/CASIA_SURF"     # a registered name (`list`): its layout is recognised
    msu-mfsd = "/data/flip/MCIO"        # prepared frames with FLIP's lists
    office = "office.csv"               # any other name: a list of files, or a folder tree (`protocols.layouts`)
    booth = { path = "booth.csv", title = "The booth", root = "/data/booth", cropped = true, positive = "1" }

    [models]                            # only for the methods that start from pretrained weights
    clip = "/weights/ViT-B-16.pt"
    mllm = "/weights/Qwen2.5-VL-7B-Instruct"

    [protocols.office2siw]              # one's own, as `protocols.protocol` and `protocols.catalogue` say
    sources = ["office", "cefa"]
    targets = ["siw-mv2"]

A file with protocols and suites alone adds them to the demo.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from protocols.adapter import RELEASES, RESERVED
from protocols.catalogue import Catalogue, read_toml, shipped
from protocols.errors import InputError, unknown
from protocols.json_values import Parsed
from protocols.layouts import frames, rows, tree
from protocols.place import Place
from protocols.registry import normal

if TYPE_CHECKING:
    from protocols.presentation import Release

MODELS = ("clip", "mllm")
DEMO = "demo"
FILE = "benchmark.toml"
_KEYS = ("name", "cache", "scratch", "releases", "models", "allowed_roots", "protocols", "suites")
_NAME = re.compile(r"[a-z0-9][a-z0-9_.-]{0,40}")


@dataclass(frozen=True)
class World:
    """A named set of releases, weights, a cache folder, and the protocols and suites that can be named in it.

    `demo_size` is used by the demo world alone: `default`, or `small` for tests. `allowed_roots` are folders elsewhere
    that symbolic links of the releases may lead into (data on several disks, git-annex, DVC). `scratch`: where
    trainings keep their checkpoints; None: in the results folder. On a node's own disk they are lost to other nodes: a
    training that goes on elsewhere begins anew.
    """

    name: str
    demo: bool
    cache: Path
    places: Mapping[str, Place] = field(default_factory=dict)
    models: Mapping[str, str] = field(default_factory=dict)
    origin: str = ""
    demo_size: str = "default"
    allowed_roots: tuple[Path, ...] = ()
    scratch: Path | None = None
    catalogue: Catalogue = field(default_factory=shipped, compare=False, repr=False)

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
        return tuple(self.places)

    @property
    def usual(self) -> tuple[str, ...]:
        """The releases that are looked at where none is named: all that it holds; of the demo the paper's four."""
        if self.demo:
            from protocols.demo import USUAL

            return USUAL
        return self.releases

    def root(self, release: str) -> Place:
        """Where a release lies; the demo writes it first if need be. Raises `InputError` for one that is not held."""
        if self.demo:
            from protocols.demo import HELD, USUAL, build

            if release not in HELD:
                raise InputError(
                    f"the embedded demo holds no {release} (but {', '.join(HELD)}): configure a world that does"
                )
            together = USUAL if release in USUAL else (release,)
            return Place(build(self.cache, size=self.demo_size, names=together)[release])
        try:
            return self.places[release]
        except KeyError:
            raise InputError(
                f'{self.origin} names no root for {release}: add `{release} = "/path"` under [releases] '
                f"or set {variable(release)}"
            ) from None

    def release(self, name: str, *, refresh: bool = False) -> Release:
        """A release of this world, listed. Raises `InputError` for one that is not held or cannot be recognised."""
        from protocols.releases.scan import scan

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
    file = config or (Path(FILE) if Path(FILE).is_file() else None)
    if name == DEMO and config is None:
        return replace(demo_world(), catalogue=catalogue(file))
    found = _from_file(file) if file else _from_environment()
    if found is None:
        if name not in (None, DEMO):
            raise InputError(f"no world {name!r}: give its configuration with --config FILE")
        return demo_world()
    if name is not None and name != found.name:
        raise InputError(f"{found.origin} configures the world {found.name!r}, not {name!r}")
    return found


def catalogue(config: Path | None = None) -> Catalogue:
    """The protocols and suites of a configuration (default: `benchmark.toml`, where there is one) and those shipped.

    Nothing but the file is looked at: results are read where the data need not be.
    """
    file = config or (Path(FILE) if Path(FILE).is_file() else None)
    if file is None:
        return shipped()
    data = _read(file)
    return shipped().add(data, _titles(str(file), data.get("releases", {})), str(file))


def place_of(path: Path, config: Path | None = None) -> tuple[str, Place] | None:
    """The release that the configuration gives at a path, with what it says of it; None where it names none there."""
    file = config or (Path(FILE) if Path(FILE).is_file() else None)
    if file is None:
        return None
    base, wanted = file.resolve().parent, path.expanduser().resolve()
    for key, value in _read(file).get("releases", {}).items():
        given = value.get("path") if isinstance(value, dict) else value
        if isinstance(given, str) and given and (base / Path(given).expanduser()).resolve() == wanted:
            return normal(key), _place(str(file), normal(key), value, base)
    return None


def held(config: Path | None, name: str | None) -> tuple[str, ...]:
    """The releases that the world called `name` names, as far as the configuration says; nothing is opened."""
    if name in (None, DEMO):
        return demo_world().releases
    file = config or (Path(FILE) if Path(FILE).is_file() else None)
    if file is not None:
        return tuple(_titles(str(file), _read(file).get("releases", {})))
    return tuple(r for r in RELEASES if os.environ.get(variable(r)))


def _read(path: Path) -> dict[str, Parsed]:
    data = read_toml(path)
    for key in data:
        if key not in _KEYS:
            raise InputError(f"{path}: {unknown('entry', key, _KEYS)}")
    if not isinstance(data.get("releases", {}), dict) or not isinstance(data.get("models", {}), dict):
        raise InputError(f'{path}: [releases] and [models] are tables of name = "path"')
    return data


def _from_file(path: Path) -> World:
    data = _read(path)
    cache = data.get("cache")
    if not {"name", "releases", "models"} & data.keys() and {"protocols", "suites"} & data.keys():
        where = _cache(str(path), cache, path.resolve().parent)
        scratch = _scratch(str(path), data.get("scratch"), path.resolve().parent)
        return replace(demo_world(), catalogue=catalogue(path), cache=where, scratch=scratch)
    name = data.get("name", path.resolve().parent.name.lower() or "user")
    releases, models = data.get("releases", {}), data.get("models", {})
    found = _checked(str(path), name, releases, models, cache, path.resolve().parent)
    allowed = _allowed(str(path), data.get("allowed_roots", []), path.resolve().parent)
    scratch = _scratch(str(path), data.get("scratch"), path.resolve().parent)
    return replace(found, catalogue=catalogue(path), allowed_roots=allowed, scratch=scratch)


def _from_environment() -> World | None:
    releases = {r: os.environ[variable(r)] for r in RELEASES if os.environ.get(variable(r))}
    models = {m: os.environ[variable(m)] for m in MODELS if os.environ.get(variable(m))}
    if not releases and not models:
        return None
    world = _checked("the environment", os.environ.get("PAD_WORLD", "user"), releases, models, None, Path.cwd())
    allowed = [place for place in os.environ.get("PAD_ALLOWED_ROOTS", "").split(os.pathsep) if place]
    scratch = _scratch("PAD_SCRATCH", os.environ.get("PAD_SCRATCH") or None, Path.cwd())
    return replace(world, allowed_roots=_allowed("PAD_ALLOWED_ROOTS", allowed, Path.cwd()), scratch=scratch)


def _checked(
    origin: str, name: object, releases: Mapping[str, object], models: Mapping[str, object], cache: object, base: Path
) -> World:
    if not isinstance(name, str) or not _NAME.fullmatch(name) or name == DEMO:
        raise InputError(f"{origin}: name = {name!r} must be a short lower-case word, and not 'demo'")
    for key, value in models.items():
        if key not in MODELS:
            raise InputError(f"{origin}: {unknown('model', key, MODELS)}")
        if not isinstance(value, str) or not value:
            raise InputError(f"{origin}: {key} = {value!r} is not a path")
    if not releases:
        raise InputError(f"{origin} is half a configuration: it names no release; give the roots under [releases]")
    places: dict[str, Place] = {}
    for key, value in releases.items():
        plain = normal(key)
        if plain in places:
            raise InputError(f"{origin}: two releases are called {plain}: give one of them another name")
        places[plain] = _place(origin, plain, value, base)
    named = {key: _model(base, str(value)) for key, value in models.items()}
    return World(name, False, _cache(origin, cache, base), places, named, origin)


def _cache(origin: str, cache: object, base: Path) -> Path:
    if cache is not None and not isinstance(cache, str):
        raise InputError(f"{origin}: cache = {cache!r} is not a path")
    return base / Path(cache).expanduser() if cache else default_cache()


def _scratch(origin: str, given: object, base: Path) -> Path | None:
    """The folder for checkpoints; it need not be there, only the disk on which it is to be made."""
    if given is None:
        return None
    if not isinstance(given, str) or not given:
        raise InputError(f'{origin}: scratch = {given!r} is not a path: write "/local/disk"')
    place = base / Path(given).expanduser()
    if place.exists() and not place.is_dir():
        raise InputError(f"{origin}: scratch = {place}: that is a file; name a folder for checkpoints")
    return place


_OPTIONS: Mapping[str, type] = {"path": str, "title": str, "root": str, "cropped": bool, "positive": str}


def _place(origin: str, name: str, value: object, base: Path) -> Place:
    """What [releases] says of one release. Raises `InputError` for what is not there, or is no release."""
    given = {"path": value} if isinstance(value, str) else value
    if not isinstance(given, dict) or not isinstance(given.get("path"), str) or not given["path"]:
        raise InputError(f"{origin}: {name} = {value!r} is not a path")
    for key, option in given.items():
        if key not in _OPTIONS:
            raise InputError(f"{origin}: release {name}: {unknown('entry', key, _OPTIONS)}")
        if type(option) is not _OPTIONS[key]:
            raise InputError(f"{origin}: release {name}: {key} = {option!r} is no {_OPTIONS[key].__name__}")
    path = base / Path(given["path"]).expanduser()
    if name not in RELEASES and not path.exists():
        kind = "file" if path.suffix else "folder"
        raise InputError(f"{origin}: {name} = {path}: there is no such {kind}, and {_unregistered(name)}")
    if name not in RELEASES:
        _check_own(origin, name, path)
    root = base / Path(given["root"]).expanduser() if "root" in given else None
    if not path.exists():
        raise InputError(f"{origin}: {name} = {path}: there is no such {'file' if path.suffix else 'folder'}")
    if path.is_file() and path.suffix.lower() not in rows.SUFFIXES:
        raise InputError(f"{origin}: {name} = {path}: a list of files is one of {', '.join(rows.SUFFIXES)}")
    if path.is_file() is False and ("root" in given or "positive" in given):
        raise InputError(f"{origin}: release {name}: root and positive belong to a list of files, {path} is a folder")
    options = {key: given[key] for key in ("title", "cropped", "positive") if key in given}
    return Place(path, root=root, **options)


def _unregistered(name: str) -> str:
    return str(unknown("release", name, RELEASES))


def _check_own(origin: str, name: str, path: Path) -> None:
    """Raise `InputError` unless a name that nobody registered can be one, and its path may hold data of one's own."""
    if name in RESERVED or "-to-" in name or "+" in name or not _NAME.fullmatch(name):
        raise InputError(f"{origin}: a release cannot be called {name!r}: choose a short lower-case word")
    if not path.is_file() and not frames.homes(path) and not tree.fits(path):
        raise InputError(
            f"{origin}: {_unregistered(name)} (for data of your own give a list of files, prepared "
            f"frames or a folder tree: {path} is none of these)"
        )


def _titles(origin: str, releases: object) -> dict[str, str]:
    """Title of every release that a file names, without looking at one."""
    found = {}
    for key, value in releases.items() if isinstance(releases, dict) else ():
        title = value.get("title") if isinstance(value, dict) else None
        plain = normal(key)
        found[plain] = title if isinstance(title, str) else RELEASES[plain].title if plain in RELEASES else plain
    return found


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
